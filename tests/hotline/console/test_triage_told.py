"""The officer reads why the machine gave a level, and corrects it; corrections become examples, with consent."""

from __future__ import annotations

import csv
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import make_settings
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Event, Referral
from cases.vocabulary import Category, EventKind, Role, Urgency
from hotline.cli import hotline
from hotline.console.highlight import reason_told

Opened = Callable[..., Case]
SignIn = Callable[[Role], FlaskClient]
Export = Callable[[], list[dict[str, str]]]
WORDS = "tolong saya dikurung majikan tidak dikasih makan minum, hp 0812 0000 0101"


def test_the_page_says_why(opened_case: Opened, signed_in_client: SignIn) -> None:
    case = opened_case(WORDS)

    page = signed_in_client(Role.OFFICER).get(f"/console/cases/{case.reference}").text

    assert "Mesin menilai Kritis" in page
    assert case.triage["reason"]["kind"] in ("learned", "phrase")


def test_nothing_is_told_of_what_no_machine_judged(app) -> None:  # type: ignore[no-untyped-def]
    with app.test_request_context():
        assert reason_told("halo", None) == ""
        assert reason_told("halo", {"urgency": "U4", "evidence": []}) == ""


@pytest.mark.parametrize(("said", "exported"), [([], 0), (["yes"], 1), (["yes", "no"], 0)])
def test_corrections_are_exported_masked_and_only_with_consent(
    opened_case: Opened,
    signed_in_client: SignIn,
    export: Export,
    said: list[str],
    exported: int,
) -> None:
    case = opened_case(WORDS)
    browser = signed_in_client(Role.OFFICER)
    url = f"/console/cases/{case.reference}"
    assert browser.post(f"{url}/urgency", data={"urgency": "U3", "reason": "salah paham"}).status_code == 302
    for allowed in said:
        assert browser.post(f"{url}/training", data={"allowed": allowed}).status_code == 302

    rows = export()

    assert len(rows) == exported
    for row in rows:
        assert row["urgency"] == Urgency.U3
        assert "[nomor]" in row["text"]
        assert "0101" not in row["text"]


def test_corrected_categories_are_exported_with_what_the_machine_said(
    opened_case: Opened, signed_in_client: SignIn, export: Export, session: Session
) -> None:
    case = opened_case(WORDS)
    browser = signed_in_client(Role.OFFICER)
    url = f"/console/cases/{case.reference}"
    data = {"category": "GAJI", "further": ["PULANG", "GAJI"], "category_reason": "ia menelepon"}
    assert browser.post(f"{url}/categories", data=data).status_code == 302
    browser.post(f"{url}/training", data={"allowed": "yes"})

    session.refresh(case)
    assert (case.leading_category, case.categories) == (Category.GAJI, ["GAJI", "PULANG"])
    told = session.scalars(select(Event).where(Event.kind == EventKind.CATEGORIES_CHANGED)).one()
    assert told.data["from"][0] == case.triage["categories"][0]
    assert (told.data["to"], told.data["reason"]) == (["GAJI", "PULANG"], "ia menelepon")
    (row,) = export()
    assert row["categories"] == "GAJI;PULANG"
    assert row["urgency"] == Urgency.U1, "the level is the machine's, which nobody corrected"
    assert case.triage["categories"][0] in row["why"]


@pytest.mark.parametrize(
    "data",
    [
        {"category": "GAJI", "category_reason": " "},
        {"category": "BUKAN", "category_reason": "x"},
        {"category": "GAJI", "further": ["BUKAN"], "category_reason": "x"},
        {"category": "INFO", "further": ["GAJI"], "category_reason": "x"},
        {"category": "GAJI", "further": [one.value for one in Category][:8], "category_reason": "x"},
    ],
)
def test_categories_that_cannot_be_are_refused_and_kept_in_the_form(
    opened_case: Opened, signed_in_client: SignIn, data: dict[str, object], session: Session
) -> None:
    case = opened_case(WORDS)
    before = list(case.categories)

    answer = signed_in_client(Role.OFFICER).post(f"/console/cases/{case.reference}/categories", data=data)

    assert answer.status_code == 409
    session.refresh(case)
    assert case.categories == before


def test_another_leading_category_puts_the_case_before_its_agencies(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case("mau tanya cara daftar", sender="+966500000778")
    before = set(session.scalars(select(Referral.agency_id).where(Referral.case_id == case.id)))

    signed_in_client(Role.OFFICER).post(
        f"/console/cases/{case.reference}/categories",
        data={"category": "PENIPUAN_REKRUT", "category_reason": "calo"},
    )

    session.rollback()
    after = set(session.scalars(select(Referral.agency_id).where(Referral.case_id == case.id)))
    assert before < after


def test_a_level_the_machine_found_too_is_no_correction(
    opened_case: Opened, signed_in_client: SignIn, export: Export
) -> None:
    case = opened_case(WORDS)
    browser = signed_in_client(Role.OFFICER)
    browser.post(f"/console/cases/{case.reference}/training", data={"allowed": "yes"})

    assert export() == []


@pytest.fixture
def export(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Export:
    """What `hotline triage export-corrections` writes."""
    path = tmp_path / "out.csv"
    # The package shows the command group of the same name; the module itself is asked for by its name.
    module = import_module("hotline.cli.triage")
    monkeypatch.setattr(module, "read_settings", lambda: make_settings(database_url))

    def run() -> list[dict[str, str]]:
        done = CliRunner().invoke(
            hotline, ["triage", "export-corrections", str(path)], catch_exceptions=False
        )
        assert done.exit_code == 0
        assert path.stat().st_mode & 0o777 == 0o600
        with path.open(newline="", encoding="utf-8") as lines:
            return list(csv.DictReader(lines))

    return run
