"""Amina's night, seen on the screens of those who answer her."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from cast import AMINA, BERTA, DANA, LOCKED_IN
from phones import code_in, link_in
from sqlalchemy import select

from cases.models import Agency, Case, Message, Note, Referral
from cases.vocabulary import AgencyKind, CaseStatus, Direction, MessageKind, ReferralStatus, Urgency
from hotline.seeding import demo_phone_of

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser

# What an officer must see new within two seconds; a busy machine of many tests gets more.
PROMISED_SECONDS, PATIENT_SECONDS = 2, 5
SAVED = "Tersimpan."


def test_from_the_first_words_to_the_closed_case(desk: Any) -> None:
    line = desk.exchange.line
    officer = desk.sign_in("petugas")
    expect(officer.locator(".empty")).to_be_visible()
    desk.picture(officer, "queue-empty")

    seconds = _row_appears(desk, officer)
    print(f"a new row after {seconds:.2f} s (promised: {PROMISED_SECONDS} s)")
    desk.picture(officer, "queue")

    officer.locator(".queue tbody a").click()
    reference = officer.locator("h1").inner_text()
    assert "disekap" in " ".join(officer.locator(".evidence").all_inner_texts())
    expect(officer.locator("#clocks-title + div tr")).not_to_have_count(0)
    expect(officer.locator(".referral")).not_to_have_count(0)
    officer.locator("details > summary", has_text="Jejak").click()
    expect(officer.locator(".events li")).not_to_have_count(0)
    desk.picture(officer, "case")

    desk.work()
    supervisor = desk.sign_in("supervisor")
    supervisor.goto(desk.address("/console/board"))
    line(BERTA).expects("kasus baru")
    desk.pass_time(minutes=2, seconds=35)
    desk.work()
    line(BERTA).expects("separuh waktu")
    desk.pass_time(minutes=3)
    desk.work()
    breached, paged = supervisor.locator("#breached"), supervisor.locator("tr", has_text="Supervisor (contoh)")
    expect(breached).to_contain_text(reference)
    expect(breached.locator(".overdue").first).to_contain_text("lewat")
    expect(paged.get_by_role("button", name="Konfirmasi")).to_be_visible()
    expect(supervisor.locator("#stale")).to_be_hidden()
    desk.picture(supervisor, "board-breached")

    line(DANA).replies(code_in(line(DANA).expects("LEWAT TENGGAT")))
    desk.work()
    line(DANA).expects("konfirmasi diterima")
    expect(paged).to_contain_text("dijawab")
    desk.picture(supervisor, "board-answered")

    _mission_accepts(desk, reference)
    accepted = officer.locator(".referral .state-accepted")
    expect(accepted).not_to_have_count(0)
    _officer_works(desk, officer)
    with desk.exchange.sessions() as session:
        case = session.scalars(select(Case)).one()
        assert (case.status, case.urgency) == (CaseStatus.CLOSED, Urgency.U2)
        assert session.scalars(select(Note.body)).all() == ["Keluarga di Indramayu sudah dihubungi."]
        said = session.scalars(select(Message).where(Message.kind == MessageKind.REPLY)).one()
        assert (said.direction, said.body) == (Direction.OUT, "Halo, apa kabar hari ini?")
        kinds = {each.agency.kind: each.status for each in session.scalars(select(Referral))}
        assert kinds[AgencyKind.MISSION] is ReferralStatus.ACCEPTED

    for page, path, words in (
        (officer, f"/console/cases/{reference}", "Case closed"),
        (officer, "/console/?status=closed", reference),
        (supervisor, "/console/board", "Who was called"),
    ):
        page.goto(desk.address(path))
        page.get_by_role("link", name="English").or_(page.get_by_role("link", name="Bahasa Indonesia")).click()
        if page.locator("html").get_attribute("lang") == "id":
            page.get_by_role("link", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("main")).to_contain_text(words)
        desk.picture(page, "english")


def test_the_keyboard_alone_takes_a_case(desk: Any) -> None:
    desk.exchange.line(AMINA).writes(LOCKED_IN, channel="whatsapp")
    page = desk.sign_in("petugas", keys_only=True)
    _tab_to(page, ".queue tbody a")
    desk.picture(page, "focus-on-the-row")
    page.keyboard.press("Enter")
    expect(page.locator("#claim")).to_be_visible()
    _tab_to(page, "#claim button")
    desk.picture(page, "focus-on-claim")
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]", has_text=SAVED)).to_be_visible()
    expect(page.locator("#claim")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("q")
    expect(page.locator(".queue tbody tr")).to_contain_text("Petugas piket (contoh)")


def _row_appears(desk: Any, page: Any) -> float:
    began = time.perf_counter()
    desk.exchange.line(AMINA).writes(LOCKED_IN, channel="whatsapp")
    page.locator(".queue tbody tr", has_text="disekap").wait_for(timeout=PATIENT_SECONDS * 1000)
    return time.perf_counter() - began


def _mission_accepts(desk: Any, reference: str) -> None:
    with desk.exchange.sessions() as session:
        phone = desk.exchange.line(demo_phone_of(session, "kbri-riyadh") or "")
    page = desk.open(link_in(phone.expects(reference)), width=390)
    expect(page.locator("h1")).to_contain_text(reference)
    assert "disekap" not in page.content()
    desk.picture(page, "portal")
    page.get_by_role("button", name="Terima").click()
    expect(page.locator(".state-accepted")).to_be_visible()
    desk.picture(page, "portal-accepted")


def _officer_works(desk: Any, page: Any) -> None:
    """Take it over, plan, reply, note, refer, change the urgency, close."""
    with desk.exchange.sessions() as session:
        agency = session.scalars(select(Agency.key).where(Agency.kind == AgencyKind.BP3MI)).first()
    assert agency
    page.locator("#to").select_option(label="Petugas piket (contoh)")
    _press(page, "Tugaskan")
    page.locator("#plan-reply").select_option("allowed")
    page.locator("#plan-holder").select_option("self")
    _press(page, "Simpan rencana")
    desk.picture(page, "planned")
    page.locator("#reply_body").fill("Halo, apa kabar hari ini?")
    _press(page, "Kirim balasan")
    desk.work()
    desk.exchange.line(AMINA).hears("apa kabar")
    page.locator("#note_body").fill("Keluarga di Indramayu sudah dihubungi.")
    _press(page, "Simpan catatan")
    page.locator("#agency").fill(agency)
    page.locator("#basis").select_option("vital_interest")
    page.locator("#words").fill("Mohon siapkan penjemputan.")
    _press(page, "Kirim rujukan")
    page.locator("#case-urgency").select_option("U2")
    page.locator("#reason").fill("Sudah di tempat aman.")
    _press(page, "Ubah tingkat")
    expect(page.locator("h1 + .badge")).to_contain_text("U2")
    desk.picture(page, "worked")
    page.locator("#close_reason").select_option(index=1)
    page.locator("#explanation").fill("Sudah dijemput KBRI.")
    _press(page, "Tutup kasus")
    expect(page.locator(".next-step")).to_contain_text("Kasus ditutup")
    desk.picture(page, "closed")


def _press(page: Any, name: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{name}")).click()
    expect(page.locator("[role=status]", has_text=SAVED)).to_be_visible()


def _tab_to(page: Any, selector: str, *, at_most: int = 40) -> None:
    wanted = page.locator(selector).first
    for _ in range(at_most):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches {selector}")
