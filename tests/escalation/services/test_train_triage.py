"""Training gives the same model for the same messages, and says what the thresholds promise."""

from pathlib import Path

import numpy as np
import pytest

from cases.rules.learned_classifier import LearnedClassifier
from cases.rules.triage import triage
from cases.rules.triage_measure import LabelledMessage
from cases.vocabulary import Category, Urgency
from escalation.services.load_lexicon import DATA, load_classifier
from escalation.services.load_triage import MODEL, load_triage
from escalation.services.measure_triage import subset
from escalation.services.model_file import load_model, save_model
from escalation.services.train_triage import (
    RECIPE,
    calibrated,
    everyday_messages,
    fit,
    fold_of,
    near_duplicates,
    read_examples,
    read_training,
    scored,
    version_of,
)

LEXICON = load_classifier()
FEW = subset(read_training(), 240)


def test_the_model_in_use_is_that_of_the_data_and_the_recipe():
    rows = [*read_training(), *everyday_messages()]

    assert load_triage().model.version == version_of(rows, LEXICON), "run `hotline triage train`"


def test_the_model_in_use_is_small():
    assert (DATA / MODEL).stat().st_size <= 5_000_000


def test_other_messages_or_labels_make_another_version():
    relabelled = [*FEW[1:], LabelledMessage(FEW[0].text, Urgency.U3)]

    assert version_of(FEW, LEXICON) == version_of(list(FEW), LEXICON)
    assert version_of(FEW[1:], LEXICON) != version_of(FEW, LEXICON)
    assert version_of(relabelled, LEXICON) != version_of(FEW, LEXICON)


def test_the_same_messages_give_the_same_model():
    examples = read_examples(FEW, LEXICON)

    once, again = (fit(examples, version="x", only=_levels) for _ in range(2))

    assert np.array_equal(once.words.weights, again.words.weights)
    assert once.words.rows == again.words.rows
    assert np.array_equal(once.intercepts, again.intercepts)


def test_what_is_learned_survives_the_file(tmp_path: Path):
    made = fit(read_examples(FEW, LEXICON), version="x", only=_levels)
    save_model(made, tmp_path / "one.npz")
    save_model(made, tmp_path / "two.npz")

    read = load_model(tmp_path / "one.npz")

    text = "saya dikunci majikan dan dipukul"
    judged = [triage(text, LearnedClassifier(LEXICON, model)) for model in (made, read)]
    assert judged[0].urgency is judged[1].urgency
    assert judged[0].categories == judged[1].categories
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_file_that_is_no_model_is_refused(tmp_path: Path):
    np.savez(tmp_path / "other.npz", a=np.zeros(1))

    with pytest.raises(ValueError, match="no model"):
        load_model(tmp_path / "other.npz")


def test_a_threshold_reaches_the_recall_it_states():
    examples = read_examples(FEW, LEXICON)
    model = fit(examples, version="x", only=_levels)
    scores = np.stack([scored(model, one) for one in examples])

    chosen = calibrated(model, examples, scores)

    for level in (Urgency.U1, Urgency.U2):
        head = f"level:{level}"
        mine = [said for one, said in zip(examples, scores, strict=True) if one.message.urgency <= level]
        reached = sum(chosen.chances(said)[head] >= chosen.thresholds[head] for said in mine)
        assert reached / len(mine) >= RECIPE["wanted_recall"][head]


def test_near_duplicates_never_part():
    texts = [
        "saya dikunci majikan dari kemarin tolong",
        "halo min",
        "saya dikunci majikan dari kemarin, tolong!",
    ]

    groups = near_duplicates(texts)

    assert groups[0] == groups[2] != groups[1]
    assert fold_of(texts, 5)[0] == fold_of(texts, 5)[2]


def test_everyday_messages_are_the_same_each_time_and_harmless():
    made = everyday_messages()

    assert made == everyday_messages()
    assert {row.urgency for row in made} == {Urgency.U4}
    assert {row.categories for row in made} == {(Category.INFO,)}
    assert {row.language for row in made} == {"id", "jv", "su", "mad", "en", None}


def _levels(head: str) -> bool:
    return head.startswith(("level:", "category:INFO"))
