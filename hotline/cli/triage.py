"""`hotline triage …`: measuring the first judgement, and training the model that carries it."""

from __future__ import annotations

import csv
import gc
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import psutil

from cases.queries.corrections import Correction, corrections
from cases.rules.learned_classifier import LearnedClassifier
from cases.rules.triage import triage as judge
from cases.rules.triage_measure import LabelledMessage, Share, TriageFigures, measure
from cases.vocabulary import Urgency
from escalation.services.load_lexicon import DATA, load_classifier
from escalation.services.load_triage import MODEL, load_triage
from escalation.services.read_labelled import read_labelled, read_noise
from escalation.services.train_triage import is_counted
from hotline.app import create_app
from hotline.config import read_settings
from hotline.unit_of_work import unit_of_work

_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
_COLUMNS = (
    "id", "text", "lang", "channel", "country_hint", "urgency", "urgency_max",
    "categories", "contact", "reporter", "why",
)  # fmt: skip
_MOST_SECONDS = 0.002  # a message may cost so much of one core
_SIZES = (500, 1000, 2000)
_RAISED = (Urgency.U1, Urgency.U2)


@click.group()
def triage() -> None:
    """The first judgement of a message."""


@triage.command("measure")
@click.argument("files", nargs=-1, type=_EXISTING)
@click.option("--noise", multiple=True, type=_EXISTING, help="Texts that are no matter for us: false alarms.")
@click.option(
    "--cross-validate",
    "crossed",
    is_flag=True,
    help="Judge the training messages by models that had not seen them: rules alone, model alone, both.",
)
@click.option(
    "--learning-curve", "curve", is_flag=True, help="The same with 500, 1,000, 2,000 and all messages."
)
@click.option("--cost", is_flag=True, help="Time per message, memory and loading time.")
def triage_measure(
    files: tuple[Path, ...], noise: tuple[Path, ...], crossed: bool, curve: bool, cost: bool
) -> None:
    """Measure on FILES of labelled messages (columns text, urgency, urgency_max, categories, contact, lang, …)."""
    if cost:
        _tell_cost()
    classifier = load_triage()
    click.echo(f"classifier {classifier.version}")
    for file in files:
        rows = _labelled(file)
        _tell(f"{file.name}: both", measure(rows, classifier))
        _tell(f"{file.name}: rules alone", measure(rows, classifier.lexicon))
    for file in noise:
        _tell_noise(file, classifier)
    if crossed or curve:
        _tell_unseen(classifier, crossed=crossed, curve=curve)


