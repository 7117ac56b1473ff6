"""Amina's story as the officer, the supervisor and the mission see it on their screens."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from cast import AMINA, BERTA, DANA, LOCKED_IN
from phones import Exchange, code_in, link_in
from sqlalchemy import select

from cases.models import Case
from cases.vocabulary import CaseStatus, Role, Urgency
from hotline.seeding import demo_phone_of

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found")]
Shot = Callable[[Any, str], None]
# The board asks every two seconds, and a busy machine gets more.
PATIENT_MS = 10_000


def case_of(line_up: Exchange) -> Case:
    with line_up.sessions() as session:
        return session.scalars(select(Case)).one()


def test_from_her_first_words_to_the_missions_answer(desk: Any, line_up: Exchange, shot: Shot) -> None:
    with line_up.sessions() as session:
        mission = line_up.line(demo_phone_of(session, "kbri-riyadh") or "")
    officer = desk.signs_in(Role.OFFICER)
    expect(officer.locator("table.queue tbody a")).to_have_count(0)
    shot(officer, "1-empty-queue")

    began = time.monotonic()
    line_up.line(AMINA).writes(LOCKED_IN, channel="whatsapp")
    row = officer.locator("table.queue tbody tr").first
    expect(row).to_contain_text("U1", timeout=5_000)
    print(f"\na new U1 was in the queue after {time.monotonic() - began:.2f} s, without a reload")
    shot(officer, "2-queue")

    line_up.deliver()
    referral_link = link_in(mission.expects(case_of(line_up).reference))
    line_up.line(BERTA).expects("kasus baru")
    row.locator("a").first.click()
    expect(officer.locator(".evidence-U1", has_text="disekap")).to_be_visible()
    expect(officer.locator("#clocks-title")).to_be_visible()
    shot(officer, "3-case")

    supervisor = desk.signs_in(Role.SUPERVISOR)
    supervisor.clock.install(time=datetime.now(UTC))
    supervisor.goto(f"{line_up.settings.public_url}/console/board")
    expect(supervisor.locator("#breached tr")).to_have_count(0)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6), tick=True):
        line_up.work()
        supervisor.clock.fast_forward("06:00")
        # From here on nobody reloads: what happens must come to the board by itself.
        called = supervisor.locator("tr", has_text="Supervisor (contoh)")
        expect(called.get_by_role("button", name="Konfirmasi")).to_be_visible(timeout=PATIENT_MS)
        late = supervisor.locator("#breached tr", has_text=case_of(line_up).reference)
        expect(late.locator(".overdue")).to_contain_text("lewat 00:0")
        expect(supervisor.locator("#stale")).to_be_hidden()
        shot(supervisor, "4-board-breached")
        page = line_up.line(DANA).hears("LEWAT TENGGAT")
        line_up.line(DANA).replies(code_in(page))
        line_up.deliver()
        expect(called).to_contain_text("dijawab", timeout=PATIENT_MS)
        shot(supervisor, "4-board-answered")
    supervisor.get_by_role("link", name="English").click()
    expect(supervisor.locator("html")).to_have_attribute("lang", "en")
    expect(called).to_contain_text("answered")
    shot(supervisor, "4-board-english")

    portal = desk.opens(referral_link.removeprefix(line_up.settings.public_url), width=390)
    expect(portal.locator("main, body").first).to_contain_text(case_of(line_up).reference)
    assert "disekap" not in portal.content()
    shot(portal, "5-portal-phone")
    portal.get_by_role("button", name="Terima").first.click()
    expect(portal.locator("body")).to_contain_text("iterima")
    shot(portal, "6-portal-accepted")

    # The officer's page has been open all the while, and has kept up.
    expect(officer.locator(".referral .state-accepted").first).to_be_visible()
    officer.locator("details > summary", has_text="Linimasa").click()
    expect(officer.locator(".events li")).not_to_have_count(0)
    officer.locator("#note_body").fill("KBRI sudah menerima")
    officer.get_by_role("button", name="Simpan catatan").click()
    expect(officer.locator(".note")).to_contain_text("KBRI sudah menerima")
    officer.locator("#reply_body").fill("kasus kakak di KBRI")
    officer.get_by_role("button", name="Kirim balasan").click()
    expect(officer.locator(".alert-danger").first).to_contain_text("kbri")
    expect(officer.locator("#reply_body")).to_have_value("kasus kakak di KBRI")
    shot(officer, "7-reply-refused")
    officer.locator("#reply_body").fill("halo kak, apa kabar?")
    officer.get_by_role("button", name="Kirim balasan").click()
    line_up.deliver()
    line_up.line(AMINA).expects("apa kabar?")

    officer.locator("#agency").fill("bp3mi-jawa-barat")
    officer.locator("#basis").select_option("vital_interest")
    officer.locator("#words").fill("Mohon siapkan penjemputan.")
    officer.get_by_role("button", name="Kirim rujukan").click()
    expect(officer.locator(".referral", has_text="BP3MI").locator(".state-sent")).to_be_visible()
    officer.locator("#case-urgency").select_option("U2")
    officer.locator("#reason").fill("sudah dijemput KBRI")
    officer.get_by_role("button", name="Ubah tingkat").click()
    expect(officer.locator("h1 + .badge")).to_contain_text("U2")
    officer.locator("#close_reason").select_option("handed_over")
    officer.locator("#explanation").fill("selamat di KBRI")
    officer.locator("#safety-note").fill("ia sendiri yang menjawab dari KBRI")
    officer.get_by_role("button", name="Minta orang kedua menutup").click()
    expect(officer.locator("#second-title")).to_be_visible()
    supervisor.goto(f"{line_up.settings.public_url}/console/cases/{case_of(line_up).reference}")
    supervisor.locator("form[action$='/confirm_closing'] button").click()
    expect(supervisor.locator(".next-step")).to_contain_text("closed")
    expect(officer.locator(".next-step")).to_contain_text("ditutup", timeout=PATIENT_MS)
    shot(supervisor, "8-closed")
    closed = case_of(line_up)
    assert (closed.status, closed.urgency) == (CaseStatus.CLOSED, Urgency.U2)


def test_with_the_keyboard_alone_in_english_on_a_phone(desk: Any, line_up: Exchange, shot: Shot) -> None:
    line_up.line(AMINA).writes(LOCKED_IN)
    officer = desk.signs_in(Role.OFFICER, width=390)
    officer.goto(f"{line_up.settings.public_url}/console/?lang=en")
    expect(officer.locator("html")).to_have_attribute("lang", "en")
    for _ in range(40):
        officer.keyboard.press("Tab")
        if "/console/cases/TRC" in (officer.evaluate("document.activeElement.href || ''")):
            break
    officer.keyboard.press("Enter")
    officer.wait_for_url("**/console/cases/TRC-*")
    shot(officer, "case-phone-en")
    for _ in range(20):
        officer.keyboard.press("Tab")
        if officer.evaluate("document.activeElement.closest('#claim') !== null"):
            break
    # The ring must be found at night: Tabler's own is half transparent.
    expect(officer.locator("#claim button")).to_have_css("outline-color", "rgb(29, 78, 216)")
    shot(officer, "claim-in-focus")
    officer.keyboard.press("Enter")
    expect(officer.locator(".next-step")).not_to_contain_text("Take this case")
    assert case_of(line_up).owner_id is not None
    width = officer.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, f"the page is {width} px wide on a phone"
