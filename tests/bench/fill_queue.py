"""Fill a migrated and seeded database with cases: N of them, of N people, with three messages each.

    python tests/bench/fill_queue.py --database-url URL --cases 1000000 [--open-share 0.05] [--data DIR]

Countries follow the placement statistics and words, urgencies and categories the labelled messages in DIR (its
`statistics/` and `messages/`); without DIR a small set of its own is used. Rows come by COPY, with the indexes of the
large tables put away until they are in. What is there stays: a second run adds to it.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from cases.database import EncryptedText, keyring
from cases.rules.references import make_reference

# Names are encrypted with it: whoever reads the database needs it as ENCRYPTION_KEYS.
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
MESSAGES_A_CASE = 3
DAYS = 400
_LARGE = ("message", "cases", "identifier", "person", "referral", "contact_plan")
_FALLBACK_WORDS = tuple(
    re.findall(
        r"\w+",
        "saya mau tanya gaji majikan tidak dibayar paspor ditahan tolong pulang kontrak agen rumah sakit bulan kerja"
        " kakak adik suami nomor kantor polisi terima kasih selamat pagi malam uang makan tidur telepon",
    )
)
_FALLBACK_CATEGORIES = {"GAJI": 4, "DOKUMEN": 2, "SEKAP": 1, "PULANG": 2, "INFO": 3}


class Weights:
    """Names and how often each is drawn."""

    def __init__(self, counted: Mapping[str, float]) -> None:
        self.names = list(counted)
        self.sums = list(accumulate(counted.values()))


@dataclass(frozen=True)
class World:
    """What cases are like."""

    countries: Weights
    words: Weights
    urgencies: Weights
    categories: Weights


def read_world(data: Path | None) -> World:
    """From the project's data, or a small one of our own."""
    if data is None:
        common = {word: 1 / (number + 3) for number, word in enumerate(_FALLBACK_WORDS)}
        levels = {"U1": 0.06, "U2": 0.14, "U3": 0.4, "U4": 0.4}
        places = {"MY": 5, "SA": 3, "TW": 3, "HK": 3, "SG": 1}
        return World(*(Weights(one) for one in (places, common, levels, _FALLBACK_CATEGORIES)))
    words: Counter[str] = Counter()
    urgencies: Counter[str] = Counter()
    categories: Counter[str] = Counter()
    for part in sorted((data / "messages" / "training").glob("*.csv")):
        with part.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                words.update(re.findall(r"\w+", row["text"].lower()))
                urgencies[row["urgency"]] += 1
                categories[row["categories"].partition(";")[0] or "INFO"] += 1
    placements = data / "statistics" / "placement_by_country_cumulative_2007_2024.csv"
    with placements.open(encoding="utf-8") as file:
        counted = [(row["iso2"], row["placements_2007_to_2024_11_14"]) for row in csv.DictReader(file)]
    countries = {code: float(number) for code, number in counted if number and len(code) == len("ID")}
    return World(*(Weights(one) for one in (countries, words, urgencies, categories)))


