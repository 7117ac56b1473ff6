"""Who may talk to the phones at all: this machine, and no web page of another site."""

from ipaddress import ip_address

from flask import Response, request
from werkzeug.exceptions import Forbidden

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)


def is_loopback(host: str) -> bool:
    """Whether a host name or address stays on this machine, whatever the resolver says."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def refuse_strangers() -> None:
    """Refuse other machines, other names for this one (DNS rebinding), and what other sites' pages send."""
    host = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdigit() else request.host
    if not is_loopback(request.remote_addr or "") or not is_loopback(host):
        raise Forbidden("The phones answer loopback callers only.")
    if request.method not in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Forbidden("The phones take no orders from other sites.")


def harden(response: Response) -> Response:
    """The headers of every answer."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
