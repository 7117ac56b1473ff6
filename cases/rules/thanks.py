"""Words that end a talk: thanks, an "ok", a smile. They open nothing again that was ended.

In doubt they do: whatever stands beside the thanks, one word that is not in these lists, a photo or a place is a
message like any other. No word stands here that answers a question about safety ("ya", "tidak", "baik"), and none that
asks. Folded (`cases.rules.tokens`), own knowledge; the regional ones need a native's look.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cases.rules.tokens import fold, tokenise

_THANKS = """
    terima kasih terimakasih trimakasih trima kasi makasih makasi mkasih mksh maksih mksih makasihh
    tks tksh thx tq ty tqsm trims trimss trim thanks thank thankyou you u tengkyu tenkyu tengkiu
    tenkiu tengs suwun suwon nuwun matur nuhun hatur nuhunkeun sakalangkong sakalangkung kalangkong
    mator sembah tampiasih mauliate bujur jazakallah jazakillah jazakumullah jazakallahu khairan
    khoiron khair khoir syukron syukran banyak bnyk sekali bgt banget pisan sanget very much so many
    alhamdulillah
"""
_ENDS = """
    ok oke okay okey okee okeh okelah okedeh sip siip sipp siap mantap noted roger sama samasama
    kembali
"""
_TO_WHOM = """
    pak bapak pk bp bpk bu ibu buk mas mbak mba mbk kak kakak ka bang abang min admin gan sis bro om
    tante teh teteh akang kang uda uni neng cak ning encik puan cik tuan sir mam madam petugas semua
    semuanya ya yah yaa iyah nggih njih nya deh atas buat untuk nih ini dan
"""
_CONFIRMS = """
    ya y iya iyah yes udah sudah sdh dah beres selesai slesai sampun wis uwis ampun parantos tos
    rampung rengse aman baik lancar done solved alhamdulillah kok semua semuanya
"""
# Nothing of itself; with nothing else it is no thanks: "ya", "atas".
_FILLS = frozenset(map(fold, _TO_WHOM.split()))
_SAYS = frozenset(map(fold, (_THANKS + _ENDS).split()))
_SOLVED = frozenset(map(fold, _CONFIRMS.split()))
_KIND_SIGNS = frozenset("🙏👍👌😊🙂😀😃😄😁☺🥰😇🤗💐🌹❤💕💖💙💚💛🤝✌🫶🏻🏼🏽🏾🏿\ufe0f\u200d")
_OTHER_SIGN = re.compile(r"[^\w\s.,!;:()'’`\"\-]")
# A longer message says more than thanks, whatever its words.
_MOST = 12
# What a message may carry besides its words and still say no more than they do; anything else is something else.
_TELLS_NOTHING = frozenset({"username", "came", "reply_to", "context", "reaction"})


def is_thanks(body: str, content: Mapping[str, Any] | None = None) -> bool:
    """True for a message of thanks or an end of talk and nothing else."""
    found = _words(body, content)
    if found is None:
        return False
    words, signs = found
    return words <= _SAYS | _FILLS and (bool(words & _SAYS) or (signs and not words))


def is_content(body: str, content: Mapping[str, Any] | None = None) -> bool:
    """True where somebody who was asked whether her matter is solved says yes, or thanks, and nothing else."""
    found = _words(body, content)
    if found is None:
        return False
    words, _ = found
    return is_thanks(body, content) or (words <= _SAYS | _FILLS | _SOLVED and bool(words & _SOLVED))


def _words(body: str, content: Mapping[str, Any] | None) -> tuple[set[str], bool] | None:
    """The words, and whether kind signs stand with them; None where there is more than words and kind signs."""
    if content and any(told and name not in _TELLS_NOTHING for name, told in content.items()):
        return None
    signs = {sign for sign in _OTHER_SIGN.findall(body) if not sign.isspace()}
    if not signs <= _KIND_SIGNS or "?" in body:
        return None
    bare = "".join(" " if letter in _KIND_SIGNS else letter for letter in body)
    tokens = tokenise(bare)
    if len(tokens) > _MOST or not (tokens or signs):
        return None
    return {token.word for token in tokens}, bool(signs)