class Dice:
    """Draws from weights; the same seed draws the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self, weights: Weights) -> str:
        return self.random.choices(weights.names, cum_weights=weights.sums)[0]

    def many(self, weights: Weights, count: int) -> list[str]:
        return self.random.choices(weights.names, cum_weights=weights.sums, k=count)

    def id_at(self, moment: datetime) -> UUID:
        """A version 7 UUID of that moment."""
        stamp = int(moment.timestamp() * 1000) << 80
        return UUID(
            int=stamp | 7 << 76 | self.random.getrandbits(12) << 64 | 2 << 62 | self.random.getrandbits(62)
        )


def fill(url: str, count: int, *, open_share: float, data: Path | None, seed: int = 7) -> dict[str, float]:
    """Add so many cases; tells how long each step took."""
    took: dict[str, float] = {}
    began = time.monotonic()
    with psycopg.connect(url) as connection:
        cursor = connection.cursor()
        start = _number(cursor, "SELECT count(*) FROM cases")
        rows = _Rows(read_world(data), Dice(seed + start), start, count, open_share, _users(cursor))
        with indexes_put_away(cursor):
            took["rows"] = _timed(lambda: rows.copy_into(cursor))
            began_indexes = time.monotonic()
        took["indexes"] = time.monotonic() - began_indexes
    with psycopg.connect(url, autocommit=True) as connection:
        took["vacuum"] = _timed(lambda: connection.execute("VACUUM (ANALYZE)"))
        connection.execute("CHECKPOINT")
    took["all"] = time.monotonic() - began
    return took


class _Rows:
    """The rows of one run, table by table."""

    def __init__(
        self, world: World, dice: Dice, start: int, count: int, open_share: float, users: list[UUID]
    ) -> None:
        self.dice, self.start, self.count, self.users = dice, start, count, users
        self.now = datetime.now(UTC)
        self.world = world
        # Sentences are mixed once and used again; a house number makes each message its own.
        self.sentences = [" ".join(dice.many(world.words, dice.random.randint(6, 24))) for _ in range(20_000)]
        self.opened = sorted(
            self.now - timedelta(days=DAYS * dice.random.random() ** 1.3) for _ in range(count)
        )
        self.is_open = [dice.random.random() < open_share for _ in range(count)]
        self.persons = [dice.id_at(at) for at in self.opened]
        self.cases = [dice.id_at(at) for at in self.opened]
        cipher = EncryptedText()
        self.names = [cipher.process_bind_param(name) for name in ("Contoh", "Siti Contoh", "Ani Contoh")]
        self.number = cipher.process_bind_param("+966000000101")

    def copy_into(self, cursor: psycopg.Cursor[Any]) -> None:
        self._copy(cursor, "person", "id, name, country, created_at", self._person)
        self._copy(
            cursor, "identifier", "id, person_id, kind, value, value_hash, first_seen_at", self._identifier
        )
        self._copy(
            cursor,
            "cases",
            "id, reference, reporter_id, status, urgency, categories, leading_category, country, side, language,"
            " reporter_role, contact_signs, owner_id, opened_at, updated_at, last_message_at, last_words, next_due_at,"
            " closed_at, close_reason, triage, version, event_count, last_event_hash",
            self._case,
        )
        self._copy(
            cursor,
            "message",
            "id, case_id, direction, kind, channel, body, language, created_at, delivery, attempts",
            self._messages,
        )
        self._copy(
            cursor,
            "contact_plan",
            'person_id, holder, reply, "call", voice_note, family, signs, version, updated_at',
            self._plan,
        )

    def _copy(self, cursor: psycopg.Cursor[Any], table: str, columns: str, rows: Any) -> None:
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for number in range(self.count):
                for row in rows(number):
                    copy.write_row(row)

    def _person(self, number: int) -> Iterator[Sequence[Any]]:
        yield self.persons[number], self.names[number % 3], "SA", self.opened[number]

    def _identifier(self, number: int) -> Iterator[Sequence[Any]]:
        print_ = keyring.fingerprint("address", f"bench {self.start + number}")
        at = self.opened[number]
        yield self.dice.id_at(at), self.persons[number], "phone", self.number, print_, at

    def _case(self, number: int) -> Iterator[Sequence[Any]]:
        dice, at, is_open = self.dice, self.opened[number], self.is_open[number]
        roll = dice.random.random
        leading = dice.one(self.world.categories)
        owner = dice.random.choice(self.users) if not is_open or roll() < 0.6 else None
        status = ("open" if owner else "new") if is_open else "closed"
        changed = min(self.now, at + timedelta(hours=1 + 100 * roll()))
        due = self.now + timedelta(hours=72 * roll() - 4) if is_open and roll() < 0.9 else None
        signs = ["phone_not_private"] if roll() < 0.1 else []
        yield (
            self.cases[number], make_reference(self.start + number + 1, at),
            self.persons[number], status, dice.one(self.world.urgencies), Jsonb([leading]), leading,
            dice.one(self.world.countries) if roll() < 0.9 else None, "abroad", "id", "self", Jsonb(signs), owner, at,
            changed, changed, dice.random.choice(self.sentences)[:160], due, None if is_open else changed,
            None if is_open else "resolved", Jsonb({}), 3, 0, b"",
        )  # fmt: skip

    def _messages(self, number: int) -> Iterator[Sequence[Any]]:
        dice, at = self.dice, self.opened[number]
        for turn in range(MESSAGES_A_CASE):
            out = turn == 1
            moment = min(self.now, at + timedelta(minutes=20 * turn))
            house = f" rt{dice.random.randint(1, 30)} no{dice.random.randint(1, 99999)}"
            yield (
                dice.id_at(moment), self.cases[number], "out" if out else "in", "reply" if out else "report", "sms",
                dice.random.choice(self.sentences) + house, "id", moment, "delivered" if out else None, int(out),
            )  # fmt: skip

    def _plan(self, number: int) -> Iterator[Sequence[Any]]:
        if number % 10 == 0:
            yield (
                self.persons[number], "self", "allowed", "unknown", "unknown", "unknown", Jsonb([]), 1,
                self.opened[number],
            )  # fmt: skip


@contextmanager
def indexes_put_away(cursor: psycopg.Cursor[Any]) -> Iterator[None]:
    """Indexes that guard nothing are built once at the end, which is many times faster."""
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index AS i"
        " WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisunique",
        [list(_LARGE)],
    )
    kept = cursor.fetchall()
    for name, _definition in kept:
        cursor.execute(f"DROP INDEX {name}")
    yield
    cursor.execute("SET maintenance_work_mem = '512MB'")
    for _name, definition in kept:
        cursor.execute(definition)


def add_messages(url: str, case_id: UUID, count: int) -> None:
    """A long conversation in one case."""
    dice, now = Dice(3), datetime.now(UTC)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for number in range(count):
            at = now - timedelta(minutes=count - number)
            cursor.execute(
                "INSERT INTO message (id, case_id, direction, kind, channel, body, language, created_at, attempts)"
                " VALUES (%s, %s, 'in', 'report', 'sms', %s, 'id', %s, 0)",
                [dice.id_at(at), case_id, f"halo, ini pesan ke {number} dari saya, gaji belum dibayar", at],
            )


def _users(cursor: psycopg.Cursor[Any]) -> list[UUID]:
    cursor.execute("SELECT id FROM users WHERE role IN ('officer', 'supervisor')")
    return [row[0] for row in cursor.fetchall()]


def _number(cursor: psycopg.Cursor[Any], query: str) -> int:
    cursor.execute(query)
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _timed(act: Any) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--database-url", required=True)
    options.add_argument("--cases", type=int, default=10_000)
    options.add_argument("--open-share", type=float, default=0.05)
    options.add_argument("--data", type=Path, help="the folder with statistics/ and messages/")
    chosen = options.parse_args()
    keyring.load([KEY])
    took = fill(chosen.database_url, chosen.cases, open_share=chosen.open_share, data=chosen.data)
    print(json.dumps({name: round(seconds, 1) for name, seconds in took.items()}))


if __name__ == "__main__":
    main()
