"""What import-linter cannot say about the house."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

import hotline.security.models  # noqa: F401 - registers the tables
from cases.database import Base
from cases.rules.contact_safety import betraying_words
from cases.rules.questions import ORDER
from cases.services.incident_updates import WORDINGS
from hotline.security.access import DECLARED
from hotline.wording import KINDS, LANGUAGES, WORKER_LANGUAGES, render, worker_words

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


def test_rows_are_locked_without_their_keys() -> None:
    """Else two who lock in the right order can still wait for each other: see `cases.database.NO_KEY_UPDATE`."""
    strong = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in python_files(*FLOORS)
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and _locks_with_key(node)
    ]

    assert strong == []


def test_only_the_lifecycle_moves_a_case() -> None:
    """The states of a case are one table; who sets a state beside it can make a move that the table does not know."""
    allowed = {
        "cases/services/lifecycle.py",
        "cases/services/merge_cases.py",  # by its ledger, which can give it back
        "escalation/services/open_case.py",  # where a case begins
        "escalation/services/continue_case.py",  # by a rule of the table, in the message's own statement
    }
    setting = {
        str(file.relative_to(ROOT))
        for file in python_files(*FLOORS)
        for node in ast.walk(ast.parse(file.read_text()))
        if _sets_case_status(node)
    }

    assert setting <= allowed


def _sets_case_status(node: ast.AST) -> bool:
    """`case.status = …`, `changed(case, status=CaseStatus…)`, `{"status": CaseStatus…}`."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(
            isinstance(one, ast.Attribute)
            and one.attr == "status"
            and ast.unparse(one.value).rpartition(".")[2] in {"case", "survivor", "merged", "found", "theirs"}
            for one in targets
        )
    if isinstance(node, ast.Call):
        setting = ast.unparse(node.func).rpartition(".")[2] in {"values", "change", "update", "Case"}
        return setting and any(
            keyword.arg == "status" and "CaseStatus" in ast.unparse(keyword.value)
            for keyword in node.keywords
        )
    return isinstance(node, ast.Dict) and any(
        isinstance(key, ast.Constant)
        and key.value == "status"
        and ast.unparse(value).startswith("CaseStatus")
        for key, value in zip(node.keys, node.values, strict=True)
    )


def _locks_with_key(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute) and call.func.attr == "with_for_update":
        return not any(keyword.arg == "key_share" for keyword in call.keywords)
    # As an argument: `with_for_update=True`. A shared lock ({"read": True}) is another matter.
    return any(
        keyword.arg == "with_for_update" and isinstance(keyword.value, ast.Constant)
        for keyword in call.keywords
    )


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
        "count": "12",
        "pages": "\n".join(["U1 TRC-2611-00001X rujukan belum dijawab: 123456"] * 3 + ["dan 9 lagi"]),
    }

    words = render(kind, language, **values)

    assert words
    assert words.isascii(), "one letter outside GSM-7 halves what fits into a part"
    assert len(words) <= 306


def test_every_language_can_say_everything_to_a_worker() -> None:
    spoken = {language: set(worker_words(language)) for language in WORKER_LANGUAGES}
    asked = {"neutral_reply", "asked_all", "unsupported"} | {f"ask_{question.value}" for question in ORDER}
    asked |= {
        "status_waiting",
        "status_working",
        "status_done",
        "nudge",
        "check_solved",
        "check_safe",
        *WORDINGS,
    }

    assert spoken == dict.fromkeys(WORKER_LANGUAGES, asked)


@pytest.mark.parametrize("language", WORKER_LANGUAGES)
def test_what_is_said_to_a_worker_betrays_nothing_and_fits_one_sms(language: str) -> None:
    for kind, words in worker_words(language).items():
        assert betraying_words(words) == (), kind
        assert words.isascii(), f"{kind}: one letter outside GSM-7 halves what fits into a part"
        assert not set(words) & set("[]{}\\^~|`"), (
            f"{kind}: letters that count twice or do not exist in GSM-7"
        )
        assert len(words) <= 160, kind
        assert not re.search(r"https?:|www|\d{3}", words), f"{kind}: no link, no number"


def test_only_the_gate_writes_to_a_person() -> None:
    """An outgoing row with an identifier is made in one place, and an attempt to send is claimed in one place."""
    gate = ROOT / "cases/services/send_to_person.py"
    outbox = ROOT / "cases/services/outbox.py"
    deliverer = ROOT / "hotline/worker/deliver.py"
    writing, claiming, sending = set(), set(), set()
    for file in python_files(*FLOORS):
        for call in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            keywords = {keyword.arg for keyword in call.keywords}
            if name in {"Message", "outgoing_row"} and "identifier_id" in keywords:
                writing.add(file)
            if name == "Attempt" and "phones" not in file.parts:  # the stand-in's word for a webhook's try
                claiming.add(file)
            if name == "Outgoing":
                sending.add(file)

    assert writing == {gate}
    assert claiming == {outbox}
    assert sending == {deliverer}
    claim = outbox.read_text().partition("def begin_attempt(")[2].partition("\ndef ")[0]
    assert claim.index("_passes_gate(") < claim.index("return Attempt(")


def test_the_provider_is_called_only_by_the_deliverer() -> None:
    doors = {
        file.relative_to(ROOT).as_posix()
        for file in python_files(*FLOORS)
        if "messages.create(" in file.read_text() and "phones" not in file.parts
    }

    assert doors == {"hotline/channels/twilio/sender.py"}
    callers = {
        file.relative_to(ROOT).as_posix()
        for file in python_files(*FLOORS)
        if "TwilioChannel(" in file.read_text()
    }
    assert callers == {"hotline/worker/run.py"}


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


def test_every_string_has_its_english() -> None:
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    said = {
        message
        for _file, _line, message, *_ in extract_from_dir(
            ROOT / "hotline", methods, keywords={**DEFAULT_KEYWORDS, "lazy_gettext": None}
        )
        if isinstance(message, str)
    }
    with (ROOT / "hotline/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        english = {message.id for message in read_po(file) if message.id and message.string}

    assert len(said) > 100
    assert said - english == set()
