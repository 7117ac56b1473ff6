"""Error codes are data with a source, a date and a class for what is not listed."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from hotline.channels.port import FailureClass
from hotline.channels.twilio import error_codes
from hotline.channels.twilio.error_codes import failure_of

TABLE = tomllib.loads(Path(error_codes.__file__).with_name("error_codes.toml").read_text())
# Every code that the brief on Twilio names for the way out, and what it says to do.
BRIEF = {
    FailureClass.RETRY: (20429, 21611, 30001, 30017, 30022, 30023, 30027, 30410, 63009, 63010, 63012, 63017),
    FailureClass.RETRY_SLOWLY: (30003, 30008, 63018, 63038),
    FailureClass.ADDRESS: (21211, 21614, 21217, 30005, 30006, 63024),
    FailureClass.OPTED_OUT: (21610, 63014, 63033),
    FailureClass.OTHER_CHANNEL: (21612, 30004, 63003, 63016, 63032),
    FailureClass.CONTENT: (
        21617, 21602, 21620, 21623, 21655, 21656, 30007, 30036, 63005, 63013, 63021, 63019, 63034, 63037,
    ),
    FailureClass.CONFIGURATION: (
        20003, 20404, 21212, 21606, 21603, 21601, 21621, 21408, 30002, 30018, 30024, 30032, 30034, 30450, 63001,
        63002, 63007, 63015, 63027, 63028, 63041,
    ),
}  # fmt: skip


def test_it_names_its_source_and_its_day() -> None:
    assert TABLE["source"]["title"]
    assert isinstance(TABLE["source"]["read"], date)


def test_every_code_has_one_class() -> None:
    codes = [code for group in TABLE["classes"].values() for code in group] + TABLE["incoming"]["codes"]

    assert len(codes) == len(set(codes))
    assert set(TABLE["classes"]) == {failure.value for failure in FailureClass}


@pytest.mark.parametrize(("failure", "codes"), BRIEF.items())
def test_every_code_of_the_brief_is_there(failure: FailureClass, codes: tuple[int, ...]) -> None:
    assert {code: failure_of(code) for code in codes} == dict.fromkeys(codes, failure)


def test_what_is_not_listed_is_tried_again_and_then_told() -> None:
    assert failure_of(99999) is FailureClass(TABLE["default"]) is FailureClass.RETRY_SLOWLY
