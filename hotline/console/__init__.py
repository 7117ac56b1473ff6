"""The console: where officers work and supervisors watch."""

from __future__ import annotations

from flask import Blueprint

from hotline.console.addresses import in_language
from hotline.labels import label

blueprint = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")
# Also for the portal, which may not import the console: faces ignore each other.
blueprint.add_app_template_global(label, "label")
blueprint.add_app_template_global(in_language, "in_language")

# The views register themselves on the blueprint.
from hotline.console import board, case, case_actions, incidents, live, queue  # noqa: E402, F401
