"""What leaves the house as an example names nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.masking import masked


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("hub +966 55 501 0101 ya", (), "hub [nomor] ya"),
        ("paspor C1234567 ditahan", (), "paspor [nomor] ditahan"),
        ("tulis ke amina@contoh.example", (), "tulis ke [alamat]"),
        ("lihat https://contoh.example/x?y=1", (), "lihat [alamat]"),
        ("nama saya Amina dari Blitar", (), "nama saya [nama] dari Blitar"),
        ("Mbak Amina Wati dipukul", (), "Mbak [nama] dipukul"),
        ("amina dikunci di kamar", ("Amina Wati",), "[nama] dikunci di kamar"),
        ("5 bulan ga digaji, jam 22.30", (), "5 bulan ga digaji, jam 22.30"),
        ("gaji 1200 riyal", (), "gaji 1200 riyal"),
    ],
)
def test_it_takes_out_who_and_leaves_what(text: str, names: tuple[str, ...], expected: str):
    assert masked(text, names) == expected


@given(st.text(max_size=200), st.integers(min_value=10_000, max_value=10**15))
def test_no_long_number_stays(text: str, number: int):
    assert str(number) not in masked(f"{text} {number} {text}")
