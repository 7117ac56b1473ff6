"""The shipped word list loads, is versioned, judges as the brief asks, and refuses what makes no sense."""

import re
import shutil
from pathlib import Path

import pytest

from cases.rules.triage import triage
from cases.vocabulary import Category, ContactSign, Urgency
from escalation.services.load_lexicon import DATA, FILES, load_classifier

HEAD = "term,variants,lang,sense,category,urgency,negates,countries,contact_sign,source\n"


def test_the_version_names_date_and_content():
    assert re.fullmatch(r"lexicon-2026-11-24-[0-9a-f]{8}", load_classifier().version)


def test_a_changed_file_changes_the_version(copy: Path):
    with (copy / "places.csv").open("a") as places:
        places.write("Timbuktu,,ML,city,own wording\n")

    assert load_classifier(copy).version != load_classifier().version


@pytest.mark.parametrize(
    ("text", "urgency", "category"),
    [
        ("mba sy di kunci dr luar ga dkasih makan", Urgency.U1, Category.SEKAP),
        ("aku dipukuli karo juragan, tulung", Urgency.U2, Category.KEKERASAN_FISIK),
        ("wis ora kuat, pengin mati wae", Urgency.U1, Category.KRISIS_JIWA),
        ("makasih semuanya, aku mau mati saja", Urgency.U1, Category.KRISIS_JIWA),
        ("diperkosa tuan, lapor kemana?", Urgency.U1, Category.KEKERASAN_SEKSUAL),
        ("dikurung majikan sejak tahun kemarin", Urgency.U2, Category.SEKAP),
        ("gempa besar, kami tidak aman", Urgency.U2, Category.KONFLIK_BENCANA),
        ("abdi dikonci ku dunungan", Urgency.U2, Category.SEKAP),
        ("he raped me last night", Urgency.U1, Category.KEKERASAN_SEKSUAL),
        ("earthquake here, we are trapped inside", Urgency.U1, Category.KONFLIK_BENCANA),
        ("mandor ngeplak sama banting temanku kmrn", Urgency.U2, Category.KEKERASAN_FISIK),
        ("dia tidak bangun, susah napas, bibirnya biru", Urgency.U1, Category.MEDIS),
        ("my friend is drowning", Urgency.U1, Category.MEDIS),
        ("teman saya diciduk petugas subuh tadi", Urgency.U2, Category.DETENSI_HUKUM),
        ("kami mau dioper lagi, sudah di poipet", Urgency.U2, Category.TPPO),
        ("slip gaji saya hilang", Urgency.U4, Category.GAJI),
        ("4 bln blm digaji", Urgency.U3, Category.GAJI),
        ("udah 8 bulan ga digaji", Urgency.U2, Category.GAJI),
        ("paspor dipegang majikan, tidak boleh keluar rumah", Urgency.U2, Category.TPPO),
        ("permit mati dari bulan lalu", Urgency.U3, Category.IMIGRASI),
        ("mau nanya cara urus bpjs", Urgency.U4, Category.JAMSOS),
    ],
)
def test_it_judges_what_workers_write(text: str, urgency: Urgency, category: Category):
    answer = triage(text, load_classifier())

    assert (answer.urgency, category in answer.categories) == (urgency, True)


@pytest.mark.parametrize(
    "text",
    [
        "hp sy mati td malam",
        "lampu mati se rt",
        "capek mati hari ini",
        "alhamdulillah ga dipukul majikan",
        "gaji sdh dibayar kemarin bu",
        "assalamualaikum min",
        "hari ini banjir pesanan di warung bos",
        "phone died in the bus, sorry",
    ],
)
def test_it_leaves_harmless_messages_alone(text: str):
    assert triage(text, load_classifier()).urgency is Urgency.U4


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("jgn telp ya bu", ContactSign.DO_NOT_CALL),
        ("jgn bales kesini", ContactSign.DO_NOT_REPLY),
        ("ini pinjem hp teman", ContactSign.BORROWED_PHONE),
        ("hp sy suka dicek nyonya, hp dicek tiap malam", ContactSign.PHONE_NOT_PRIVATE),
    ],
)
def test_it_reads_the_contact_hazards(text: str, sign: ContactSign):
    assert sign in triage(text, load_classifier()).contact_signs


def test_it_knows_places_in_chat_spelling():
    assert triage("sy d hongkong, adik d jedah", load_classifier()).places == ("HK", "SA")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("dipukul,,id,beaten,KEKERASAN,U2,yes,,,x\n", "KEKERASAN"),
        ("dipukul,,id,beaten,CTX,U7,yes,,,x\n", "U7"),
        ("dipukul,,id,beaten,CTX,ctx,maybe,,,x\n", "maybe"),
        (",,id,beaten,CTX,ctx,yes,,,x\n", "empty"),
        ("dipukul,id\n", "cells"),
    ],
)
def test_a_bad_line_is_named(copy: Path, line: str, complaint: str):
    (copy / "lexicon.csv").write_text("# a remark\n" + HEAD + line)

    with pytest.raises(ValueError, match=rf"lexicon.csv line 3: .*{complaint}"):
        load_classifier(copy)


def test_other_columns_are_refused(copy: Path):
    (copy / "lexicon.csv").write_text("term,category\nx,CTX\n")

    with pytest.raises(ValueError, match=r"lexicon.csv line 1: the columns"):
        load_classifier(copy)


def test_a_place_needs_a_country_code(copy: Path):
    (copy / "places.csv").write_text("place,variants,country,kind,source\nRiyadh,,Saudi,city,x\n")

    with pytest.raises(ValueError, match=r"places.csv line 2: 'Saudi'"):
        load_classifier(copy)


@pytest.mark.parametrize(
    ("written", "instead", "complaint"),
    [
        ("@no_food", "@no_such_set", "no_such_set"),
        ('urgency = "U1"', 'urgency = "U9"', "U9"),
        ("[negation]", "[negations]", "negation"),
        ("[negation]", "[negation", "combinations.toml"),
    ],
)
def test_a_bad_combination_is_named(copy: Path, written: str, instead: str, complaint: str):
    path = copy / "combinations.toml"
    path.write_text(path.read_text().replace(written, instead))

    with pytest.raises(ValueError, match=rf"combinations.toml.*{complaint}|{complaint}"):
        load_classifier(copy)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(DATA / name, tmp_path / name)
    return tmp_path
