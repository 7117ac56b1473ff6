"""The console: where officers work and supervisors watch."""

from __future__ import annotations

from flask import Blueprint

from hotline.labels import label

blueprint = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")
blueprint.add_app_template_global(label, "label")

# The views register themselves on the blueprint.
from hotline.console import board, case, case_actions, live, queue  # noqa: E402, F401
