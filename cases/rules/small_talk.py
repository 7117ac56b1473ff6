"""Words that by themselves ask for nothing: who speaks, who is spoken to, greetings, thanks, a test.

A message of nothing else is harmless, whatever a learned model makes of it: from a single "saya" the model has
only that somebody speaks of herself, which in what it learned from is a sign of danger. No word stands here that
denies, asks for help or answers a question about safety ("tidak", "tolong", "bantu"). Folded
(`cases.rules.tokens`), own knowledge.
"""

from __future__ import annotations

from collections.abc import Sequence

from cases.rules.tokens import Token, fold

_WORDS = """
    saya sy sya aku ak aq gue gw gua kami kita kulo kula inyong abdi kuring urang sengko sengkok engko tiang tiyang
    ulun dalem nyong beta awak i me my we myself
    anda kamu kau you
    pak bapak pk bp bu ibu buk mas mbak mba mbk kak kakak ka bang abang min admin mimin gan agan sis bro om tante teh
    teteh akang kang aa uda uni neng cak ning encik puan cik tuan sir mam mom madam dik adik dek petugas bpk
    halo hallo alo hello helo helo hai hi hey hei hy p ping tes test testing tst
    as ass asalamualaikum assalamualaikum asalamu assalamu alaikum aleikum salam samlikum wr wb waalaikumsalam
    waalaikum warahmatullahi wabarakatuh selamat slamat met pagi siang sore petang malam mlm good morning evening
    afternoon night permisi punten misi kulonuwun nuwun sewu sampurasun
    ok oke okay okey okee ya iya iy y yes yoi inggih nggih muhun enggih sip siap baik oh ooh oo hmm em
    terima kasih terimakasih makasih makasi mksh tks trims trimakasih thx thanks thank suwun matur hatur nuhun
    sakalangkong tengkyu kasih
    ini itu yang dan nya dong deh sih kok nih tuh loh lah kah dengan dg dgn
    mau ingin pengen pingin mo hoyong hayang badhe want
    maaf sorry mf ngapunten hapunten
    nama name
"""
# Among such words these are a cry: the model knows them in sentences only, and from polite ones.
_CRIES = "help hlp halp tolong tlg tlng tlong tulung tulungi tulungan tulungin nolong nolongi"
_PLEAS = "please pls plz plis mohon minta bisa bantu bantuan"
SMALL = frozenset(map(fold, _WORDS.split())) | set("🙏👍👋😊🙂☺")
_CRY = frozenset(map(fold, _CRIES.split()))
_WITH_CRY = SMALL | _CRY | set(map(fold, _PLEAS.split()))
# More of them is no greeting any more, and nothing is lost by asking the model.
_MOST = 6


def is_small_talk(written: Sequence[Token]) -> bool:
    """True for a message of a few such words, as typed, and nothing else."""
    return 0 < len(written) <= _MOST and all(token.word in SMALL for token in written)


def is_cry(written: Sequence[Token]) -> bool:
    """True where a few such words come with a cry for help, and nothing tells what for."""
    if len(written) > _MOST:
        return False
    words = {token.word for token in written}
    return not words.isdisjoint(_CRY) and words <= _WITH_CRY
