"""WhatsApp's templates: what may be said outside its window, in which language."""

from __future__ import annotations

from flask import render_template

from cases.rules.access import Permission
from cases.services.templates import known_templates
from hotline.console import blueprint
from hotline.extensions import db
from hotline.security.access import signed_in
from hotline.wording.templates import our_templates


@blueprint.get("/templates")
@signed_in(Permission.SEE_BOARD)
def message_templates() -> str:
    """Every template we want, by wording and language, and how far WhatsApp's approval has got."""
    known = {(one.name, one.language): one for one in known_templates(db.session())}
    rows = [(template, known.get(key)) for key, template in sorted(our_templates().items())]
    return render_template("console/message_templates.html", rows=rows)
