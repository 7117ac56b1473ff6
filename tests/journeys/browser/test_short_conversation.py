"""The short conversation in every language of the worker, as both sides see it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from cast import AMINA
from phones import Exchange

from cases.vocabulary import Role
from hotline.wording import WORKER_LANGUAGES, worker_words

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found")]

# Yes, no, "any time" and free words, as she would write them.
HERS = {
    "id": ("y", "t", "kapan saja", "sebentar ya kak, saya masih masak"),
    "en": ("y", "n", "anytime", "sorry I have to cook first"),
    "jv": ("nggih", "mboten", "saiki", "sekedhap nggih, kula taksih masak"),
    "su": ("muhun", "henteu", "ayeuna", "sakedap teh, nuju masak heula"),
    "mad": ("enggi", "bunten", "sateya", "gi' amassa' mbak, dhaggi' pole"),
    "ms": ("ya", "tak", "bila-bila", "sekejap kak, saya tengah masak"),
}


@pytest.mark.parametrize("language", WORKER_LANGUAGES)
def test_by_single_letters_with_a_pause_and_a_stop(
    desk: Any, line_up: Exchange, shot: Callable[[Any, str], None], language: str
) -> None:
    yes, no, any_time, free = HERS[language]
    said = worker_words(language)
    amina = line_up.line(AMINA)
    amina.writes("halo", channel="whatsapp")
    officer = desk.signs_in(Role.OFFICER)
    officer.locator("a[href*='/console/cases/TRC']").first.click()
    officer.locator("#plan-language").fill(language)
    officer.get_by_role("button", name="Simpan rencana").click()
    officer.get_by_role("button", name="Kirim sapaan netral").click()
    line_up.deliver()
    assert amina.expects("") == said["neutral_reply"]

    def answers(words: str, then: str) -> None:
        amina.replies(words, channel="whatsapp")
        line_up.deliver()
        assert amina.expects("") == said[then]

    answers(any_time, "ask_safe")
    answers(yes, "ask_hurt")
    amina.writes(free, channel="whatsapp")
    line_up.deliver()
    amina.expects_nothing_more()
    address = officer.url
    officer.context.close()

    # The next day another officer is on duty.
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=20), tick=True):
        answers(no, "ask_free")
        answers(no, "ask_food")
        amina.writes("STOP", channel="whatsapp")
        line_up.deliver()
    amina.expects_nothing_more()
    officer = desk.signs_in(Role.OFFICER)
    officer.goto(address)
    expect(officer.locator(".task.alert-danger")).to_contain_text("Mungkin diawasi atau dipaksa")
    expect(officer.locator("main")).to_contain_text("Bisa keluar rumah? TIDAK")
    expect(officer.locator("main")).to_contain_text("Jangan membalas")
    shot(officer, "after-stop")
