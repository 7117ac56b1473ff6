"""`hotline triage measure FILE.csv`."""

from __future__ import annotations

from pathlib import Path

import click

from cases.rules.triage_measure import measure
from escalation.services.load_triage import load_triage
from escalation.services.read_labelled import read_labelled


@click.group()
def triage() -> None:
    """The first judgement of a message."""


@triage.command("measure")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def triage_measure(file: Path) -> None:
    """Measure the classifier on labelled messages (columns text, urgency, urgency_max, categories, country_hint)."""
    classifier = load_triage()
    with file.open(newline="", encoding="utf-8") as lines:
        figures = measure(read_labelled(lines), classifier)
    click.echo(f"classifier {classifier.version}, {figures.messages} messages")
    for name, share in (
        ("U1 found (recall of U1)", figures.critical_found),
        ("U1 or U2 found (recall of U1+U2)", figures.urgent_found),
        ("U4 raised to U2 or higher (false alarms)", figures.harmless_raised),
        ("judged above what an officer accepts", figures.above_max),
        ("leading category right", figures.leading_right),
        ("language right", figures.language_right),
    ):
        percent = "-" if share.percent is None else f"{share.percent:.1f}%"
        click.echo(f"  {name:<44} {share.hits:>4} of {share.of:<4} {percent:>7}")
