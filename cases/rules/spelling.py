"""Chat spellings brought to the words of the word list: "gk blh kluar", "dpukulin" and "di pukul" alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cases.rules.tokens import Token

# Endings that leave the meaning of a word: Indonesian possessives, particles and colloquial -in (hpku,
# pintunya, digebukin); Javanese -e, -ne; Sundanese -na. Longest first. Only taken off a listed word.
_ENDINGS = ("nya", "kan", "lah", "kah", "ana", "nah", "ku", "mu", "in", "an", "ne", "na", "ya", "i", "e", "a")
_SHORTEST_STEM = 3
_MOST_KEPT = 16_384
_PASSIVE = "di"
_PASSIVE_WRITTEN = frozenset({"di", "d"})


@dataclass(frozen=True, slots=True)
class Spelling:
    """The words a list knows, and chat spellings of some (one spelling may stand for two words)."""

    known: frozenset[str]
    spellings: Mapping[str, tuple[str, ...]]
    # Words already looked up: nearly all are known from other messages.
    kept: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    def read(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens of a message in listed spelling where there is one; places stay those of the text."""
        read: list[Token] = []
        keep, kept = read.append, self.kept
        joined_at = -1
        for index, token in enumerate(tokens):
            if index == joined_at:
                continue
            word = token.word
            if word in _PASSIVE_WRITTEN and index + 1 < len(tokens):
                joined = self._joined(token, tokens[index + 1])
                if joined is not None:
                    keep(joined)
                    joined_at = index + 1
                    continue
            listed = kept.get(word) or self._listed(word)
            if listed[0] is word or listed == (word,):
                keep(token)
            else:
                read.extend(token._replace(word=one) for one in listed)
        return read

    def _joined(self, token: Token, following: Token) -> Token | None:
        """ "di pukul", written apart, as one word; None where the two do not make a listed one."""
        if following.after_stop:
            return None
        for word in self._listed(_PASSIVE + following.word):
            if word in self.known and word.startswith(_PASSIVE):
                return Token(word, token.start, following.end, token.after_stop)
        return None

    def _listed(self, word: str) -> tuple[str, ...]:
        found = self.kept.get(word)
        if found is None:
            if len(self.kept) >= _MOST_KEPT:
                self.kept.clear()
            found = self.kept[word] = self._look_up(word)
        return found

    def _look_up(self, word: str) -> tuple[str, ...]:
        known, spellings = self.known, self.spellings
        if word in spellings:
            return spellings[word]
        if word in known or len(word) <= _SHORTEST_STEM:
            return (word,)
        for form in (word, _PASSIVE + word[1:] if word[0] == "d" else word):
            if form in known:
                return (form,)
            for ending in _ENDINGS:
                stem = form[: -len(ending)]
                if form.endswith(ending) and len(stem) >= _SHORTEST_STEM:
                    if stem in spellings:
                        return spellings[stem]
                    if stem in known:
                        return (stem,)
        return (word,)


def spelled(words: Iterable[str], spellings: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Each word in its listed spelling."""
    return tuple(listed for word in words for listed in spellings.get(word, (word,)))
