"""Which language a message is mostly in, by its small words: id, jv, su, mad, sas, ms, en, ar, zh, ko, or "und".

Function words of each language, own knowledge, compared after folding (`cases.rules.tokens`). Workers mix
languages; Indonesian words stand in nearly every message, so words that only one regional language has weigh
more. Madurese and Sasak have few markers and want a native reader (domain brief 4.2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from cases.rules.tokens import fold

UNKNOWN = "und"

_WORDS = {
    "id": """
        yang yg dan di ke dari dr ini itu saya sy aku tidak tdk gak ga gk nggak sudah sdh udah udh blm
        belum sama dengan dgn untuk utk karena krn bisa ada mau kalau kalo klo jangan jgn lagi lg dia
        kami kita mereka apa bagaimana gimana kapan kenapa juga jg atau tapi tp masih msh orang org adik
        kakak ibu bapak pak bu mbak sekarang skrg tolong tlg terima kasih majikan pulang rumah anak
        istri suami nya kak min bln bulan hari
    """,
    "jv": """
        aku kowe ora ra iki iku kuwi wis durung arep nang ning neng karo nek yen sing kabeh saiki mung
        piye kepiye kula mboten sampun kados saking dhateng ingkang panjenengan matur nuwun nuwun sewu
        sampeyan wong bojoku anakku ibuku dheweke awake kancaku uwis terus wae maneh opo apa ngomong
        jare jarene omah lawang dhuwit duwit gelem iso isa ngerti mulih mangan turu mbengi wingi sesuk
        isuk esuk dina dino sasi wulan inyong rika kepriwe maring koen gak nggak lek cak iki mangkat
        merga mergo amarga nganti amerga njaluk badhe menapa dugi sanget tiyang lare griya nyambut nggih
        wonten teng pripun niku niki kalih kulo dereng
    """,
    "su": """
        abdi kuring anjeun teu henteu ieu eta geus tos atos acan encan rek bade ka ti di kanggo nu anu
        sareng jeung ari mun lamun ayeuna kumaha naha saha iraha kamana timana nuhun hatur punten teh
        teteh akang kang euy mah oge wae bae keur nuju aya hayang hoyong balik uih mulih ulah tiasa bisa
        kudu kedah ku dina tina dugi kamari isuk peuting beurang poe dinten sasih taun budak bapa indung
        pun salaki pamajikan bumi imah artos duit acis dunungan batur babaturan saur cenah nyarios ceuk
        pisan gening geuning manehna anjeunna urang mangga atuh kitu kieu naon moal alim leungit gering
        nyeri sieun kapungkur kapengker nembe
    """,
    "mad": """
        sengko engko bula kaula ta tak la ampon se e ka dha dari ban sareng sapa aponapa baremma
        dharemma bada tade badha mole moleya terro kancana kanca reng oreng dhibi dhika sampeyan bejeng
        pesse obang juragan nyoon tolongi sakalangkong mator gella gellana satea sateya lagguna malem
        are bulan taon ebu embu eppa ale kakak alek tang na polana sabab coma kodu bisa ngakan majar
        ebajar mate sake sakek tako mangken ghi gi padana e compo roma saporana sapora kadinto areya
        jareya ngoca ngabele bini lake ana anak
    """,
    "sas": """
        tiang tiyang aku ndek ndeq ndak endeq arak araq wah uwah siq leq jok jak lek isiq nane nani
        mangkin uiq laun kance batur semamen semame seninaq senine inaq amaq kakaq adiq lalo lalok uleq
        ulek mele meleq pelungguh side ite iye ye niki nike ape berembe ngumbe pire luek lueq gati
        sengaq kereng bije bijen kepeng bareh mauq kanggo dengan toaq dait kance kamu taoqn taoq sugul
        tame bale
    """,
    "ms": """
        saya awak kau encik puan tak takde tiada xde xda nak boleh dah kat dekat kerana sebab macam mana
        camne bila kenapa cakap kata jumpa balik kereta polis majikan ejen permit lokap imigresen budak
        lelaki perempuan pejabat bayar sekarang skang ni tu je sahaja kena pukul dia orang diorang
        korang abang akak bagi pun lagi esok semalam petang hospital telefon duit wang kongsi tauke
        tokey kedai bilik tandas mak ayah takut lari cuti minggu depan hari mcm sbb dgn utk pengsan
        kemalangan takde saje hantar
    """,
    "en": """
        the a an i you he she they we my your his her their is are was were be been am do does did not
        dont cannot cant will would can could should have has had and or but if because with without
        from to in on at of for this that there here what when where who how why please help me him them
        it its no yes now still after before already want need go home work working boss employer madam
        passport salary money sister brother
    """,
}
_MARKERS: Mapping[str, frozenset[str]] = {
    language: frozenset(fold(word) for word in words.split()) for language, words in _WORDS.items()
}
_SHARED = Counter(word for words in _MARKERS.values() for word in words)
# A word of one language alone says more than one of four; regional words say more than Indonesian ones, which
# stand in every mixed message. Settled by trial on labelled messages.
_LEAN = {"id": 1.0, "ms": 1.4, "en": 1.3}
_REGIONAL_LEAN = 1.6
_LISTED_WORD = 2.0  # a word of the word list that is of one regional language only
_FEWEST = 1.0  # below this a text is too short to tell


def guess_language(words: Sequence[str], regional: Mapping[str, str] | None = None) -> str:
    """The language of folded words; "und" where nothing tells.

    `regional` maps listed words to their language.
    """
    scores: Counter[str] = Counter()
    for word in words:
        for language, weight in _WEIGHTS.get(word, ()):
            scores[language] += weight  # type: ignore[assignment]  # Counter counts floats as well
        if regional and word in regional and word not in _WEIGHTS:
            scores[regional[word]] += _LISTED_WORD  # type: ignore[assignment]
    if not scores or max(scores.values()) < _FEWEST:
        return _by_script(words) or UNKNOWN
    return max(scores, key=lambda language: scores[language])


def other_script(words: Sequence[str]) -> str | None:
    """The language told by the script alone, where most words are not in Latin letters."""
    strange = sum(_script(word[0]) is not None for word in words)
    return _by_script(words) if 2 * strange > len(words) else None


def _by_script(words: Sequence[str]) -> str | None:
    letters = Counter(_script(word[0]) for word in words)
    letters.pop(None, 0)
    return letters.most_common(1)[0][0] if letters else None


def _script(char: str) -> str | None:
    if "\u0600" <= char <= "\u06ff":
        return "ar"
    if "\u1100" <= char <= "\u11ff" or "\uac00" <= char <= "\ud7a3":  # folding takes syllables apart
        return "ko"
    return "zh" if "\u3400" <= char <= "\u9fff" else None


def _weights() -> dict[str, tuple[tuple[str, float], ...]]:
    return {
        word: tuple(
            (language, _LEAN.get(language, _REGIONAL_LEAN) / shared)
            for language, markers in _MARKERS.items()
            if word in markers
        )
        for word, shared in _SHARED.items()
    }


_WEIGHTS = _weights()
