"""The API's own description: the OpenAPI document, and a page for people that is made from it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, url_for

from hotline.api.blueprint import URL_PREFIX
from hotline.api.errors import handle_errors_of
from hotline.security.access import open_because

EXTENSION = "hotline_api_spec"
blueprint = Blueprint("api_document", __name__, url_prefix=URL_PREFIX, template_folder="templates")
handle_errors_of(blueprint)


@blueprint.get("/openapi.json")
@open_because("describes the API and holds no data")
def openapi() -> Response:
    """The document as machines read it."""
    return jsonify(_document())


@blueprint.get("/docs")
@open_because("describes the API and holds no data")
def docs() -> str:
    """The document as a page of plain HTML: no script, nothing from elsewhere."""
    document = _document()
    return render_template(
        "api/docs.html",
        info=document["info"],
        operations=list(_operations(document)),
        address=url_for("api_document.openapi"),
    )


def _document() -> dict[str, Any]:
    document: dict[str, Any] = current_app.extensions[EXTENSION].to_dict()
    return document


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation.get("summary", ""),
            "description": operation.get("description", ""),
            "parameters": item.get("parameters", []) + operation.get("parameters", []),
            "body": _body(document, operation),
            "answers": sorted(str(code) for code in operation["responses"]),
        }
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]


def _body(document: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of the body an operation takes, with a word on each."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    schema = document.get("components", {}).get("schemas", {}).get(name, {})
    return [
        {
            "name": field,
            "required": field in schema.get("required", []),
            "words": [word for word in about.get("enum", []) if word is not None],
            "description": about.get("description", ""),
        }
        for field, about in schema.get("properties", {}).items()
    ]
