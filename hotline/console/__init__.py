"""The console: where officers work and supervisors watch."""

from __future__ import annotations

from flask import Blueprint

from hotline.console.addresses import in_language
from hotline.labels import label
from hotline.media.serving import may_be_shown

blueprint = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")
# Also for the portal, which may not import the console: faces ignore each other.
blueprint.add_app_template_global(label, "label")
blueprint.add_app_template_global(in_language, "in_language")
blueprint.add_app_template_global(may_be_shown, "may_be_shown")

# The views register themselves on the blueprint.
from hotline.console import (  # noqa: E402
    anonymous_calls,  # noqa: F401
    assign_many,  # noqa: F401
    attachments,  # noqa: F401
    board,  # noqa: F401
    case,  # noqa: F401
    case_actions,  # noqa: F401
    case_merge,  # noqa: F401
    clarifications,  # noqa: F401
    companies,  # noqa: F401
    dead_letters,  # noqa: F401
    handover,  # noqa: F401
    incident_orders,  # noqa: F401
    incidents,  # noqa: F401
    lexicon,  # noqa: F401
    live,  # noqa: F401
    message_templates,  # noqa: F401
    persons,  # noqa: F401
    queue,  # noqa: F401
    reconciliation,  # noqa: F401
    register,  # noqa: F401
    saved_views,  # noqa: F401
    tasks,  # noqa: F401
)