@triage.command("train")
@click.option("--yes", is_flag=True, help="Replace the model in use without asking.")
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write elsewhere.")
def triage_train(yes: bool, target: Path | None) -> None:
    """Train the model from the project's labelled messages, and say what changes before it replaces the one in use.

    The same messages, word list and recipe give the same model. Needs the extra `train` (scikit-learn).
    """
    training = _training()
    lexicon = load_classifier()
    rows = [*training.read_training(), *training.everyday_messages()]
    version = training.version_of(rows, lexicon)
    path = target or DATA / MODEL
    click.echo(f"{len(rows)} messages, {version}")
    model = training.train(training.read_examples(rows, lexicon), version=version, told=click.echo)
    made = LearnedClassifier(
        lexicon, model, load_triage().forcing if (DATA / MODEL).exists() else frozenset()
    )
    if (DATA / MODEL).exists():
        _tell_changes(training.read_training(), load_triage(), made)
    if not yes and not click.confirm(f"Write {path.name}?"):
        raise SystemExit(1)
    _files().save_model(model, path)
    click.echo(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


@triage.command("export-corrections")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def triage_export(target: Path) -> None:
    """Write messages whose level or categories officers corrected to TARGET, in the columns of the training data.

    Only of cases whose person allowed this use; numbers, addresses and names are masked. Read the file before it
    leaves the house: a name that nobody introduced may still stand in it.
    """
    app = create_app(read_settings())
    with app.app_context(), unit_of_work() as session:
        found = list(corrections(session))
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # for the owner only
    with os.fdopen(handle, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for number, one in enumerate(found, start=1):
            writer.writerow(_row_of(f"CORR{number:04}", one))
    click.echo(f"{len(found)} corrected messages in {target}")


def _row_of(name: str, one: Correction) -> list[str]:
    reporters = {"self": "self", "third_person": "other", "unknown": "unknown"}
    return [
        name, one.text, one.language, one.channel.value, one.country or "", one.urgency.value, one.urgency.value,
        ";".join(one.categories), ";".join(one.contact_signs) or "none", reporters[one.reporter],
        f"officers' word; the machine said {one.machine} {';'.join(one.machine_categories)}",
    ]  # fmt: skip


def _training():  # type: ignore[no-untyped-def]
    """The trainer, or word of what is missing."""
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise click.ClickException("training needs scikit-learn: pip install '.[train]'") from error
    from escalation.services import train_triage

    return train_triage


def _files():  # type: ignore[no-untyped-def]
    from escalation.services import model_file

    return model_file


def _labelled(file: Path) -> list[LabelledMessage]:
    with file.open(newline="", encoding="utf-8") as lines:
        try:
            return list(read_labelled(lines))
        except ValueError as error:
            raise click.ClickException(f"{file.name}: {error}") from error


def _tell(name: str, figures: TriageFigures) -> None:
    click.echo(f"{name}, {figures.messages} messages")
    for label, share in (
        ("U1 found (recall of U1)", figures.critical_found),
        ("U1 seen as U2 or higher", figures.critical_seen),
        ("U1 or U2 found (recall of U1+U2)", figures.urgent_found),
        ("U4 raised to U2 or higher", figures.harmless_raised),
        ("… beyond what an officer accepts", figures.harmless_beyond),
        ("judged above what an officer accepts", figures.above_max),
        ("leading category right", figures.leading_right),
        ("leading category among the labelled", figures.category_shared),
        ("contact signs found", figures.signs_found),
        ("contact signs shown that are none", figures.signs_false),
        ("language right", figures.language_right),
        ("reporter right", figures.reporter_right),
    ):
        click.echo(f"  {label:<44} {_share(share)}")


def _share(share: Share) -> str:
    percent = "-" if share.percent is None else f"{share.percent:.1f}%"
    return f"{share.hits:>5} of {share.of:<5} {percent:>7}"


def _tell_noise(file: Path, classifier: LearnedClassifier) -> None:
    """False alarms; of NusaX only the half that no word was counted in."""
    with file.open(newline="", encoding="utf-8") as lines:
        rows = [row for row in read_noise(lines) if not row[2] or not is_counted(row[2])]
    answers = [(language, judge(text, classifier)) for text, language, _ in rows]
    raised = Share(sum(answer.urgency in _RAISED for _, answer in answers), len(answers))
    click.echo(f"{file.name}: noise, {len(rows)} texts")
    click.echo(f"  {'raised to U2 or higher (false alarms)':<44} {_share(raised)}")
    for code in sorted({language for language, _ in answers if language}):
        told = [answer.language == code for language, answer in answers if language == code]
        click.echo(f"  {'language right: ' + code:<44} {_share(Share(sum(told), len(told)))}")
    known = [answer.language == language for language, answer in answers if language]
    if known:
        click.echo(f"  {'language right, all of these':<44} {_share(Share(sum(known), len(known)))}")


def _tell_unseen(classifier: LearnedClassifier, *, crossed: bool, curve: bool) -> None:
    training = _training()
    from escalation.services.measure_triage import cross_validate, rules_alone, subset

    rows = training.read_training()
    if crossed:
        _tell("cross-validation: rules alone", rules_alone(rows, classifier.lexicon))
        for with_rules in (False, True):
            figures = cross_validate(rows, classifier, with_rules=with_rules, told=_whisper)
            _tell(f"cross-validation: {figures.classifier}", figures)
    for size in _SIZES if curve else ():
        figures = cross_validate(subset(rows, size), classifier, told=_whisper)
        _tell(f"learned from four fifths of {size}", figures)
    if curve and not crossed:
        _tell(f"learned from four fifths of {len(rows)}", cross_validate(rows, classifier, told=_whisper))


def _whisper(words: str) -> None:
    click.echo(words, err=True)


def _tell_changes(rows: Sequence[LabelledMessage], used: LearnedClassifier, made: LearnedClassifier) -> None:
    """The figures of both on the training messages (which both may have seen), and whose level changes."""
    _tell(f"in use, {used.version}", measure(rows, used))
    _tell(f"new, {made.version}", measure(rows, made))
    changed = 0
    for row in rows:
        before = judge(row.text, used, country=row.country).urgency
        after = judge(row.text, made, country=row.country).urgency
        if before is not after:
            changed += 1
            click.echo(f"  {before} → {after} (labelled {row.urgency}): {' '.join(row.text.split())[:100]}")
    click.echo(f"{changed} of {len(rows)} messages change their level")


def _tell_cost() -> None:
    """Memory and time of loading; processor time of a message of 160 and of 1,600 characters."""
    process = psutil.Process()
    gc.collect()
    before, began = process.memory_info().rss, time.process_time()
    classifier = load_triage()
    click.echo(
        f"loaded in {time.process_time() - began:.2f} s of one core,"
        f" {(process.memory_info().rss - before) / 1e6:.0f} MB"
    )
    texts = [row.text for path in sorted((DATA / "training").glob("*.csv")) for row in _labelled(path)]
    for length in (160, 1600):
        made = list(_of_length(texts, length))
        for text in made[: len(made) // 2]:  # words and caches warm up on other messages than those timed
            judge(text, classifier)
        began = time.process_time()
        for text in made[len(made) // 2 :]:
            judge(text, classifier)
        spent = (time.process_time() - began) / (len(made) - len(made) // 2)
        click.echo(
            f"{length} characters: {1000 * spent:.2f} ms per message, one core;"
            f" {spent / _MOST_SECONDS:.2f} of the limit of {1000 * _MOST_SECONDS:.0f} ms"
        )


def _of_length(texts: Iterable[str], length: int, most: int = 600) -> Iterable[str]:
    """Texts of just that length, put together from training messages."""
    made, joined = 0, ""
    for text in texts:
        joined = f"{joined} {text}".strip()
        if len(joined) >= length:
            yield joined[:length]
            made, joined = made + 1, ""
        if made == most:
            return
