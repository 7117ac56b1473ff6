"""A real browser on a real hotline. Screenshots land in `test-results/`, or where HOTLINE_SCREENSHOTS says."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from phones import Exchange, exchange

from cases.vocabulary import Role
from hotline.app import create_app
from hotline.seeding import seed_demo
from hotline.unit_of_work import unit_of_work

sync_api = pytest.importorskip("playwright.sync_api")
# Two workers, two servers and a browser share two cores while the suite runs: waiting costs nothing when all is well.
sync_api.expect.set_options(timeout=15_000)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ROOT = Path(__file__).parents[3]
AXE = ROOT / "tests" / ".axe" / "axe.min.js"
SHOTS = Path(os.environ.get("HOTLINE_SCREENSHOTS", ROOT / "test-results"))
DESK, PHONE = 1280, 390
_MAILBOX = {Role.OFFICER: "petugas", Role.SUPERVISOR: "supervisor", Role.ADMIN: "admin"}
_AXE_RUN = (
    "options => axe.run(document, {resultTypes: ['violations'], ...options}).then(found => found.violations.map(v => "
    "v.id + ': ' + v.nodes.map(n => n.target.join(' ')).slice(0, 4).join(' | ')))"
)


@pytest.fixture
def line_up(fresh_database: str) -> Iterator[Exchange]:
    """A hotline with its phones; forms need their token, as they do outside."""
    with exchange(fresh_database, csrf=True) as made:
        yield made


@dataclass
class Desk:
    """Browsers of people, each signed in as somebody; complaints of the browser fail the test."""

    browser: Any
    line_up: Exchange
    passwords: dict[str, str]
    complaints: list[str] = field(default_factory=list)

    def opens(self, path: str = "/", *, width: int = DESK, dark: bool = False, checked: bool = False) -> Any:
        """A page of nobody."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 844},
            color_scheme="dark" if dark else "light",
            # axe is put into the page, which the pages' own policy rightly forbids.
            bypass_csp=checked,
        )
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(path if path.startswith("http") else self.line_up.settings.public_url + path)
        return page

    def _note(self, said: Any) -> None:
        # A refused form answers 409, which a browser reports although it is meant. The phones keep no photo that the
        # hotline has fetched and deleted there: a quick worker can do so before the sender's own page has shown it.
        where = str(said.location.get("url", ""))
        if said.type == "error" and "409" not in said.text and "/_control/media/" not in where:
            self.complaints.append(f"{said.text} {where}")

    def signs_in(self, role: Role, **how: Any) -> Any:
        """A page of a member of staff, by the real form."""
        page = self.opens("/login", **how)
        email = f"{_MAILBOX[role]}@example.org"
        page.fill("#email", email)
        page.fill("#password", self.passwords[email])
        page.keyboard.press("Enter")
        page.wait_for_url("**/console/**")
        return page


@pytest.fixture
def desk(line_up: Exchange) -> Iterator[Desk]:
    with create_app(line_up.settings).app_context(), unit_of_work() as session:
        passwords = seed_demo(session)
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        made = Desk(browser, line_up, passwords)
        yield made
        browser.close()
    assert made.complaints == []


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[[Any, str], None]:
    """Takes a screenshot and keeps it."""
    folder = SHOTS / re.sub(r"\W+", "-", request.node.name)

    def take(page: Any, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", full_page=True)

    return take


@pytest.fixture
def violations() -> Callable[..., list[str]]:
    """What axe-core finds wrong with a page that was opened with `checked=True`; or only what these rules find."""
    if not AXE.exists():
        pytest.skip("axe-core comes with an editable install")
    script = AXE.read_text()

    def look(page: Any, *rules: str) -> list[str]:
        if page.evaluate("typeof axe") == "undefined":
            page.evaluate(script)
        return list(page.evaluate(_AXE_RUN, {"runOnly": list(rules)} if rules else {}))

    return look
