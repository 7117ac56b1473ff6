"""The rest of the account: numbers, services, templates, the typing indicator. Three hosts outside, one here."""

from typing import Any

from flask import Blueprint, Response, g, request

from hotline.channels.phones.content import BadTemplate, Template, template_from_request
from hotline.channels.phones.door import answer, enter, take_account
from hotline.channels.phones.errors import Refusal
from hotline.channels.phones.listing import meta_page_of, page_of
from hotline.channels.phones.numbers import ADDRESSES, Elsewhere
from hotline.channels.phones.switchboard import switchboard

numbers_rest = Blueprint("numbers_rest", __name__, url_prefix="/2010-04-01/Accounts/<account>")
numbers_rest.url_value_preprocessor(take_account)
numbers_rest.before_request(enter)
account_rest = Blueprint("account_rest", __name__)
account_rest.before_request(enter)


@numbers_rest.get("/IncomingPhoneNumbers.json")
def list_numbers() -> Response:
    numbers = switchboard().numbers
    wanted = request.args.get("PhoneNumber", "").strip()
    found = [numbers.as_json(number) for number in numbers.all() if wanted.lstrip("+") in number]
    return answer(page_of("incoming_phone_numbers", found, request.args, request.path))


@numbers_rest.get("/IncomingPhoneNumbers/<sid>.json")
def show_number(sid: str) -> Response:
    return answer(switchboard().numbers.as_json(_number(sid)))


@numbers_rest.post("/IncomingPhoneNumbers/<sid>.json")
def point_number(sid: str) -> Response:
    """Webhook addresses take effect at once; what else may be set is ignored."""
    number, numbers = _number(sid), switchboard().numbers
    try:
        numbers.point({name: request.form[name] for name in ADDRESSES if name in request.form})
    except Elsewhere as mistake:
        raise Refusal(21502, str(mistake)) from mistake
    return answer(numbers.as_json(number))


@account_rest.get("/v1/Services")
def list_services() -> Response:
    return answer(meta_page_of("services", _services(), request.path))


@account_rest.get("/v1/Services/<sid>")
def show_service(sid: str) -> Response:
    return answer(_service(sid))


@account_rest.get("/v1/Services/<sid>/PhoneNumbers")
def list_pool(sid: str) -> Response:
    numbers = switchboard().numbers
    created = _service(sid)["date_created"]
    pool = [
        {
            "sid": numbers.sid_of(number),
            "account_sid": switchboard().settings.account_sid,
            "service_sid": sid,
            "date_created": created,
            "date_updated": created,
            "phone_number": number,
            "country_code": "US",
            "capabilities": ["SMS", "MMS"],
            "url": f"https://messaging.twilio.com/v1/Services/{sid}/PhoneNumbers/{numbers.sid_of(number)}",
        }
        for number in numbers.all()
    ]
    return answer(meta_page_of("phone_numbers", pool, request.path))


@account_rest.get("/v1/Content")
def list_templates() -> Response:
    found = [template.as_json(_account()) for template in switchboard().templates.all()]
    return answer(meta_page_of("contents", found, request.path))


@account_rest.get("/v1/ContentAndApprovals")
def list_templates_with_approvals() -> Response:
    found = []
    for template in switchboard().templates.all():
        body = template.as_json(_account())
        del body["url"], body["links"]
        found.append(body | {"approval_requests": template.approval()})
    return answer(meta_page_of("contents", found, request.path))


@account_rest.post("/v1/Content")
def create_template() -> Response:
    """A new template is not submitted to WhatsApp by being made."""
    try:
        template = switchboard().templates.put(template_from_request(request.get_json(silent=True) or {}))
    except BadTemplate as mistake:
        raise Refusal(20001, str(mistake)) from mistake
    return answer(template.as_json(_account()), 201)


@account_rest.get("/v1/Content/<sid>")
def show_template(sid: str) -> Response:
    return answer(_template(sid).as_json(_account()))


@account_rest.delete("/v1/Content/<sid>")
def delete_template(sid: str) -> Response:
    switchboard().templates.remove(_template(sid).sid)
    return Response(status=204)


@account_rest.get("/v1/Content/<sid>/ApprovalRequests")
def show_approval(sid: str) -> Response:
    approval = _template(sid).approval()
    url = f"https://content.twilio.com/v1/Content/{sid}/ApprovalRequests"
    return answer({"sid": sid, "account_sid": _account(), "whatsapp": approval, "url": url})


@account_rest.post("/v1/Content/<sid>/ApprovalRequests/whatsapp")
def ask_for_approval(sid: str) -> Response:
    """Received; whether it is approved is decided at ``/_control/templates``."""
    _template(sid)
    data = request.get_json(silent=True) or {}
    changes = {name: data[name] for name in ("name", "category") if isinstance(data.get(name), str)}
    return answer(switchboard().templates.put({"sid": sid, "status": "received"} | changes).approval(), 201)


@account_rest.post("/v2/Indicators/Typing.json")
@account_rest.post("/v3/Indicators/Typing.json")
def show_typing() -> Response:
    """Marks the message as read, and shows three dots on the phone for a while."""
    given: dict[str, Any] = request.get_json(silent=True) or request.form.to_dict()
    sid = g.sid = str(given.get("messageId", ""))
    board = switchboard()
    message = board.shelf.get(sid)
    if str(given.get("channel", "")).lower() != "whatsapp":
        raise Refusal(20001, "channel")
    if message is None or message.direction != "inbound" or not message.to.startswith("whatsapp:"):
        raise Refusal(20404, sid)
    person = (message.sender or "").removeprefix("whatsapp:")
    board.handsets.show_typing(person, board.clock.now())
    return answer({"success": True})


def _account() -> str:
    return switchboard().settings.account_sid


def _number(sid: str) -> str:
    number = switchboard().numbers.find(sid)
    if number is None:
        raise Refusal(20404, sid)
    return number


def _template(sid: str) -> Template:
    g.sid = sid
    template = switchboard().templates.get(sid)
    if template is None:
        raise Refusal(20404, sid)
    return template


def _services() -> list[dict[str, Any]]:
    sid = switchboard().settings.messaging_service_sid
    return [_service(sid)] if sid else []


def _service(sid: str) -> dict[str, Any]:
    board = switchboard()
    if sid != board.settings.messaging_service_sid:
        raise Refusal(20404, sid)
    url = f"https://messaging.twilio.com/v1/Services/{sid}"
    since = board.numbers.since.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    return {
        "sid": sid,
        "account_sid": board.settings.account_sid,
        "friendly_name": "Hotline",
        "date_created": since,
        "date_updated": since,
        "inbound_request_url": board.numbers.routes.sms_url,
        "inbound_method": "POST",
        "fallback_url": board.numbers.routes.sms_fallback_url,
        "fallback_method": "POST",
        "status_callback": None,
        "sticky_sender": True,
        "mms_converter": True,
        "smart_encoding": False,
        "scan_message_content": "inherit",
        "fallback_to_long_code": True,
        "area_code_geomatch": True,
        "synchronous_validation": False,
        "validity_period": 36000,
        "url": url,
        "links": {"phone_numbers": f"{url}/PhoneNumbers"},
        "usecase": "notifications",
        "us_app_to_person_registered": False,
        "use_inbound_webhook_on_number": False,
    }
