"""Which province or regency of Indonesia a text names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+")
_KINDS = frozenset({"kabupaten", "kota", "kab", "administrasi"})
# After these words a name is a place, whatever else it means.
_LEADS = frozenset({"asal", "dari", "kab", "kabupaten", "kota", "provinsi", "prov", "daerah", "alamat", "kampung"})
# Regencies named like everyday words or people count only after a lead.
_EVERYDAY = frozenset(
    "bangka bintan bone buru buton bima dairi deli demak donggala gresik jember karo kediri landak lebak malang "
    "manna metro nias pati poso raja siak sigi solok sorong tuban tegal batang batu banjar paser pesisir selatan "
    "utara barat timur tengah pasuruan serang bekasi langsa kaur sukamara sabang dumai ende alor rote melawi".split()
)
# Common short names of provinces (general usage).
_SHORT: Mapping[str, str] = {
    "jabar": "32", "jateng": "33", "jatim": "35", "diy": "34", "jogja": "34", "yogya": "34", "dki": "31",
    "jakarta": "31", "banten": "36", "ntb": "52", "ntt": "53", "lombok": "52", "sumbawa": "52", "flores": "53",
    "bali": "51", "sumut": "12", "sumbar": "13", "sumsel": "16", "riau": "14", "kepri": "21", "babel": "19",
    "lampung": "18", "bengkulu": "17", "jambi": "15", "aceh": "11", "kalbar": "61", "kalteng": "62",
    "kalsel": "63", "kaltim": "64", "kaltara": "65", "sulut": "71", "sulteng": "72", "sulsel": "73",
    "sultra": "74", "gorontalo": "75", "sulbar": "76", "maluku": "81", "malut": "82", "papua": "91",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Area:
    """A province or a regency; a province's `province_code` is its own code."""

    code: str
    name: str
    province_code: str


@dataclass(frozen=True, slots=True)
class AreaIndex:
    """Areas by the words of their name, and how many words the longest name has."""

    by_words: Mapping[tuple[str, ...], Area]
    longest: int


def build_area_index(
    provinces: Iterable[tuple[str, str]], regencies: Iterable[tuple[str, str, str]]
) -> AreaIndex:
    """Index provinces (code, name) and regencies (code, province code, name). Where a regency and a city share
    a name the regency stands for both: the province, which decides, is the same."""
    by_words: dict[tuple[str, ...], Area] = {}
    for code, province_code, name in sorted(regencies):
        words = _words(name)
        plain = tuple(word for word in words if word not in _KINDS)
        by_words.setdefault(plain, Area(code, name, province_code))
    named = dict(provinces)
    for code, name in named.items():
        by_words[_words(name)] = Area(code, name, code)
    for short, code in _SHORT.items():
        if code in named:
            by_words.setdefault((short,), Area(code, named[code], code))
    return AreaIndex(by_words, max(map(len, by_words), default=0))


def find_area(text: str, index: AreaIndex) -> Area | None:
    """The first area a text names, longest name first; None when it names none.

    A name that is also an everyday word counts only behind a word such as `asal`, `dari` or `kab`.
    """
    words = _words(text[:5000])
    for start, word in enumerate(words):
        for length in range(min(index.longest, len(words) - start), 0, -1):
            area = index.by_words.get(words[start : start + length])
            if area is None:
                continue
            is_led = start > 0 and words[start - 1] in _LEADS
            if length == 1 and word in _EVERYDAY and not is_led:
                continue
            return area
    return None


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _WORD.findall(text))
