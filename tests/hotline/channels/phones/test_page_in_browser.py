"""The page, used as a newcomer uses it: with a mouse at a desk, with the keyboard alone, on a narrow screen."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from hotline.channels.phones.samples import sample

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found")]

AXE = Path(__file__).parents[3] / ".axe" / "axe.min.js"
TEMPLATE = "HX" + "1" * 32
VOICE = b'<Response><Say>Tinggalkan pesan.</Say><Record action="/twilio/voice/done"/></Response>'
# A microphone that plays a tone, and a visitor who allows it.
ARGUMENTS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture
def phones(open_phones: Any) -> Any:
    buttons = [{"title": "Ya", "id": "consent:yes"}, {"title": "Tidak", "id": "consent:no"}]
    found = open_phones(content_templates={TEMPLATE: {"body": "Boleh kami menelepon?", "buttons": buttons}})
    found.product.documents = {"/twilio/voice": VOICE}
    return found


@pytest.fixture
def open_page(phones: Any) -> Iterator[Callable[..., Any]]:
    """Opens the page; what the browser complains about fails the test."""
    complaints: list[str] = []
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)

        def open_(path: str = "/", width: int = 1280) -> Any:
            page = browser.new_page(viewport={"width": width, "height": 844})
            page.set_default_timeout(15_000)
            page.on(
                "console",
                lambda message: complaints.append(message.text) if message.type == "error" else None,
            )
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(phones.server.url + path)
            # The page puts the cursor into the first phone once it has loaded; from then on it keeps still.
            sync_api.expect(page.locator("textarea").first).to_be_focused(timeout=15_000)
            return page

        yield open_
        browser.close()
    assert complaints == []


def lines(phones: Any, count: int) -> list[dict[str, Any]]:
    """The worker's conversation once it has so many lines."""
    ends = time.monotonic() + 15
    while len(found := phones.get(f"phones/{phones.WORKER}").json()["lines"]) < count:
        assert time.monotonic() < ends, found
        time.sleep(0.02)
    rows: list[dict[str, Any]] = found
    return rows


def test_a_newcomer_sends_everything_there_is(phones: Any, open_page: Any, tmp_path: Path) -> None:
    page = open_page("/?lang=en")
    worker = page.locator(".phone").first
    worker.locator(".channel").select_option("whatsapp")

    def press(selector: str) -> None:
        if worker.locator("details[open]").count() == 0:
            worker.locator("summary").click()
        worker.locator(selector).click()

    press('[data-sample="photo"]')
    lines(phones, 1)
    press('[data-sample="voice"]')
    lines(phones, 2)
    worker.locator("summary").click()
    worker.locator(".place").select_option("Riyadh")
    press(".location button")
    lines(phones, 3)
    picture = tmp_path / "house.jpg"
    picture.write_bytes(sample("image/jpeg"))
    with page.expect_file_chooser() as chooser:
        press('[data-act="file"]')
    chooser.value.set_files(picture)
    lines(phones, 4)
    press('[data-act="missed"]')
    lines(phones, 5)
    press('[data-act="voicemail"]')
    lines(phones, 6)
    press('[data-word="stop"]')
    photo, voice, place, file, missed, left, stop = lines(phones, 7)
    assert [each["content_type"] for each in photo["attachments"] + voice["attachments"]] == [
        "image/jpeg",
        "audio/ogg",
    ]
    assert place["place"] == {"label": "Riyadh", "latitude": "24.7136", "longitude": "46.6753"}
    assert file["attachments"][0]["filename"] == "house.jpg"
    assert (missed["call"]["recordings"], len(left["call"]["recordings"])) == ([], 1)
    assert stop["text"] == "STOP"
    sync_api.expect(worker.locator("li img")).to_have_count(2)
    shown = worker.locator("li img").evaluate_all("pictures => pictures.map(each => each.naturalWidth)")
    assert shown == [320, 320]
    sync_api.expect(worker.locator("li audio")).to_have_count(2)


