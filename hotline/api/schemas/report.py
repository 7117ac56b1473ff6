"""Reports on the wire: the period asked for, and the figures with what they mean."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import ValidationError, fields, validate, validates_schema

from cases.queries.report import HOME_ZONE, CaseGrouping
from escalation.queries.report import PromiseGrouping
from hotline.api.schemas.fields import Query, Shown, Words, word

LONGEST_PERIOD = timedelta(days=731)
_MOMENT = "A date (midnight in Asia/Jakarta) or a moment with its offset"


class Moment(Words):
    """A date, which is midnight in Asia/Jakarta, or a moment with its offset."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        # A `+` of the offset that was not escaped arrives as a space.
        text = super()._deserialize(value, attr, data, **kwargs).strip().replace(" ", "+")
        try:
            if len(text) == len("2026-01-31"):
                day = date.fromisoformat(text)
                return datetime.combine(day, time.min, ZoneInfo(HOME_ZONE)).astimezone(UTC)
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise ValidationError("A date or a moment with its offset is needed.")


class PeriodQuery(Query):
    """From when (included) to when (not included)."""

    start = Moment(
        required=True,
        data_key="from",
        validate=validate.Range(min=datetime(2000, 1, 1, tzinfo=UTC)),
        metadata={"description": _MOMENT},
    )
    end = Moment(required=True, data_key="to", metadata={"description": f"{_MOMENT}; not included"})

    @validates_schema
    def _is_a_period(self, data: dict[str, Any], **_: Any) -> None:
        if data["start"] >= data["end"]:
            raise ValidationError("`from` must be before `to`.", "to")
        if data["end"] - data["start"] > LONGEST_PERIOD:
            raise ValidationError("A report covers two years at most.", "to")


class CaseReportQuery(PeriodQuery):
    """Of which period, and by what."""

    by = word(CaseGrouping, required=True)


class PromiseReportQuery(PeriodQuery):
    """Of which period, and by what."""

    by = word(PromiseGrouping, required=True)


def _figure(field: type[fields.Field[Any]], about: str, **options: Any) -> fields.Field[Any]:
    return field(required=True, metadata={"description": about}, **options)


class CaseFiguresSchema(Shown):
    """The cases of one group."""

    key = _figure(fields.String, "The group; null: not known", allow_none=True)
    opened = _figure(fields.Integer, "Cases opened in the period; one merged into another counts once")
    closed = _figure(fields.Integer, "Those of them that are closed now")
    open = _figure(fields.Integer, "Those of them that are not")
    follow_through = _figure(fields.Float, "closed / opened", allow_none=True)


class PromiseFiguresSchema(Shown):
    """The promises of one group that were made in the period. Cancelled ones that were not late count nowhere."""

    key = _figure(fields.String, "The group; null: none or not known", allow_none=True)
    running = _figure(fields.Integer, "Still owed, running or paused, and not late")
    met = _figure(fields.Integer, "Kept in time")
    breached = _figure(fields.Integer, "Late, whether kept since or not")
    met_share = _figure(fields.Float, "met / (met + breached); null: none settled", allow_none=True)
    median_minutes = _figure(
        fields.Float, "Minutes from start to kept, also when late; pauses included", allow_none=True
    )
    p90_minutes = _figure(fields.Float, "Nine in ten were kept within", allow_none=True)


class CaseReportSchema(Shown):
    """Cases by group."""

    items = fields.List(fields.Nested(CaseFiguresSchema), required=True)


class PromiseReportSchema(Shown):
    """Promises by group."""

    items = fields.List(fields.Nested(PromiseFiguresSchema), required=True)


class ReportSchema(Shown):
    """A report there is."""

    name = fields.String(required=True)
    by = fields.List(fields.String(), required=True, metadata={"description": "What it can be grouped by"})
    definitions = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class ReportListSchema(Shown):
    """The reports there are."""

    items = fields.List(fields.Nested(ReportSchema), required=True)


def show_reports() -> list[dict[str, Any]]:
    """The reports there are, with the definitions the document gives."""
    return [
        {"name": "cases", "by": list(CaseGrouping), "definitions": _definitions(CaseFiguresSchema())},
        {"name": "sla", "by": list(PromiseGrouping), "definitions": _definitions(PromiseFiguresSchema())},
    ]


def _definitions(schema: Shown) -> dict[str, str]:
    return {name: field.metadata["description"] for name, field in schema.fields.items()}
