"""Two browsers on one case: what is typed is never lost, and nobody overwrites in silence."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from cast import AMINA, LOCKED_IN
from phones import Exchange
from sqlalchemy import select

from cases.models import Case
from cases.vocabulary import Role

expect = pytest.importorskip("playwright.sync_api").expect
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found")]


def url_of(line_up: Exchange) -> str:
    with line_up.sessions() as session:
        reference = session.scalars(select(Case.reference).order_by(Case.opened_at)).first()
    return f"{line_up.settings.public_url}/console/cases/{reference}"


def test_drafts_survive_a_reload_a_message_and_a_lost_connection(desk: Any, line_up: Exchange) -> None:
    line_up.line(AMINA).writes("halo, gaji saya belum dibayar")
    berta = desk.signs_in(Role.OFFICER)
    berta.goto(url_of(line_up))
    berta.fill("#reply_body", "halo kak, jam berapa enaknya")
    berta.fill("#note_body", "menunggu jawaban keluarga")

    line_up.line(AMINA).writes("masih di sini")
    expect(berta.get_by_text("masih di sini").first).to_be_visible(timeout=10_000)
    expect(berta.locator("#reply_body")).to_have_value("halo kak, jam berapa enaknya")
    berta.locator("#reply_body").press_sequentially("?")

    berta.reload()
    expect(berta.locator("#reply_body")).to_have_value("halo kak, jam berapa enaknya?")
    expect(berta.locator("#note_body")).to_have_value("menunggu jawaban keluarga")
    expect(berta.locator("#reply_body-draft")).to_be_visible()

    berta.context.set_offline(True)
    expect(berta.locator("#offline")).to_be_visible()
    berta.get_by_role("button", name="Kirim balasan").click()
    expect(berta.locator("#reply_body")).to_have_value("halo kak, jam berapa enaknya?")
    berta.context.set_offline(False)
    expect(berta.locator("#offline")).to_be_hidden()

    # Saving the note forgets its draft, and leaves the reply's alone.
    berta.get_by_role("button", name="Simpan catatan").click()
    expect(berta.locator(".alert-success")).to_be_visible()
    expect(berta.locator("#note_body")).to_have_value("")
    expect(berta.locator("#reply_body")).to_have_value("halo kak, jam berapa enaknya?")
    berta.get_by_role("button", name="Kirim balasan").click()
    expect(berta.locator(".alert-success")).to_be_visible()
    expect(berta.locator("#reply_body")).to_have_value("")
    kept = berta.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:')).length")
    assert kept == 0


def test_two_officers_edit_and_claim_at_once(desk: Any, line_up: Exchange, shot: Any) -> None:
    line_up.line(AMINA).writes(LOCKED_IN)
    berta, dana = desk.signs_in(Role.OFFICER), desk.signs_in(Role.SUPERVISOR)
    for page in (berta, dana):
        page.goto(url_of(line_up))
    # Dana's page would follow Berta's claim by itself; here her press crosses it on the way.
    dana.evaluate("document.getElementById('live').removeAttribute('data-live')")
    dana.route("**/body*", lambda route: route.fulfill(body="", content_type="text/html"))
    berta.locator("#claim button").click()
    expect(berta.locator(".alert-success")).to_be_visible()
    dana.locator("#claim button").click()
    expect(dana.locator(".alert-danger").first).to_contain_text("Petugas piket (contoh)")
    dana.unroute("**/body*")

    berta.goto(url_of(line_up))
    dana.goto(url_of(line_up))
    berta.fill("#plan-cover_story", "bibi dari desa")
    dana.fill("#plan-cover_story", "teman sekolah")
    dana.fill("#reply_body", "halo kak")
    berta.get_by_role("button", name="Simpan rencana").click()
    expect(berta.locator(".alert-success")).to_be_visible()
    dana.get_by_role("button", name="Simpan rencana").click()

    both = dana.locator("#stale-save")
    expect(both).to_contain_text("bibi dari desa")
    expect(both).to_contain_text("teman sekolah")
    expect(both).to_be_focused()
    shot(dana, "stale-save")
    expect(dana.locator("#plan-cover_story")).to_have_value("teman sekolah")
    expect(dana.locator("#reply_body")).to_have_value("halo kak")
    dana.get_by_role("button", name="Simpan rencana").click()
    expect(dana.locator(".alert-success")).to_be_visible()
    berta.reload()
    expect(berta.locator("#plan-cover_story")).to_have_value("teman sekolah")


def test_words_that_betray_and_parts_of_sms_are_told_while_writing(desk: Any, line_up: Exchange) -> None:
    line_up.line(AMINA).writes(LOCKED_IN)
    berta = desk.signs_in(Role.OFFICER)
    berta.goto(url_of(line_up))
    berta.fill("#reply_body", "Halo kak " + "a" * 160)
    expect(berta.locator("#reply-parts")).to_have_text("2")
    expect(berta.locator("#reply-warning")).to_be_hidden()
    berta.fill("#reply_body", "ini KBRI, laporan diterima 😀")
    expect(berta.locator("#reply-warning")).to_be_visible()
    expect(berta.locator("#reply-words")).to_have_text("kbri, laporan")
    berta.select_option("#mention", "Petugas piket (contoh)")
    expect(berta.locator("#note_body")).to_have_value("@Petugas piket (contoh) ")


def test_a_case_that_is_merged_away_while_it_is_read_says_so(desk: Any, line_up: Exchange, shot: Any) -> None:
    line_up.line(AMINA).writes("tolong adik saya disekap majikan di Riyadh tidak dikasih makan")
    line_up.line("+966000000371").writes("tolong adikku disekap majikan di riyadh ga dikasih makan")
    berta, dana = desk.signs_in(Role.OFFICER), desk.signs_in(Role.SUPERVISOR)
    berta.goto(url_of(line_up))
    other = berta.locator(".duplicates a").first.inner_text()
    dana.goto(f"{line_up.settings.public_url}/console/cases/{other}")
    dana.fill("#note_body", "sedang menulis")
    shot(berta, "hint")
    berta.get_by_role("button", name="Gabungkan…").click()
    expect(berta.get_by_role("heading", name="Yang pindah")).to_be_visible()
    shot(berta, "preview")
    berta.get_by_role("button", name="Gabungkan", exact=True).click()
    expect(berta.locator(".alert-success")).to_be_visible()
    shot(berta, "survivor")

    expect(dana.get_by_text("Kasus ini digabung ke")).to_be_visible(timeout=10_000)
    expect(dana.locator("#note_body")).to_have_value("sedang menulis")
    dana.goto(f"{line_up.settings.public_url}/console/cases/{other}")
    expect(dana.get_by_text("adalah bagian dari kasus ini")).to_be_visible()
    berta.get_by_role("button", name=f"Batalkan penggabungan {other}").click()
    expect(berta.locator(".alert-success")).to_contain_text(other)
