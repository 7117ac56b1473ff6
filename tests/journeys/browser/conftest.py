"""A desk with a browser on it. The hotline, the phones, the database and Chromium are real; only the time of day is
ours, in the server and in the browser alike."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from conftest import make_settings
from phones import Exchange, exchange

from hotline.app import create_app
from hotline.extensions import db
from hotline.seeding import seed_demo
from hotline.unit_of_work import unit_of_work

sync_api = pytest.importorskip("playwright.sync_api")

NIGHT = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
DESK, PHONE = 1280, 390
ROOT = Path(__file__).parents[3]
AXE = ROOT / "tests" / ".axe" / "axe.min.js"
_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# Chromium refuses to run as root inside its sandbox.
_ARGUMENTS = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@dataclass
class Desk:
    """Browsers on one hotline, each with its own cookies; what any of them complains about is kept."""

    exchange: Exchange
    browser: Any
    time: Any
    passwords: dict[str, str]
    pictures: Path
    complaints: list[str] = field(default_factory=list)
    contexts: list[Any] = field(default_factory=list)
    shot: int = 0

    def open(self, url: str, *, width: int = DESK, **options: Any) -> Any:
        """A page in a browser of its own."""
        size = {"width": width, "height": 844 if width < 700 else 900}
        context = self.browser.new_context(viewport=size, reduced_motion="reduce", **options)
        context.clock.install(time=datetime.now(UTC))
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.address(url))
        return page

    def address(self, url: str) -> str:
        """An address of the hotline, unless it is a whole one."""
        return url if url.startswith("http") else self.exchange.settings.public_url + url

    def sign_in(self, who: str, *, keys_only: bool = False, **options: Any) -> Any:
        """Somebody signs in through the form."""
        page = self.open("/", **options)
        email = f"{who}@example.org"
        if keys_only:
            page.keyboard.type(email)
            page.keyboard.press("Tab")
            page.keyboard.type(self.passwords[email])
            page.keyboard.press("Enter")
        else:
            page.locator("#email").fill(email)
            page.locator("#password").fill(self.passwords[email])
            page.locator("button[name=submit]").click()
        sync_api.expect(page).to_have_url(re.compile("/console/"))
        return page

    def work(self) -> None:
        """The worker's turn. In a thread: Playwright's own event loop runs in this one."""
        with ThreadPoolExecutor(1) as pool:
            pool.submit(self.exchange.work).result()

    def pass_time(self, **span: float) -> None:
        """Time goes on, for the server and in every browser."""
        ahead = timedelta(**span)
        self.time.shift(ahead)
        for context in self.contexts:
            context.clock.fast_forward(int(ahead.total_seconds() * 1000))

    def picture(self, page: Any, name: str) -> None:
        """Keep what is on the screen."""
        self.shot += 1
        width = page.viewport_size["width"]
        page.screenshot(path=self.pictures / f"{self.shot:02d}-{name}-{width}.png", full_page=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Ends with the module: as long as Playwright runs, nothing else in this thread can have an event loop."""
    if _CHROMIUM is None:
        pytest.skip("no Chromium found: looked for chromium, chromium-browser and google-chrome")
    with sync_api.sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        yield made
        made.close()


@pytest.fixture
def desk(request: pytest.FixtureRequest, browser: Any, fresh_database: str) -> Iterator[Desk]:
    """A hotline at night, with the demo staff's fresh passwords at hand."""
    sync_api.expect.set_options(timeout=10_000)
    pictures = Path(os.environ.get("HOTLINE_SCREENSHOTS") or ROOT / "test-results") / request.node.name
    pictures.mkdir(parents=True, exist_ok=True)
    passwords = _new_passwords(fresh_database)
    with time_machine.travel(NIGHT, tick=True) as time, exchange(fresh_database, csrf=True) as line_up:
        made = Desk(line_up, browser, time, passwords, pictures)
        yield made
        for context in made.contexts:
            context.close()
    assert made.complaints == []


@pytest.fixture
def axe(desk: Desk) -> Callable[..., list[tuple[str, str]]]:
    """Ask axe-core what is wrong with a page; with `rules`, ask for these alone."""
    if not AXE.is_file():
        pytest.skip("no axe-core: an editable install (`pip install -e .`) brings it")
    script = AXE.read_text()

    def run(page: Any, *rules: str) -> list[tuple[str, str]]:
        page.evaluate(f"typeof axe === 'undefined' && (() => {{ {script} }})()")
        options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
        found = page.evaluate("options => axe.run(options)", options)["violations"]
        return [(each["id"], node["html"]) for each in found for node in each["nodes"]]

    return run


def _new_passwords(database_url: str) -> dict[str, str]:
    app = create_app(make_settings(database_url))
    with app.app_context():
        with unit_of_work() as session:
            passwords = seed_demo(session)
        db.engine.dispose()
    return passwords
