"""Labelled messages are read as they were labelled."""

from io import StringIO

import pytest

from cases.vocabulary import Category, ContactSign, Reporter, Urgency
from escalation.services.read_labelled import read_labelled


def test_a_row_becomes_a_labelled_message():
    file = StringIO(
        "text,lang,country_hint,urgency,urgency_max,categories,contact,reporter\n"
        "tolong,ms-mixed,MY,U2,U1,SEKAP;GAJI,do_not_call;safe_hours:malam,family\n"
    )

    (row,) = read_labelled(file)

    assert (row.urgency, row.urgency_max) == (Urgency.U2, Urgency.U1)
    assert row.categories == (Category.SEKAP, Category.GAJI)
    assert row.contact_signs == {ContactSign.DO_NOT_CALL}
    assert (row.language, row.country, row.reporter) == ("ms", "MY", Reporter.THIRD_PERSON)


def test_only_text_and_urgency_are_needed():
    (row,) = read_labelled(StringIO("text,urgency\nhalo,U4\n"))

    assert (row.urgency_max, row.categories, row.language, row.reporter) == (None, (), None, None)


def test_an_unknown_code_names_its_line():
    with pytest.raises(ValueError, match=r"line 3: 'U5'"):
        list(read_labelled(StringIO("text,urgency\nhalo,U4\nhalo,U5\n")))


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="urgency"):
        list(read_labelled(StringIO("text\nhalo\n")))
