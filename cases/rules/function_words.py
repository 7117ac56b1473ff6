"""Words that explain nothing to an officer by themselves: who, where, when, and, particles, chat fillers.

A learned model may lean on any of them; shown alone as the reason for a level they are noise ("td", "dia"). A denial
("tidak", "belum") explains together with what it denies, and is shown only so. Folded (`cases.rules.tokens`),
Indonesian with its chat spellings, Javanese, Sundanese, Madurese, Sasak, Malay, English; own knowledge.
"""

from __future__ import annotations

from cases.rules.small_talk import SMALL
from cases.rules.tokens import fold

_WORDS = """
    di ke dari dr k d pada pd untuk utk buat bwt oleh dalam dlm dengan dgn dg sama sm dan n atau ato tapi tp tpi
    tetapi kalau kalo klo kl klau kalu jika jk bila karena krn karna sebab soal agar supaya biar spy sampai
    sampe smpe smp hingga sejak saat ketika waktu wkt sebelum sesudah setelah stlh abis habis lalu trus terus
    trs kemudian lagi lg lgi sedang sdg masih msh sudah sdh udah udh uda dah akan akn bakal bakalan mau mo
    pernah prnh juga jg jga pun saja sj aja aj cuma cm cuman hanya hny doang paling sangat sekali bgt banget
    bngt amat terlalu agak cukup kurang lebih lbh semua smua semuanya para si sang tiap setiap banyak byk bnyk
    sedikit dikit beberapa satu dua tiga empat lima enam tujuh delapan sembilan sepuluh se seorang org orang
    pertama kedua lain lainnya ini itu tu tuh ni nih sini situ sana sono disini disana disitu dsini dsana
    sinilah begini begitu gini gitu gt gtu kayak kyk kek kaya kayaknya kyknya seperti sprti sprt spt mirip yaitu
    adalah ialah yakni termasuk tersebut terkait intinya yang yg yng nya dong deh sih kok koq toh kan lah kah
    pula loh lho ya yah yaa iya iy y oh eh ah aduh ayo yuk hayo apa apakah ap siapa sp mana dimana dmn kemana
    kmn kapan kpn kenapa knp mengapa bagaimana gimana gmn gmna gimna berapa brp brapa dia ia dy beliau mereka
    mrk kami kita km kamu kau kalian anda saya sy sya aku ak aq gue gw gua awak ane diri sendiri sndr tadi td
    tdi kemarin kmrn kmarin kmren barusan baru br bru sekarang skrg skrng skr skg nanti nti ntar ntr besok bsk
    lusa hari hr malam malem mlm pagi pg siang sore jam menit mnt detik minggu mgg bulan bln tahun thn th tgl
    tanggal senin selasa rabu kamis jumat sabtu mei juni juli harus hrs mesti perlu bisa bs bsa dapat dpt dpat
    boleh blh ada adanya ad punya jadi jd jdi menjadi bilang blg ngomong katanya ktnya kata sebut namanya nama
    bahwa pas tiba tiba2 langsung lgsg lngsung cepat cepet cpt segera dulu dlu duluan sempat malah malahan
    bahkan padahal pdhl memang mmg emang emg pasti mungkin mgkn kira kirain kira2 benar bener bnr betul asal
    makin semakin tetap ttp sering srg kadang jarang biasa biasanya teman temen tmn temennya kawan sms wa chat
    pesan kirim info nomor nomer nomorku nmr nmor nmrku no hp handphone hape telp tlp telpon telepon tel mobil
    rumah rmh susu tengah mr mrs prof h hj bin binti ditjen tolong tlg tlong tlng tulung tulungi mohon mhn bantu
    bantuan tabe punten sing ing nang neng ning teko seko karo lan opo sopo endi piye kuwi iku iki kene kono kae
    dheweke deweke awakdewe kowe sampeyan arep meh wis wes uwis isih nek yen lek nanging tapine mung wae bae ae
    saiki sesuk wingi mengko iso kudu ono ana banjur amarga soale dadi jare jarene wong telung rong loro telu
    papat limo pitu wolu suka seneng share kena depan dpn belakang blkg atas bawah luar sebelah samping subuh
    sahur dapet dikasih dkasih dksh dikasi suruh since please family total anu ku ti jeung sareng keur kanggo nu
    teh mah atuh tea eta ieu naon saha kumaha iraha kadieu maneh manehna anjeunna urang tos geus parantos bade
    rek arek keneh deui oge ge pisan wungkul ayeuna kamari isuk engke tiasa aya lamun upami mun e ka bi ban
    otaba reya jareya arowa pasera dhimma baramma la ella gi ghi' kodu badha bada bai keya guli sateya lagguna
    pole leq dait araq wah uah ape sai embe berembe jak iaq ampoq kat dekat macam mcm nak je jer pasal lepas
    diorang dorang depa kitorang saje the a an of in on at to from for with by and or but if because so that
    this these those it its is are was were be been am i me my we us our you your he him his she her they them
    their who what where when why how here there now then today tonight yesterday tomorrow day night morning
    week month year time some any all one two three more most very just only also again still already will would
    can could may might must should do does did done has have had get got go going went come came say says said
    tell told make making made let about into out up down over under after before while as than too
"""
_DENIALS = """
    tidak tdk tdak gak ga gk g nggak ngga engga enggak ndak ora ra mboten teu henteu ta' tak ndek ndeq x belum
    blm belom blom durung dereng tanpa jangan jgn jangan2 ojo ulah not no never cannot cant dont without bukan
    bkn
"""
DENIALS = frozenset(map(fold, _DENIALS.split()))
FUNCTION_WORDS = SMALL | frozenset(map(fold, _WORDS.split())) | DENIALS
_SHORTEST = 3


def tells(word: str) -> bool:
    """True for a folded word that can say something by itself: no particle, no fragment, no bare number."""
    return len(word) >= _SHORTEST and word.isalpha() and word not in FUNCTION_WORDS
