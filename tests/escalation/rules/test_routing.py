"""Which agencies a case goes to."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from cases.vocabulary import AgencyKind, Category, Side, Urgency
from escalation.rules.routing import NO_RULE, AgencyEntry, Directory, Facts, RoutingRules, Rule, route


def agency(kind: AgencyKind, key: str, **more: object) -> AgencyEntry:
    plain = AgencyEntry(uuid4(), key, kind, None, None, None, None, False, "Asia/Jakarta", frozenset())
    return replace(plain, **more)  # type: ignore[arg-type]


ROOM = agency(AgencyKind.DUTY_ROOM, "room")
RIYADH = agency(AgencyKind.MISSION, "riyadh", country="SA", city="Riyadh", is_main=True, accredited=("YE",))
JEDDAH = agency(AgencyKind.MISSION, "jeddah", country="SA", city="Jeddah")
BP3MI = agency(AgencyKind.BP3MI, "bp3mi-jabar", province_code="32")
POLDA = agency(AgencyKind.POLICE, "polda-jabar", province_code="32")
IMI_CIREBON = agency(AgencyKind.IMMIGRATION, "imi-cirebon", province_code="32", regency_code="32.74")
IMI_BANDUNG = agency(AgencyKind.IMMIGRATION, "imi-bandung", province_code="32", regency_code="32.73")
DIRECTORY = Directory.of([ROOM, JEDDAH, RIYADH, BP3MI, POLDA, IMI_CIREBON, IMI_BANDUNG])
RULES = RoutingRules(
    "test",
    {
        (Category.SEKAP, Side.ABROAD): Rule("sekap-abroad", (AgencyKind.MISSION,), (), (AgencyKind.POLICE,)),
        (Category.TPPO, Side.HOME): Rule("tppo-home", (AgencyKind.BP3MI,), (), (AgencyKind.POLICE,)),
        (Category.IMIGRASI, Side.HOME): Rule("imi-home", (AgencyKind.IMMIGRATION,), (), ()),
    },
)
SEKAP = Facts(Side.ABROAD, "SA", None, None, Category.SEKAP, Urgency.U1)


def keys(facts: Facts) -> list[str]:
    return [proposal.agency.key for proposal in route(facts, RULES, DIRECTORY)]


def test_u1_abroad_leaves_at_once_for_mission_and_duty_room() -> None:
    proposals = route(SEKAP, RULES, DIRECTORY)

    assert [(p.agency.key, p.send_now) for p in proposals] == [("riyadh", True), ("room", True)]


def test_u2_is_proposed_and_not_sent() -> None:
    proposals = route(replace(SEKAP, urgency=Urgency.U2), RULES, DIRECTORY)

    assert [(p.agency.key, p.send_now) for p in proposals] == [("riyadh", False)]


def test_the_consulate_of_a_named_city_comes_before_the_embassy() -> None:
    assert keys(replace(SEKAP, words="saya di jeddah dekat pasar"))[0] == "jeddah"


def test_a_mission_serves_the_countries_it_is_accredited_to() -> None:
    assert keys(replace(SEKAP, country="YE"))[0] == "riyadh"


def test_police_are_proposed_only_on_a_named_basis() -> None:
    proposals = route(Facts(Side.HOME, "ID", "32", None, Category.TPPO, Urgency.U1), RULES, DIRECTORY)

    police = next(p for p in proposals if p.agency.kind is AgencyKind.POLICE)
    assert (police.needs_consent, police.send_now) == (True, False)


def test_the_regencys_office_comes_before_the_provinces() -> None:
    home = Facts(Side.HOME, "ID", "32", "32.74", Category.IMIGRASI, Urgency.U3)

    assert keys(home) == ["imi-cirebon"]
    assert keys(replace(home, regency_code=None)) == ["imi-bandung"] or keys(
        replace(home, regency_code=None)
    ) == ["imi-cirebon"]


def test_a_case_that_nobody_fits_goes_to_the_duty_room() -> None:
    (proposal,) = route(replace(SEKAP, country="AQ", urgency=Urgency.U3), RULES, DIRECTORY)

    assert (proposal.agency.key, proposal.rule, proposal.is_lead) == ("room", NO_RULE, True)


def test_no_agency_is_put_forward_twice() -> None:
    twice = RoutingRules(
        "test",
        {(Category.SEKAP, Side.ABROAD): Rule("r", (AgencyKind.MISSION,), (AgencyKind.MISSION,), ())},
    )

    found = [p.agency.key for p in route(SEKAP, twice, DIRECTORY)]

    assert len(found) == len(set(found))
