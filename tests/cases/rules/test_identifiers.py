"""What officers type of a number, in the one form we keep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.identifiers import Name, read_identifier
from cases.vocabulary import IdentifierKind

PHONE, BSUID = IdentifierKind.PHONE, IdentifierKind.BSUID
EMAIL, USERNAME = IdentifierKind.EMAIL, IdentifierKind.USERNAME


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("+966 000 000 301", PHONE, "+966000000301"),
        ("00966000000301", PHONE, "+966000000301"),
        ("whatsapp:+966000000301", PHONE, "+966000000301"),
        ("+44 (7700) 900-123", PHONE, "+447700900123"),
        ("0812-0000-0000", PHONE, "+6281200000000"),
        ("SA.ab12CD", BSUID, "SA.ab12CD"),
        ("SA.ENT.ab12CD", BSUID, "SA.ENT.ab12CD"),
        (" Sari.K@Example.ORG ", EMAIL, "sari.k@example.org"),
        ("@Sari.K", USERNAME, "@sari.k"),
    ],
)
def test_read(typed: str, kind: IdentifierKind, value: str) -> None:
    assert read_identifier(typed) == Name(kind, value)


@pytest.mark.parametrize(
    "typed", ["", "Sari", "12", "@", "sari@", "a@b", "sa.abc", "TRC-2611-00001X", "+" * 300]
)
def test_what_is_no_name(typed: str) -> None:
    assert read_identifier(typed) is None


@given(st.text(max_size=60))
def test_what_was_read_reads_the_same_again(text: str) -> None:
    name = read_identifier(text)
    assert name is None or read_identifier(name.value) == name
