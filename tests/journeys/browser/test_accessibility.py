"""No violation that axe-core knows of, on any page, in both languages, light and dark, desk and phone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from cast import AMINA, LOCKED_IN
from phones import Exchange, link_in
from sqlalchemy import select

from cases.models import Case
from cases.vocabulary import Role
from hotline.seeding import demo_phone_of

pytest.importorskip("playwright.sync_api")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found")]

LOOKS = [("id", 1280, False), ("en", 390, True)]


@pytest.mark.parametrize("how_it_looks", LOOKS)
def test_axe_finds_nothing(
    desk: Any,
    line_up: Exchange,
    violations: Callable[[Any], list[str]],
    shot: Callable[[Any, str], None],
    how_it_looks: tuple[str, int, bool],
) -> None:
    language, width, dark = how_it_looks
    how = {"width": width, "dark": dark, "checked": True}
    found: dict[str, list[str]] = {}

    def look(page: Any, name: str) -> None:
        shot(page, name)
        if wrong := violations(page):
            found[name] = wrong
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.setdefault(name, []).append("wider than the screen")

    look(desk.opens(f"/login?lang={language}", **how), "sign-in")
    officer = desk.signs_in(Role.OFFICER, **how)
    base = line_up.settings.public_url

    def visit(page: Any, path: str, name: str) -> None:
        page.goto(f"{base}{path}{'&' if '?' in path else '?'}lang={language}")
        look(page, name)

    visit(officer, "/console/", "empty-queue")
    visit(officer, "/console/tasks", "no-tasks")
    line_up.line(AMINA).writes(LOCKED_IN)
    line_up.line(AMINA).writes("kabar")
    line_up.line(AMINA).writes("STOP")
    line_up.deliver()
    with line_up.sessions() as session:
        reference = session.scalars(select(Case.reference)).one()
        mission = line_up.line(demo_phone_of(session, "kbri-riyadh") or "")
    visit(officer, "/console/", "queue")
    visit(officer, "/console/tasks", "tasks")
    visit(officer, f"/console/cases/{reference}", "case")
    supervisor = desk.signs_in(Role.SUPERVISOR, **how)
    visit(supervisor, "/console/board", "board")
    link = link_in(mission.hears(reference)).removeprefix(base)
    look(desk.opens(f"{link}?lang={language}", **how), "portal")

    assert found == {}
