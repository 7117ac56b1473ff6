"""What import-linter cannot say about the house."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

import hotline.security.models  # noqa: F401 - registers the tables
from cases.database import Base
from hotline.security.access import DECLARED
from hotline.wording import KINDS, LANGUAGES, render

ROOT = Path(__file__).parents[2]
FLOORS = ("cases", "escalation", "hotline")
# Views that come with Flask and Flask-Security; these check access in their own way.
_NOT_OURS = {"static"}


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_every_view_declares_its_access(app: Flask) -> None:
    silent = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if not endpoint.startswith("security") and endpoint not in _NOT_OURS and not _declared(view)
    ]

    assert silent == []


def _declared(view: object) -> bool:
    if hasattr(view, DECLARED):
        return True
    view_class = getattr(view, "view_class", None)
    if view_class is None:
        return False
    methods = [getattr(view_class, method.lower()) for method in view_class.methods]
    return all(hasattr(method, DECLARED) for method in methods)


def test_only_the_unit_of_work_commits() -> None:
    # Flask-Security ends its own small transactions through one method of its datastore.
    allowed = {ROOT / "hotline/unit_of_work.py", ROOT / "hotline/security/sign_in.py"}
    committing = {
        file
        for file in python_files(*FLOORS)
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    }

    assert committing <= allowed


def test_foreign_keys_point_down_the_floors() -> None:
    floor = {
        mapper.local_table.name: FLOORS.index(mapper.class_.__module__.partition(".")[0])
        for mapper in Base.registry.mappers
    }
    upward = [
        f"{table.name}.{key.parent.name} -> {key.column.table.name}"
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if floor[key.column.table.name] > floor[table.name]
    ]

    assert upward == []


def test_rules_do_not_read_the_clock() -> None:
    reading = [
        file.relative_to(ROOT)
        for file in python_files("cases/rules", "escalation/rules")
        if re.search(r"\b(now|today|utcnow)\(\)|\.now\(UTC\)", file.read_text())
    ]

    assert reading == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_wording_exists_and_fits_two_parts(kind: str, language: str) -> None:
    values = {
        "reference": "TRC-2611-00001X",
        "urgency": "U1",
        "code": "123456",
        "step": "rujukan belum dijawab",
        "link": "https://hotline.example.org/p/" + "x" * 50,
    }

    words = render(kind, language, **values)

    assert words
    assert words.isascii(), "one letter outside GSM-7 halves what fits into a part"
    assert len(words) <= 306


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_neutral_reply_betrays_nothing(language: str) -> None:
    from cases.rules.contact_safety import betraying_words

    assert betraying_words(render("neutral_reply", language)) == ()


def test_the_migration_head_is_the_last_file() -> None:
    revisions = sorted(path.stem for path in (ROOT / "migrations/versions").glob("*.py"))
    parents = [
        re.search(r"^down_revision = (.+)$", (ROOT / f"migrations/versions/{name}.py").read_text(), re.M)
        for name in revisions
    ]

    assert [match.group(1).strip("\"'") for match in parents if match] == ["None", *revisions[:-1]]


def test_every_setting_is_documented() -> None:
    config = (ROOT / "hotline/config.py").read_text()
    names = set(re.findall(r'(?:needed|wanted)\("([A-Z_]+)"\)', config))
    documented = (ROOT / "docs/configuration.md").read_text()

    assert {name for name in names if f"`{name}`" not in documented} == set()


def test_no_registry_host_and_no_path_of_a_machine_is_written_down() -> None:
    hosts = re.compile(r"(pypi|pythonhosted|npmjs|registry\.npm|deb\.debian)\.(org|com)")
    offenders = [
        path.relative_to(ROOT)
        for path in ROOT.rglob("*")
        if path.is_file()
        and not any(
            part.startswith(".") or part in {"node_modules", "dist", "instance", "areas"}
            for part in path.relative_to(ROOT).parts
        )
        and path.suffix in {".py", ".md", ".toml", ".txt", ".json", ".html", ".js", ".css", ".cfg"}
        and path != Path(__file__)
        and hosts.search(path.read_text(errors="replace"))
    ]

    assert offenders == []
