"""Which province or regency of Indonesia a text names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+")
_REGENCY_WORDS = frozenset({"kab", "kabupaten", "kabupatennya"})
_CITY_WORDS = frozenset({"kota", "kodya", "kotamadya"})
_PROVINCE_WORDS = frozenset({"prov", "provinsi", "propinsi"})
# How surely a word says that the name behind it is where somebody comes from ("dari" is also the last stop).
_ORIGIN: Mapping[str, int] = {
    "asal": 2, "asalnya": 2, "berasal": 2, "asli": 2, "alamat": 2, "warga": 2, "dari": 1, "from": 1,
}  # fmt: skip
_LEADS = _REGENCY_WORDS | _CITY_WORDS | _PROVINCE_WORDS | _ORIGIN.keys()
# Names that are also everyday words, people or places abroad: they count only behind one of _LEADS.
_EVERYDAY = frozenset({
    "agam", "alor", "ambon", "aru", "badung", "bali", "bangka", "bangli", "batang", "batu bara", "belu",
    "bima", "bone", "bungo", "buru", "demak", "ende", "gunung mas", "intan jaya", "karo", "kaur", "kendal",
    "ketapang", "kotabaru", "kudus", "kuningan", "landak", "lebak", "lingga", "loteng", "malang", "metro",
    "muna", "padang", "palu", "paser", "pati", "pesisir barat", "pesisir selatan", "puncak", "raja ampat",
    "sabang", "serang", "sigi", "sikka", "solok", "sorong", "subang", "sula", "sungai penuh", "tanah datar",
    "tanah laut", "tapin", "tebo", "toba", "tual",
})  # fmt: skip
# Names that even "dari" does not make a place (baru: just now; Malaka: Melaka in Malaysia): kab or kota must.
_NEED_KIND = frozenset({"barru", "batu", "malaka", "seribu"})
# Longer names abroad, and sayings, that begin like one of ours.
_NOT_OURS = (
    "alor setar", "alor star", "batu caves", "batu pahat", "medan perang", "medan tuanku", "subang jaya",
)  # fmt: skip
# Other words for an area, by its code (general usage; islands stand for their province).
_ALSO: Mapping[str, str] = {
    "11": "nad", "12": "sumut|sumatra utara", "13": "sumbar|sumatra barat", "16": "sumsel|sumatra selatan",
    "19": "babel|bangka belitung", "21": "kepri|kep riau", "31": "dki|dki jakarta|jakarta|jkt",
    "32": "jabar|jawabarat|west java", "33": "jateng|jawatengah|central java",
    "34": "diy|d i y|di yogyakarta|yogyakarta|yogya|jogja|jogjakarta",
    "35": "jatim|jawatimur|east java|madura", "52": "ntb|lombok", "53": "ntt|flores|sumba", "61": "kalbar",
    "62": "kalteng", "63": "kalsel", "64": "kaltim", "65": "kaltara", "71": "sulut", "72": "sulteng",
    "73": "sulsel", "74": "sultra", "76": "sulbar", "82": "malut", "92": "papbar", "12.10": "labuhan batu",
    "12.72": "pematang siantar|siantar", "12.74": "tanjung balai",
    "12.77": "padang sidimpuan|padang sidempuan", "12.78": "gunung sitoli",
    "21.02": "tanjung balai karimun", "33.02": "purwokerto", "33.72": "solo", "34.03": "gunung kidul",
    "52.01": "lobar", "52.02": "loteng", "52.03": "lotim", "53.02": "tts", "53.03": "ttu",
    "53.15": "labuan bajo", "62.71": "palangka raya", "64.02": "kukar", "71.09": "sitaro",
    "73.10": "pangkep", "73.14": "sidrap", "73.72": "pare pare", "76.04": "polman",
}  # fmt: skip
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """A province or a regency; a province's `province_code` is its own code."""

    code: str
    name: str
    province_code: str


@dataclass(frozen=True, slots=True)
class Name:
    """What a name stands for: alone, behind "kab", and behind "kota".

    `wary`: only behind a lead; `needs_kind`: only behind the right one of "kab" and "kota".
    """

    plain: Area | None
    regency: Area | None = None
    city: Area | None = None
    wary: bool = False
    needs_kind: bool = False


