"""The queue on real screens: by keyboard alone, on a phone, with two people at it, and loud when a U1 comes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from cast import AMINA, ELI, HARMLESS, LOCKED_IN
from phones import Exchange
from sqlalchemy import select

from cases.models import Case
from cases.vocabulary import Role

expect = pytest.importorskip("playwright.sync_api").expect
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found")]
Shot = Callable[[Any, str], None]
ROWS = "table.queue tbody tr"


def filled(line_up: Exchange) -> list[str]:
    """Three cases, the most urgent first."""
    line_up.line(AMINA).writes(LOCKED_IN, channel="whatsapp")
    line_up.line(ELI).writes(HARMLESS)
    line_up.line("+60000000202").writes("gaji saya 3 bulan tidak dibayar majikan")
    with line_up.sessions() as session:
        return list(session.scalars(select(Case.reference).order_by(Case.urgency, Case.next_due_at)))


def test_by_keyboard_alone(desk: Any, line_up: Exchange, shot: Shot) -> None:
    first, second, third = filled(line_up)
    page = desk.signs_in(Role.OFFICER)
    expect(page.locator(ROWS)).to_have_count(3)

    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    shot(page, "keys")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=first)).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=second)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("c")
    expect(page.locator("#told")).to_contain_text(f"{first}: Anda menangani kasus ini.")
    expect(page.locator("#said")).to_contain_text(first)
    expect(page.locator(f'{ROWS}[data-case="{first}"] .owner')).to_contain_text("Petugas")
    # The table was put anew, and the place in it is kept.
    expect(page.get_by_role("link", name=first)).to_be_focused()
    shot(page, "claimed")

    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#picked")).to_have_text("2")
    line_up.line("+966000000777").writes(HARMLESS)
    expect(page.locator(ROWS)).to_have_count(4)
    expect(page.locator("#picked")).to_have_text("2")
    page.keyboard.press("a")
    expect(page.locator("#bulk-to")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("Ditugaskan: 2.")
    for reference in (second, third):
        expect(page.locator(f'{ROWS}[data-case="{reference}"] .owner')).to_contain_text("Petugas")
    expect(page.locator("#picked")).to_have_text("0")

    page.get_by_role("link", name=third).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{third}")
    page.keyboard.press("q")
    page.wait_for_url("**/console/")
    page.keyboard.press("/")
    expect(page.locator("#words")).to_be_focused()


def test_two_at_one_case(desk: Any, line_up: Exchange, shot: Shot) -> None:
    first, *_ = filled(line_up)
    officer, supervisor = desk.signs_in(Role.OFFICER), desk.signs_in(Role.SUPERVISOR)
    officer_row = officer.locator(f'{ROWS}[data-case="{first}"]')

    supervisor.get_by_role("link", name=first).click()
    expect(officer_row.locator(".others")).to_contain_text("melihat")
    supervisor.locator("#note_body").type("sudah saya")
    expect(officer_row.locator(".others")).to_contain_text("mengetik")
    shot(officer, "typing")
    officer_row.get_by_role("link", name=first).click()
    expect(officer.locator("p.others")).to_contain_text("mengetik")
    shot(officer, "typing-on-case")
    expect(supervisor.locator("p.others")).to_contain_text("melihat")
    # What is being typed stays while others come and go.
    expect(supervisor.locator("#note_body")).to_have_value("sudah saya")

    officer.goto(f"{line_up.settings.public_url}/console/")
    officer.route("**/console/live**", lambda route: route.abort())
    desk.complaints.clear()
    supervisor.keyboard.press("Escape")
    supervisor.locator("h1").click()
    supervisor.keyboard.press("c")
    expect(supervisor.locator(".alert-success")).to_be_visible()
    # The officer's page has not heard of it.
    officer.get_by_role("link", name=first).focus()
    officer.keyboard.press("c")
    expect(officer.locator("#told")).to_contain_text("Sudah diambil lebih dulu oleh Supervisor")
    shot(officer, "too-late")
    desk.complaints.clear()


def test_a_new_u1_is_loud_and_tells_nothing(desk: Any, line_up: Exchange, shot: Shot) -> None:
    page = desk.signs_in(Role.OFFICER)
    page.context.grant_permissions(["notifications"])
    page.evaluate(
        "() => { window.noticed = []; window.Notification = class { static permission = 'granted';"
        " constructor(title, options) { window.noticed.push(title + '|' + options.body); } close() {} }; }"
    )
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "false")
    page.locator("#sound").click()
    expect(page.locator("#sound")).to_contain_text("nyala")
    page.locator("#notices").click()
    expect(page.locator("#notices")).to_contain_text("nyala")
    before = page.evaluate("Number(document.documentElement.dataset.rang ?? 0)")

    line_up.line(AMINA).writes(LOCKED_IN)

    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator("#said")).to_contain_text("Kasus U1 belum diambil")
    expect(page).to_have_title(re.compile("^▲"))
    assert page.evaluate("Number(document.documentElement.dataset.rang)") == before + 1
    noticed = page.evaluate("window.noticed")
    with line_up.sessions() as session:
        assert noticed == [f"Kasus U1 belum diambil|{session.scalars(select(Case.reference)).one()}"]
    page.reload()
    page.wait_for_timeout(2500)
    assert page.evaluate("document.documentElement.dataset.rang") is None, "it rings once"


def test_time_goes_on_after_sleep(desk: Any, line_up: Exchange) -> None:
    filled(line_up)
    page = desk.signs_in(Role.OFFICER)
    page.clock.install()
    page.reload()
    page.clock.fast_forward("00:10")
    page.clock.fast_forward("02:00:00")

    expect(page.locator(f"{ROWS} .due").first).to_contain_text("lewat 01:5")


@pytest.mark.parametrize("width", [360, 390, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_on_every_screen(
    desk: Any,
    line_up: Exchange,
    shot: Shot,
    violations: Callable[..., list[str]],
    width: int,
    dark: bool,
) -> None:
    filled(line_up)
    page = desk.signs_in(Role.OFFICER, width=width, dark=dark, checked=True)
    base = line_up.settings.public_url
    found = {}
    for name, path in (
        ("queue", "/console/?view=all"),
        ("filtered", "/console/?urgency=U1&urgency=U2&country=SA&owner=none&lang=en"),
        ("search", "/console/search?lang=id"),
    ):
        page.goto(base + path)
        if name == "filtered":
            page.locator("details.filters > summary").click()
            page.locator("details.views > summary").click()
        shot(page, f"{name}-{width}-{'dark' if dark else 'light'}")
        if wrong := violations(page):
            found[name] = wrong
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found[f"{name} wide"] = ["wider than the screen"]
    assert found == {}
