"""One A4 sheet after the other: titles, fields, paragraphs, lists and places to sign."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

_FONTS = Path(__file__).parents[1] / "static" / "dist" / "fonts"
_FONT = "DejaVu"
_MARGIN, _LINE, _LABEL_WIDTH = 25.0, 6.0, 48.0
# What no sheet shows: control signs, and those that turn the direction of what follows.
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


class Sheet(FPDF):
    """A document under way; `write` gives its bytes. Fonts are embedded, only the letters that are used."""

    def __init__(self, title: str, *, foot: str, now: datetime) -> None:
        super().__init__(format="A4")
        self._foot = foot
        self.set_margin(_MARGIN)
        self.set_auto_page_break(True, margin=_MARGIN)
        self.add_font(_FONT, "", _FONTS / "DejaVuSans.ttf")
        self.add_font(_FONT, "B", _FONTS / "DejaVuSans-Bold.ttf")
        self.set_title(title)
        self.set_lang("id")
        self.set_creation_date(now)
        self.add_page()
        self.set_font(_FONT, "B", 13)
        self._block(title, align="C")
        self.ln(_LINE)
        self.set_font(_FONT, "", 10)

    def footer(self) -> None:
        """The number of the case and of the page: sheets come apart."""
        self.set_y(-15)
        self.set_font(_FONT, "", 8)
        self.cell(0, 5, f"{self._foot} · {self.page_no()}/{{nb}}", align="C")
        self.set_font(_FONT, "", 10)

    def paragraph(self, text: str) -> None:
        """Some sentences."""
        self._block(text)
        self.ln(2)

    def heading(self, text: str) -> None:
        """What the next lines are about."""
        self.set_font(_FONT, "B", 10)
        self._block(text)
        self.set_font(_FONT, "", 10)

    def fields(self, rows: Iterable[tuple[str, str | None]]) -> None:
        """Names and what stands in them; what is not known is a line to write on."""
        for name, value in rows:
            top = self.get_y()
            self.multi_cell(_LABEL_WIDTH, _LINE, name, align="L", new_x=XPos.RIGHT, new_y=YPos.TOP)
            self.multi_cell(
                0, _LINE, f": {_seen(value or '.' * 60)}", align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
            )
            self.set_y(max(self.get_y(), top + _LINE))
        self.ln(2)

    def numbered(self, items: Iterable[str]) -> None:
        """A list."""
        for place, item in enumerate(items, start=1):
            self._block(f"{place}. {item}")
        self.ln(2)

    def signatures(self, left: tuple[str, str | None], right: tuple[str, str | None], *, day: str) -> None:
        """Two places to sign, kept together on one sheet."""
        if self.get_y() > self.h - _MARGIN - 60:
            self.add_page()
        self.ln(_LINE)
        half = (self.w - 2 * _MARGIN) / 2
        lines = (
            ("", day),
            (left[0], right[0]),
            *((("", ""),) * 3),
            *(((_named(left[1]), _named(right[1])),)),
        )
        for one, other in lines:
            self.cell(half, _LINE, _seen(one), align="C")
            self.cell(half, _LINE, _seen(other), align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def write_bytes(self) -> bytes:
        """The file."""
        return bytes(self.output())

    def _block(self, text: str, *, align: str = "L") -> None:
        self.multi_cell(0, _LINE, _seen(text), align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _named(name: str | None) -> str:
    return f"( {name or '.' * 34} )"


def _seen(text: str) -> str:
    return _UNSEEN.sub("", text.replace("\r\n", "\n"))
