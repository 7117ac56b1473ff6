"""Many phrases looked up in one pass: a tree of words, walked from every word of the message."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from cases.rules.tokens import Token

Payload = TypeVar("Payload", bound=Hashable)
_made: Callable[..., Any] = tuple.__new__


class Match(NamedTuple, Generic[Payload]):
    """A phrase found: tokens first to last (both in it), and what is filed under it."""

    first: int
    last: int
    payloads: tuple[Payload, ...]


@dataclass(slots=True)
class _Node(Generic[Payload]):
    children: dict[str, _Node[Payload]] = field(default_factory=dict)
    payloads: tuple[Payload, ...] = ()


@dataclass(frozen=True, slots=True)
class PhraseIndex(Generic[Payload]):
    """Phrases and what is filed under each. Built once, never changed after."""

    root: _Node[Payload]

    @classmethod
    def of(cls, entries: Iterable[tuple[tuple[str, ...], Payload]]) -> PhraseIndex[Payload]:
        """Index the phrases; an empty phrase is left out, two payloads may share one phrase."""
        root: _Node[Payload] = _Node()
        for words, payload in entries:
            node = root
            for word in words:
                node = node.children.setdefault(word, _Node())
            if words and payload not in node.payloads:
                node.payloads = (*node.payloads, payload)
        return cls(root)

    def matches(self, tokens: Sequence[Token]) -> Iterator[Match[Payload]]:
        """Every phrase in the text, by place, the longest of one place first. Phrases may overlap."""
        beginnings = self.root.children
        words = [token.word for token in tokens]
        count = len(words)
        for first in [place for place, word in enumerate(words) if word in beginnings]:
            node: _Node[Payload] | None = beginnings[words[first]]
            here: list[Match[Payload]] = []
            last = first
            while node is not None:
                if node.payloads:
                    here.append(_made(Match, (first, last, node.payloads)))
                last += 1
                if last == count or not node.children:
                    break
                node = node.children.get(words[last])
            if len(here) > 1:
                here.reverse()
            yield from here
