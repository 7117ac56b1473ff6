"""A newcomer's phones page on one screen, the officer's case on the other: what is sent there is seen here."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from cast import ACCOUNT_SID, AUTH_TOKEN, SMS_NUMBER
from phones import Exchange

from cases.vocabulary import Role

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found")]

PROMISED_MS = 3_000
_BUTTONS = {
    "types": {
        "twilio/quick-reply": {
            "body": "Bisa bicara?",
            "actions": [{"type": "QUICK_REPLY", "title": "Ya", "id": "talk:yes"}],
        }
    }
}
_LENGTH_OF_SOUND = (
    "player => new Promise((tell, fail) => { player.onloadedmetadata = () => tell(player.duration);"
    " player.onerror = () => fail(player.error.message); player.load(); })"
)


def offer_buttons(line_up: Exchange, worker: str) -> None:
    """A message with buttons comes to her phone, by the door the hotline itself uses."""
    auth = (ACCOUNT_SID, AUTH_TOKEN)
    made = requests.post(f"{line_up.phones_url}/v1/Content", json=_BUTTONS, auth=auth, timeout=5)
    assert made.ok, made.text
    sent = requests.post(
        f"{line_up.phones_url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        data={
            "To": f"whatsapp:{worker}",
            "From": f"whatsapp:{SMS_NUMBER}",
            "ContentSid": made.json()["sid"],
        },
        auth=auth,
        timeout=5,
    )
    assert sent.status_code == 201, sent.text


def test_each_thing_a_phone_can_send_is_in_the_case_in_three_seconds(
    desk: Any, line_up: Exchange, shot: Callable[[Any, str], None]
) -> None:
    phones = desk.opens(line_up.phones_url)
    phone = phones.locator(".phone").first
    number = phone.locator(".acting").input_value()
    phone.locator(".channel").select_option("whatsapp")
    phone.locator("textarea").fill("halo, mau tanya soal kontrak")
    phones.keyboard.press("Enter")
    officer = desk.signs_in(Role.OFFICER)
    officer.locator("a[href*='/console/cases/TRC']").first.click()
    talk = officer.locator(".talk")
    expect(talk.locator("li.bubble")).to_have_count(1)

    def press(selector: str) -> None:
        if phone.locator("details[open]").count() == 0:
            phone.locator("summary").click()
        phone.locator(selector).click()

    def is_seen(what: str, send: Callable[[], None], seen: Any) -> Any:
        """Send it there; nobody reloads here. Gives what is seen, after printing how long that took."""
        began = time.monotonic()
        send()
        expect(seen).to_be_visible(timeout=PROMISED_MS)
        print(f"\n{what}: seen in the case {time.monotonic() - began:.2f} s after the click", end="")
        return seen

    with line_up.worker_at_work():
        place = talk.locator("li", has_text="📍")
        is_seen("location", lambda: press(".location button"), place.last)
        expect(place.last).to_contain_text("24.7136, 46.6753")
        photo = is_seen("photo", lambda: press('[data-sample="photo"]'), talk.locator(".attachment img"))
        photo.scroll_into_view_if_needed()
        expect(photo).to_have_js_property("complete", True)
        assert photo.evaluate("picture => picture.naturalWidth") > 0
        voice = is_seen(
            "voice note", lambda: press('[data-sample="voice"]'), talk.locator(".attachment audio")
        )
        assert voice.evaluate(_LENGTH_OF_SOUND) > 0.3

        offer_buttons(line_up, number)
        offered = phone.get_by_role("button", name="Ya")
        expect(offered).to_be_enabled()
        is_seen("button", offered.click, talk.locator("li", has_text="🔘").last)
        expect(talk.locator("li", has_text="🔘").last).to_contain_text("Ya")

        expect(officer.locator(".task")).to_have_count(0)
        alarm = officer.locator(".task.alert-danger", has_text="Mungkin diawasi atau dipaksa")
        is_seen("STOP", lambda: press('[data-word="stop"]'), alarm)
        expect(talk.locator("li.bubble").last).to_contain_text("STOP")
    shot(officer, "case")
    shot(phones, "phones")
    print()