def test_the_microphone(phones: Any, open_page: Any) -> None:
    page = open_page()
    worker = page.locator(".phone").first
    for what in ("note", "voicemail"):
        worker.locator("summary").click()
        button = worker.locator(f'[data-record="{what}"]')
        button.click()
        sync_api.expect(button).to_have_text("Selesai dan kirim")
        page.wait_for_timeout(700)
        button.click()
        lines(phones, 1 if what == "note" else 2)
    note, call = lines(phones, 2)
    assert (note["channel"], note["attachments"][0]["content_type"]) == ("whatsapp", "audio/ogg")
    assert phones.get(f"media/{note['attachments'][0]['sid']}").content.startswith(b"OggS")
    recorded = phones.get(f"media/{call['call']['recordings'][0]}").content
    assert recorded.startswith(b"RIFF") and len(recorded) > 8000  # half a second at least


def test_a_button_is_pressed_once(phones: Any, open_page: Any) -> None:
    page = open_page()
    worker = page.locator(".phone").first
    phones.create(
        "whatsapp:" + phones.WORKER, From="whatsapp:" + phones.WHATSAPP_FROM, Body=None, ContentSid=TEMPLATE
    )
    worker.get_by_role("button", name="Ya").click()
    pressed: list[Any] = []
    ends = time.monotonic() + 15
    while not pressed and time.monotonic() < ends:
        pressed = [each.form for each in phones.product.received if "ButtonPayload" in each.form]
        time.sleep(0.02)
    (form,) = pressed
    assert (form["ButtonPayload"], form["Body"]) == (["consent:yes"], ["Ya"])
    assert form["OriginalRepliedMessageSid"][0].startswith("SM")
    sync_api.expect(worker.get_by_role("button", name="Tidak")).to_be_disabled()


def test_the_keyboard_reaches_it_all(phones: Any, open_page: Any) -> None:
    page = open_page()
    worker = page.locator(".phone").first
    worker.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    sync_api.expect(worker.locator('[data-act="file"]')).to_be_focused(timeout=15_000)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert lines(phones, 1)[0]["attachments"][0]["content_type"] == "image/jpeg"
    sync_api.expect(worker.locator("summary")).to_be_focused(timeout=15_000)


def test_a_narrow_screen_shows_it_all(phones: Any, open_page: Any) -> None:
    page = open_page(width=390)
    worker = page.locator(".phone").first
    worker.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for selector in ('[data-word="stop"]', ".location button", '[data-act="missed"]'):
        worker.locator(selector).scroll_into_view_if_needed()
        box = worker.locator(selector).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["height"] >= 44


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(phones: Any, open_page: Any, scheme: str) -> None:
    phones.post("inbound", **{"from": phones.WORKER, "kind": "photo", "channel": "whatsapp"})
    phones.post("call", **{"from": phones.WORKER, "recording": True})
    phones.create(
        "whatsapp:" + phones.WORKER, From="whatsapp:" + phones.WHATSAPP_FROM, Body=None, ContentSid=TEMPLATE
    )
    phones.settle()
    page = open_page(width=390)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.locator("summary").first.click()
    sync_api.expect(page.locator(".phone").first.locator("li")).to_have_count(3)
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run()")["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_a_recording_can_be_played(phones: Any, open_page: Any) -> None:
    page = open_page()
    worker = page.locator(".phone").first
    worker.locator("summary").click()
    worker.locator('[data-record="note"]').click()
    page.wait_for_timeout(900)
    worker.locator('[data-record="note"]').click()
    sync_api.expect(worker.locator("li audio")).to_have_count(1)
    seconds = worker.locator("li audio").evaluate(
        "player => new Promise((tell, fail) => { player.onloadedmetadata = () => tell(player.duration);"
        " player.onerror = () => fail(player.error.message); player.load(); })"
    )
    assert 0.3 < seconds < 5


def test_the_other_languages_have_every_word(phones: Any) -> None:
    indonesian, english = (
        requests.get(phones.server.url + path, timeout=5).text for path in ("/", "/?lang=en")
    )
    assert "Kirim lokasi" in indonesian and "Send the location" not in indonesian
    assert "Send the location" in english and "Kirim" not in english
