"""A bundle is what was exported, or its checking says what is not."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from attachments import PDF, add_attachment
from cast import AMINA, LOCKED_IN
from click.testing import CliRunner
from flask import Flask
from sqlalchemy.orm import Session

from cases.models import Case
from cases.queries.find_case import locked_case
from cases.vocabulary import Actor, Role
from hotline.cli.evidence import verify
from hotline.media.evidence import export_evidence, public_key, verify_evidence
from hotline.media.serving import EXTENSION

SECRET = "a-secret-for-tests-only"


@pytest.fixture
def bundle(
    app: Flask, session: Session, opened_case: Callable[..., Case], acting: Callable[[Role], Actor]
) -> bytes:
    case = opened_case(LOCKED_IN)
    clean = app.extensions[EXTENSION].put(b"clean copy")
    add_attachment(app, session, case)
    add_attachment(app, session, case, b"\xff\xd8\xffphoto", "image/jpeg", clean_sha256=clean)
    out = io.BytesIO()
    export_evidence(
        session,
        locked_case(session, case.id),
        out,
        store=app.extensions[EXTENSION],
        secret_key=SECRET,
        by=acting(Role.SUPERVISOR),
        now=datetime.now(UTC),
    )
    session.commit()
    return out.getvalue()


def wrong_with(content: bytes, key: str | None = None) -> list[str]:
    return verify_evidence(io.BytesIO(content), expected_key=key or public_key(SECRET))


def changed(bundle: bytes, **parts: bytes | None) -> bytes:
    """The bundle with parts replaced, added or (None) left out."""
    out = io.BytesIO()
    wanted = {name.replace("__", "/"): content for name, content in parts.items()}
    with zipfile.ZipFile(io.BytesIO(bundle)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = wanted.pop(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in wanted.items():
            new.writestr(name, content or b"")
    return out.getvalue()


def part(bundle: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        return opened.read(name)


def test_what_was_exported_is_found_whole(bundle: bytes) -> None:
    assert wrong_with(bundle) == []
    assert part(bundle, "attachments/001-original.pdf") == PDF
    assert part(bundle, "attachments/002-clean.jpg") == b"clean copy"
    assert LOCKED_IN in part(bundle, "conversation.txt").decode()


def test_it_holds_no_number_and_no_code(bundle: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        everything = b"".join(opened.read(name) for name in opened.namelist())
    assert AMINA.encode() not in everything
    assert b"/p/" not in everything


@pytest.mark.parametrize("seed", range(40))
def test_one_flipped_bit_in_any_part_is_told(bundle: bytes, seed: int) -> None:
    luck = Random(seed)
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        name = luck.choice(opened.namelist())
    content = bytearray(part(bundle, name))
    content[luck.randrange(len(content))] ^= 1 << luck.randrange(8)
    bent = changed(bundle, **{name.replace("/", "__"): bytes(content)})

    wrong = wrong_with(bent)

    assert wrong != []


@pytest.mark.parametrize("seed", range(20))
def test_one_flipped_byte_of_the_file_is_told_or_harmless(bundle: bytes, seed: int) -> None:
    bent = bytearray(bundle)
    bent[Random(seed).randrange(len(bent))] ^= 0xFF
    if wrong_with(bytes(bent)) == []:
        # Times and flags of the archive itself are nobody's evidence; every part must still be the same.
        with zipfile.ZipFile(io.BytesIO(bundle)) as old, zipfile.ZipFile(io.BytesIO(bytes(bent))) as new:
            assert {name: new.read(name) for name in new.namelist()} == {
                name: old.read(name) for name in old.namelist()
            }


def test_what_was_added_or_taken_away_is_told(bundle: bytes) -> None:
    assert wrong_with(changed(bundle, extra=b"x")) == ["extra: was added after the export"]
    assert "messages.json: is missing" in wrong_with(changed(bundle, **{"messages.json": None}))
    assert wrong_with(changed(bundle, **{"manifest.sig.json": None}))
    assert wrong_with(b"not a zip")[0].startswith("this is not a readable bundle")


def test_a_manifest_made_to_fit_needs_our_key(bundle: bytes) -> None:
    manifest = json.loads(part(bundle, "manifest.json"))
    manifest["reference"] = "TRC-0000-00000X"

    wrong = wrong_with(changed(bundle, **{"manifest.json": json.dumps(manifest).encode()}))

    assert any("signature does not fit" in line for line in wrong)


def test_another_key_is_told(bundle: bytes) -> None:
    assert any("another key" in line for line in wrong_with(bundle, public_key("some-other-secret-key")))


def test_a_file_missing_from_the_store_is_named(
    app: Flask, session: Session, opened_case: Callable[..., Case], acting: Callable[[Role], Actor]
) -> None:
    case = opened_case(LOCKED_IN)
    add_attachment(app, session, case, sha256=b"\0" * 32)
    out = io.BytesIO()
    export_evidence(
        session,
        locked_case(session, case.id),
        out,
        store=app.extensions[EXTENSION],
        secret_key=SECRET,
        by=acting(Role.SUPERVISOR),
        now=datetime.now(UTC),
    )

    (line,) = wrong_with(out.getvalue())
    assert "was missing at the export" in line


def test_the_command_says_it_in_words_and_in_its_exit_code(bundle: bytes, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    good.write_bytes(bundle)
    bad.write_bytes(changed(bundle, **{"conversation.txt": b"she said nothing"}))
    key = ["--key", public_key(SECRET)]

    assert CliRunner().invoke(verify, [str(good), *key]).exit_code == 0
    told = CliRunner().invoke(verify, [str(bad), *key])
    assert told.exit_code == 1
    assert "conversation.txt: is not what was exported" in told.output
