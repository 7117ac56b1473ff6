"""The tables of the middle floor. Importing this package registers all of them."""

from escalation.models.clock import Clock, PolicySnapshot
from escalation.models.heartbeat import Heartbeat
from escalation.models.lexicon_version import LexiconVersion
from escalation.models.page import Page
from escalation.models.pattern import Pattern

__all__ = ["Clock", "Heartbeat", "LexiconVersion", "Page", "Pattern", "PolicySnapshot"]
