"""The provider's refusals: a code, its HTTP status and its words, and the three shapes a body can take."""

from typing import Any

REFUSALS: dict[int, tuple[int, str]] = {
    20001: (400, "A parameter of the request is not valid"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20009: (409, "The message cannot be deleted or redacted before its delivery is complete"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    20503: (503, "Service Unavailable"),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "The URL or the Twiml of the call is not valid"),
    21210: (400, "The 'From' number is not verified for calls from this account"),
    21213: (400, "No 'From' number is specified"),
    21215: (400, "The account is not authorized to call this number"),
    21217: (400, "The phone number does not appear to be valid"),
    21211: (400, "The 'To' number is not a valid phone number"),
    21212: (400, "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender ID"),
    21408: (400, "Permission to send to this region has not been enabled"),
    21502: (400, "The webhook URL is not valid"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' or 'MessagingServiceSid' parameter is required"),
    21604: (400, "A 'To' phone number is required"),
    21606: (400, "The 'From' phone number is not a message-capable number of this account"),
    21609: (400, "The StatusCallback URL is not valid"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (400, "The 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "The 'To' number is not reachable from this 'From' number"),
    21614: (400, "The 'To' number is not a mobile number"),
    21617: (400, "The message body exceeds the 1600 character limit"),
    21620: (400, "The media URL is not valid"),
    21623: (400, "The number of media files exceeds the limit"),
    21655: (400, "The ContentSid is not valid"),
    21656: (400, "The ContentVariables parameter is not valid"),
    21910: (400, "The 'From' and 'To' addresses must be of the same channel"),
    30409: (400, "This message cannot be canceled"),
    35115: (400, "Scheduling does not support this timestamp"),
    63007: (400, "No channel was found with the given 'From' address"),
}


class Refusal(Exception):
    """The request is answered with an error body; nothing was accepted."""

    def __init__(self, code: int, detail: str = "", *, status: int | None = None) -> None:
        self.code = code
        usual, words = REFUSALS[code]
        self.status = status or usual
        self.message = f"{words}: {detail}" if detail else words
        super().__init__(self.message)


def more_info(code: int) -> str:
    return f"https://www.twilio.com/docs/errors/{code}"


def twilio_body(code: int, message: str, status: int) -> dict[str, Any]:
    """The body every client library has been built for."""
    return {"code": code, "message": message, "more_info": more_info(code), "status": status}


def problem_body(code: int, message: str, status: int) -> dict[str, Any]:
    """The RFC 9457 body of the newer services; the client library raises another class for it."""
    return {
        "type": more_info(code),
        "title": REFUSALS.get(code, (status, "Error"))[1],
        "status": status,
        "code": code,
        "detail": message,
        "instance": None,
    }
