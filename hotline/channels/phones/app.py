"""The app: REST, control and page around one switchboard."""

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from hotline.channels.phones.account_rest import account_rest, numbers_rest
from hotline.channels.phones.control import control
from hotline.channels.phones.door import PREFIXES, record, refuse
from hotline.channels.phones.errors import Refusal
from hotline.channels.phones.guard import harden, refuse_strangers
from hotline.channels.phones.mail_page import mail_page
from hotline.channels.phones.page import page
from hotline.channels.phones.rest import rest
from hotline.channels.phones.settings import PhonesSettings
from hotline.channels.phones.switchboard import EXTENSION, Switchboard
from hotline.channels.phones.voice_rest import voice_rest

MOST_FORM = 1_000_000
MOST_BODY = 32_000_000  # an instruction may carry a film of 16 MB as base64


def create_phones_app(settings: PhonesSettings) -> Flask:
    """A stand-in of its own; two apps in one process share nothing. Answers loopback callers only."""
    app = Flask(__name__, static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"], app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BODY, MOST_FORM
    app.extensions[EXTENSION] = Switchboard(settings)
    app.before_request(refuse_strangers)
    app.after_request(harden)
    app.after_request(record)
    app.register_error_handler(Refusal, refuse)
    app.register_error_handler(HTTPException, _explain)
    for blueprint in (rest, voice_rest, numbers_rest, account_rest, control, page, mail_page):
        app.register_blueprint(blueprint)
    return app


def _explain(error: HTTPException) -> Response:
    """The provider's shape at its door, a sentence in JSON elsewhere."""
    status = error.code or 500
    if request.path.startswith(PREFIXES):
        known = {404: 20404, 405: 20004, 500: 20500}
        return refuse(Refusal(known.get(status, 20001), request.path, status=status))
    response = jsonify(error=error.description or error.name)
    response.status_code = status
    return response
