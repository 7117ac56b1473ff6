"""The API for other systems: JSON under /api/v1, by bearer token (docs/api.md)."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api

from hotline.api import document
from hotline.api.errors import ErrorSchema, handle_unrouted
from hotline.api.resources import BLUEPRINTS

OPENAPI = "3.1.0"


class HotlineApi(Api):
    """flask-smorest's API with our error shape; it answers for /api only, not for the whole application."""

    ERROR_SCHEMA = ErrorSchema

    def _register_error_handlers(self) -> None:
        """Errors are answered by the blueprints and by `handle_unrouted`."""


def init_app(app: Flask) -> None:
    """Serve the API and its document."""
    api = HotlineApi(
        app,
        spec_kwargs={
            "title": "Rapid Response Hotline",
            "version": "v1",
            "openapi_version": OPENAPI,
            "security": [{"bearer": []}],
            "info": {"description": "Cases, promises and referrals of the hotline. Guide: docs/api.md"},
        },
    )
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.register_blueprint(document.blueprint)
    app.extensions[document.EXTENSION] = api.spec
    handle_unrouted(app)