@dataclass(frozen=True, slots=True)
class AreaIndex:
    """Names by their first word: the words of each whole name, the longest first."""

    by_first: Mapping[str, tuple[tuple[Words, Name], ...]]


def build_area_index(
    provinces: Iterable[tuple[str, str]], regencies: Iterable[tuple[str, str, str]]
) -> AreaIndex:
    """Index provinces (code, name) and regencies (code, province code, name such as `Kabupaten Cirebon`).

    A name of a province and of a regency in it means the province; of a regency and a city in one province,
    the regency; of areas in two provinces (Banjar) nothing, unless "kab" or "kota" tells them apart.
    """
    counties: dict[str, Area] = {}
    cities: dict[str, Area] = {}
    named: dict[str, Area] = {}
    for code, name in provinces:
        for phrase in (name, *_also(code)):
            named[phrase.casefold()] = Area(code, name, code)
    for code, province_code, name in regencies:
        area = Area(code, name, province_code)
        kind, _, rest = name.replace(" Administrasi", "").partition(" ")
        target = cities if kind == "Kota" else counties
        short = rest.removeprefix("Kepulauan ")
        for phrase in (rest, short, *_also(code)):
            target[phrase.casefold()] = area
    names: dict[Words, Name] = {_words(phrase): Name(None) for phrase in _NOT_OURS}
    for phrase in named.keys() | counties.keys() | cities.keys():
        entry = _entry(phrase, named.get(phrase), counties.get(phrase), cities.get(phrase))
        words = _words(phrase)
        names[words] = entry
        if len(words) == 2:  # written together: "lomboktimur", "baubau"
            names.setdefault(("".join(words),), entry)
    return AreaIndex(_by_first(names))


def _also(code: str) -> tuple[str, ...]:
    return tuple(filter(None, _ALSO.get(code, "").split("|")))


def _entry(phrase: str, province: Area | None, regency: Area | None, city: Area | None) -> Name:
    homes = {area.province_code for area in (province, regency, city) if area}
    plain = (province or regency or city) if len(homes) == 1 else None
    return Name(plain, regency, city, phrase in _EVERYDAY, phrase in _NEED_KIND)


def _by_first(names: Mapping[Words, Name]) -> dict[str, tuple[tuple[Words, Name], ...]]:
    grouped: dict[str, list[tuple[Words, Name]]] = {}
    for words, name in names.items():
        grouped.setdefault(words[0], []).append((words, name))
    return {
        first: tuple(sorted(found, key=lambda pair: (-len(pair[0]), pair[0])))
        for first, found in grouped.items()
    }


def find_area(text: str, index: AreaIndex) -> Area | None:
    """The area a text names, as exactly as it does; None when it names none. Never raises.

    An area named as an origin ("asal", then "dari") comes before one only mentioned, the earlier before the
    later; a province gives way to a regency of its own named elsewhere in the text.
    """
    best: Area | None = None
    surest = 0
    for area, origin in _named(_words(text), index):
        narrows = best is not None and best.code == best.province_code == area.province_code
        if best is None or origin > surest or narrows:
            best = area
            surest = max(surest, origin)
    return best


def _words(text: str) -> Words:
    return tuple(_WORD.findall(text.casefold()))


def _named(words: Words, index: AreaIndex) -> list[tuple[Area, int]]:
    """Each area named, and how surely as an origin."""
    found: list[tuple[Area, int]] = []
    by_first = index.by_first
    taken = 0
    for at, word in enumerate(words):
        choices = by_first.get(word)
        if choices is None or at < taken:
            continue
        for name_words, name in choices:
            if words[at : at + len(name_words)] == name_words:
                taken = at + len(name_words)
                area = _meant(name, words[at - 1] if at else "")
                if area is not None:
                    before = words[max(0, at - 2) : at]
                    found.append((area, max((_ORIGIN.get(each, 0) for each in before), default=0)))
                break
    return found


def _meant(name: Name, before: str) -> Area | None:
    if before in _REGENCY_WORDS and name.regency:
        return name.regency
    if before in _CITY_WORDS and name.city:
        return name.city
    if name.needs_kind or (name.wary and before not in _LEADS):
        return None
    return name.plain
