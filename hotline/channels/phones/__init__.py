"""The phones: a local stand-in for Twilio, and a page with phones to hold in both hands.

It promises what the product relies on at the provider's door: the REST shapes, the error bodies, signed
webhooks and status callbacks sent after the response. It runs in one process, keeps everything in memory,
answers loopback callers only and knows nothing of the rest of the product.
"""

from hotline.channels.phones.app import create_phones_app
from hotline.channels.phones.server import PhonesServer, build_server, serve
from hotline.channels.phones.settings import CastMember, PhonesSettings, WorkerNumber

__all__ = [
    "CastMember",
    "PhonesServer",
    "PhonesSettings",
    "WorkerNumber",
    "build_server",
    "create_phones_app",
    "serve",
]
