"""`hotline triage measure FILE.csv`."""

from __future__ import annotations

from pathlib import Path

import click

from cases.rules.triage_measure import measure
from escalation.services.load_lexicon import load_classifier
from escalation.services.read_labelled import read_labelled


@click.group()
def triage() -> None:
    """The first judgement of a message."""


@triage.command("measure")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def triage_measure(file: Path) -> None:
    """Measure the classifier on labelled messages (columns text, urgency, urgency_max, categories, country_hint)."""
    classifier = load_classifier()
    figures = measure(read_labelled(file), classifier)
    click.echo(f"classifier {classifier.version}, {figures.messages} messages")
    for name, value in figures.lines():
        click.echo(f"  {name:<44} {value}")
