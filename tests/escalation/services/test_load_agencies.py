"""The shipped agencies, and that routing and policy name only what there is."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cases.vocabulary import AgencyKind, CalendarKind, Category, Side, Step, Urgency
from escalation.services.load_agencies import load_agencies
from escalation.services.load_countries import load_countries
from escalation.services.load_policy import POLICY_FILE, load_policy
from escalation.services.load_routing import ROUTING_FILE, load_routing

HEAD = "key,kind,name,country,province_code,regency_code,city,is_main,timezone,weekend,accredited,source\n"
GOOD = "kbri-riyadh,mission,KBRI Riyadh,SA,,,Riyadh,true,Asia/Riyadh,4-5,,list\n"


def test_the_directory_is_whole() -> None:
    counted = Counter(agency.kind for agency in load_agencies())
    assert counted[AgencyKind.DUTY_ROOM] == counted[AgencyKind.KEMLU] == 1
    assert counted[AgencyKind.MISSION] == 134
    assert counted[AgencyKind.IMMIGRATION] == 143
    assert counted[AgencyKind.POLICE] == 34
    assert counted[AgencyKind.BP3MI] > 20


def test_every_agency_is_well_formed() -> None:
    countries = load_countries()
    for agency in load_agencies():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", agency.key)
        assert agency.name and agency.source
        ZoneInfo(agency.timezone)
        assert agency.weekend
        assert agency.country in countries
        assert set(agency.accredited) <= set(countries)
        assert agency.country not in agency.accredited
        if agency.kind in {AgencyKind.BP3MI, AgencyKind.IMMIGRATION, AgencyKind.POLICE}:
            assert agency.country == "ID"
            assert re.fullmatch(r"\d\d", agency.province_code or "")
        if agency.kind is AgencyKind.IMMIGRATION:
            assert re.fullmatch(rf"{agency.province_code}\.\d\d", agency.regency_code or "")


def test_no_number_and_no_address_is_shipped() -> None:
    for agency in load_agencies():
        cells = " ".join((agency.key, agency.name, agency.city or ""))
        assert not re.search(r"\d{3}|@|\+", cells)


def test_one_mission_speaks_for_a_country() -> None:
    missions = [agency for agency in load_agencies() if agency.kind is AgencyKind.MISSION]
    main = Counter(agency.country for agency in missions if agency.is_main)
    served = Counter(code for agency in missions for code in agency.accredited)
    assert max(main.values()) == 1
    assert set(main) == {agency.country for agency in missions} - {"ID"}  # in Jakarta only the one at ASEAN
    assert max(served.values()) == 1
    assert not set(served) & set(main)


@pytest.mark.parametrize(
    "line",
    [
        GOOD,
        GOOD.replace("riyadh,mission", "x,embassy"),
        GOOD.replace("kbri-riyadh", "x").replace("true", "yes"),
        GOOD.replace("kbri-riyadh", "x").replace("4-5", "Fri"),
        GOOD.replace("kbri-riyadh", "x").replace("Asia/Riyadh", "Asia/Riyad"),
        "x,mission\n",
    ],
)
def test_a_malformed_agency_names_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "agencies.csv"
    path.write_text(HEAD + GOOD + line)
    with pytest.raises(ValueError, match="line 3"):
        load_agencies(path)


def test_every_matter_has_a_rule_on_both_sides() -> None:
    raw = tomllib.loads(ROUTING_FILE.read_text())
    written = [(line["category"], line["side"]) for line in raw["rule"]]
    assert sorted(written) == sorted((category, side) for category in Category for side in Side)
    assert len({line["id"] for line in raw["rule"]}) == len(raw["rule"])


def test_rules_name_agencies_that_are_listed_and_never_the_police_unasked() -> None:
    listed = {agency.kind for agency in load_agencies()}
    for rule in load_routing().rules.values():
        assert rule.lead
        assert {*rule.lead, *rule.support, *rule.consent} <= listed
        assert AgencyKind.POLICE not in {*rule.lead, *rule.support}
        # Routing itself tells the duty room at once in U1; as a support it would only be proposed.
        assert AgencyKind.DUTY_ROOM not in rule.support


def test_every_step_is_promised_at_every_urgency() -> None:
    raw = tomllib.loads(POLICY_FILE.read_text())
    # What a P3MI promises is dated in its own file (clarification.toml).
    assert set(raw["promise"]) == set(Step) - {Step.P3MI_PROMISE}
    for lines in raw["promise"].values():
        assert set(lines) == set(Urgency)
        assert all(line["basis"] == "default" and line["source"] for line in lines.values())
    policy = load_policy()
    steps = set(Step) - {Step.P3MI_PROMISE}
    assert set(policy.promises) == {(step, level) for step in steps for level in Urgency}
    assert set(policy.ladders) == set(Urgency)


def test_every_kind_of_agency_has_a_time_to_accept_and_the_urgent_ones_run_day_and_night() -> None:
    policy = load_policy()
    assert set(policy.agency_accept) == {(kind, level) for kind in AgencyKind for level in Urgency}
    urgent = {Urgency.U1, Urgency.U2}
    for (_, level), promise in policy.promises.items():
        assert (promise.calendar is CalendarKind.ALWAYS) == (level in urgent)
    for (kind, level), promise in policy.agency_accept.items():
        if level in urgent and kind is not AgencyKind.REGIONAL_GOVERNMENT:
            assert promise.calendar is CalendarKind.ALWAYS
