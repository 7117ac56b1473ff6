"""Which province or regency a text names."""

from __future__ import annotations

from timeit import repeat

import pytest

from escalation.rules.places import AreaIndex, build_area_index, find_area

PROVINCES = [
    ("21", "Kepulauan Riau"), ("31", "Daerah Khusus Ibukota Jakarta"), ("32", "Jawa Barat"),
    ("33", "Jawa Tengah"), ("34", "Daerah Istimewa Yogyakarta"), ("35", "Jawa Timur"),
    ("36", "Banten"), ("51", "Bali"),
    ("52", "Nusa Tenggara Barat"), ("53", "Nusa Tenggara Timur"), ("63", "Kalimantan Selatan"),
    ("72", "Sulawesi Tengah"), ("73", "Sulawesi Selatan"), ("75", "Gorontalo"),
]  # fmt: skip
REGENCIES = [
    ("21.71", "21", "Kota Batam"), ("31.01", "31", "Kabupaten Administrasi Kepulauan Seribu"),
    ("31.74", "31", "Kota Administrasi Jakarta Selatan"), ("32.04", "32", "Kabupaten Bandung"),
    ("32.12", "32", "Kabupaten Indramayu"), ("32.13", "32", "Kabupaten Subang"),
    ("32.17", "32", "Kabupaten Bandung Barat"), ("32.79", "32", "Kota Banjar"),
    ("35.07", "35", "Kabupaten Malang"), ("35.73", "35", "Kota Malang"), ("36.04", "36", "Kabupaten Serang"),
    ("52.02", "52", "Kabupaten Lombok Tengah"), ("52.03", "52", "Kabupaten Lombok Timur"),
    ("53.05", "53", "Kabupaten Alor"), ("53.21", "53", "Kabupaten Malaka"),
    ("63.03", "63", "Kabupaten Banjar"),
    ("72.04", "72", "Kabupaten Toli-Toli"), ("73.11", "73", "Kabupaten Barru"),
    ("75.01", "75", "Kabupaten Gorontalo"), ("75.71", "75", "Kota Gorontalo"),
]  # fmt: skip


@pytest.fixture(scope="module")
def index() -> AreaIndex:
    return build_area_index(PROVINCES, REGENCIES)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("saya tkw asal indramayu", "32.12"),
        ("KAB. LOMBOK TIMUR", "52.03"),
        ("lomboktimur", "52.03"),
        ("Kec. Praya Kab.Lombok Tengah NTB", "52.02"),
        ("orang bandung barat", "32.17"),
        ("jakarta selatan", "31.74"),
        ("toli-toli", "72.04"),
        ("kepulauan seribu", "31.01"),
        ("dari jateng", "33"),
        ("suami saya di jatim", "35"),
        ("d.i.y", "34"),
        ("jogja", "34"),
        ("DKI", "31"),
        ("prov kepri", "21"),
        ("ntt", "53"),
    ],
)
def test_a_named_area_is_found(index: AreaIndex, text: str, code: str) -> None:
    area = find_area(text, index)
    assert area is not None
    assert area.code == code
    assert area.province_code == code[:2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tolong saya",
        "nasib malang sekali",
        "di serang majikan",
        "saya mau bali",  # Javanese: go home
        "dikurung di loteng",
        "gaji seribu",
        "baru datang dari baru kemarin",
        "dari malaka",
        "kerja di subang jaya",
        "dari alor setar",
        "banjar",  # two provinces have one
        "🙏 ٠١٢ \x00",
    ],
)
def test_everyday_words_are_no_place(index: AreaIndex, text: str) -> None:
    assert find_area(text, index) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("asal malang", "35.07"),
        ("kab malang", "35.07"),
        ("kota malang", "35.73"),
        ("dari bali", "51"),
        ("asal serang", "36.04"),
        ("asal subang", "32.13"),
        ("kab barru", "73.11"),
        ("kab malaka", "53.21"),
        ("kab loteng", "52.02"),
        ("kota banjar", "32.79"),
        ("kab banjar", "63.03"),
        ("gorontalo", "75"),
        ("kota gorontalo", "75.71"),
    ],
)
def test_a_word_before_the_name_settles_what_it_is(index: AreaIndex, text: str, code: str) -> None:
    area = find_area(text, index)
    assert area is not None
    assert area.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("kerja di batam asal indramayu", "32.12"),
        ("lewat dari batam, asal jawa barat, indramayu", "32.12"),
        ("asal jawa barat, kerja di batam", "32"),
        ("batam lalu jakarta", "21.71"),
    ],
)
def test_the_origin_comes_first_and_the_regency_before_its_province(
    index: AreaIndex, text: str, code: str
) -> None:
    area = find_area(text, index)
    assert area is not None
    assert area.code == code


def test_an_index_of_nothing_finds_nothing() -> None:
    assert find_area("asal indramayu", build_area_index([], [])) is None


def test_a_message_takes_no_time(index: AreaIndex) -> None:
    text = (
        "assalamualaikum pak saya tkw asal kab lombok timur ntb kerja di riyadh sudah lama gaji tidak dibayar"
    )
    times = repeat(lambda: find_area(text, index), number=200, repeat=5)
    assert min(times) / 200 < 0.0005  # ten times what it may take, for a busy machine
