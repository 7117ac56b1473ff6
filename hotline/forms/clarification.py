"""The statement and the minutes of a first and of a second clarification (Permen/Badan P2MI 23/2025, annex).

The fields are those of the annex as the domain brief 1.4 tells them; the sentences around them are ours until somebody
has laid the annex beside them. Nothing else of the case is on them; the worker's name only if she lets them know it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cases.errors import WrongState
from cases.models import Clarification
from cases.rules.clarification import CLARIFICATIONS
from cases.vocabulary import ClarificationKind
from hotline.forms.sheet import Sheet

_ROOM = ZoneInfo("Asia/Jakarta")
_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
_TURN = {ClarificationKind.FIRST: "pertama", ClarificationKind.SECOND: "kedua"}
NOT_NAMED = "tidak disebut dalam formulir ini"


class Form(StrEnum):
    """The forms of one clarification."""

    STATEMENT = "statement"
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the form needs of the case. `worker` None: her name is not told."""

    reference: str
    p3mi: str
    worker: str | None
    handler: str
    step: Clarification


def available_forms(step: Clarification) -> tuple[Form, ...]:
    """What can be made of a step: nobody who did not come made a statement."""
    if step.kind not in CLARIFICATIONS:
        return ()
    return (Form.STATEMENT, Form.MINUTES) if step.admits is not None else (Form.MINUTES,)


def make_form(form: Form, facts: Facts, *, now: datetime) -> bytes:
    """The form as PDF, in Indonesian. Raises WrongState where there is none for this step."""
    if form not in available_forms(facts.step):
        raise WrongState("there is no such form for this step", clarification="no_form")
    return _statement(facts, now=now) if form is Form.STATEMENT else _minutes(facts, now=now)


def _statement(facts: Facts, *, now: datetime) -> bytes:
    step, turn = facts.step, _TURN[facts.step.kind]
    sheet = Sheet(f"SURAT PERNYATAAN KLARIFIKASI {turn.upper()}", foot=facts.reference, now=now)
    sheet.paragraph("Yang bertanda tangan di bawah ini:")
    _who(sheet, facts)
    sheet.paragraph("dalam klarifikasi atas pengaduan:")
    sheet.fields([("Nomor kasus", facts.reference), ("Nama pekerja", facts.worker or NOT_NAMED)])
    admits = "mengakui" if step.admits else "tidak mengakui"
    sheet.paragraph(f"menyatakan bahwa kami {admits} pelanggaran yang diadukan, dan dengan ini:")
    _content(sheet, step)
    sheet.paragraph("Pernyataan ini dibuat dengan sebenarnya dan tanpa paksaan dari siapa pun.")
    sheet.signatures(
        ("Petugas Penanganan Permasalahan", facts.handler),
        ("Yang menyatakan", step.speaker),
        day=f"{'.' * 24}, {_day(step.held_at)}",
    )
    return sheet.write_bytes()


def _minutes(facts: Facts, *, now: datetime) -> bytes:
    step, turn = facts.step, _TURN[facts.step.kind]
    at = step.held_at.astimezone(_ROOM)
    sheet = Sheet(f"BERITA ACARA KLARIFIKASI {turn.upper()}", foot=facts.reference, now=now)
    sheet.paragraph(
        f"Pada hari {_DAYS[at.weekday()]}, tanggal {_day(at)}, pukul {at:%H.%M} WIB, telah diadakan klarifikasi {turn} "
        "atas pengaduan:"
    )
    sheet.fields([("Nomor kasus", facts.reference), ("Nama pekerja", facts.worker or NOT_NAMED)])
    sheet.paragraph("dengan pihak yang diadukan:")
    _who(sheet, facts)
    if step.admits is None:
        sheet.paragraph("Pihak yang diadukan tidak hadir atau tidak memberi keterangan.")
    else:
        admits = "mengakui" if step.admits else "tidak mengakui"
        sheet.paragraph(f"Pihak yang diadukan {admits} pelanggaran yang diadukan. Hasil klarifikasi:")
    _content(sheet, step)
    sheet.signatures(
        ("Petugas Penanganan Permasalahan", facts.handler),
        ("Pihak yang diadukan", step.speaker),
        day=f"{'.' * 24}, {_day(step.held_at)}",
    )
    return sheet.write_bytes()


def _who(sheet: Sheet, facts: Facts) -> None:
    step = facts.step
    sheet.fields(
        [
            ("Nama", step.speaker),
            ("Jabatan", step.office),
            ("Perusahaan/pihak", facts.p3mi),
            ("Alamat", step.address),
            ("Telepon", step.phone),
        ]
    )


def _content(sheet: Sheet, step: Clarification) -> None:
    """Explanation, follow-up, what hindered the first promise, and what is promised now."""
    for title, text in (
        ("Penjelasan", step.explanation),
        ("Tindak lanjut", step.follow_up),
        (
            "Hambatan atas janji pertama" if step.kind is ClarificationKind.SECOND else "Hambatan",
            step.hindrance,
        ),
    ):
        if text:
            sheet.heading(title)
            sheet.paragraph(text)
    if step.promised:
        second = step.kind is ClarificationKind.SECOND
        sheet.heading("Janji penyelesaian yang baru" if second else "Hal yang dijanjikan untuk diselesaikan")
        sheet.numbered(step.promised)
    if step.promise_due_at is not None:
        due = step.promise_due_at.astimezone(_ROOM)
        # The end of a day is written as that day: "24.00" of the 7th, not "00.00" of the 8th.
        until = (
            f"{_day(due)} pukul {due:%H.%M} WIB" if due.hour or due.minute else f"akhir tanggal {_eve(due)}"
        )
        sheet.paragraph(f"Janji di atas dipenuhi paling lambat {until}.")


def _day(moment: datetime) -> str:
    at = moment.astimezone(_ROOM)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def _eve(moment: datetime) -> str:
    return _day(moment - timedelta(seconds=1))
