"""The figures say how often a classifier agrees with people."""

from cases.rules.lexicon import LexiconTerm
from cases.rules.lexicon_building import build_lexicon
from cases.rules.triage_measure import LabelledMessage, Share, measure
from cases.vocabulary import Category, Urgency


def test_figures_count_hits_and_alarms():
    rows = [
        LabelledMessage("disekap", Urgency.U1, Urgency.U1, (Category.SEKAP,)),
        LabelledMessage("tidak terbaca", Urgency.U1, Urgency.U1, (Category.SEKAP,)),
        LabelledMessage("disekap", Urgency.U2, Urgency.U2, (Category.TPPO, Category.SEKAP)),
        LabelledMessage("cerita disekap di film", Urgency.U4, Urgency.U3, (Category.INFO,)),
        LabelledMessage("halo", Urgency.U4, None, (Category.INFO,)),
    ]

    figures = measure(rows, CLASSIFIER)

    assert figures.messages == 5
    assert figures.critical_found == Share(1, 2)
    assert figures.urgent_found == Share(2, 3)
    assert figures.harmless_raised == Share(1, 2)
    assert figures.above_max == Share(2, 4)
    assert figures.leading_right == Share(2, 5)
    assert figures.category_shared == Share(3, 5)
    assert figures.classifier == "words-1"


def test_a_share_of_nothing_has_no_percent():
    assert Share(0, 0).percent is None
    assert Share(1, 3).percent == 33.3


CLASSIFIER = build_lexicon(
    [LexiconTerm("disekap", category=Category.SEKAP, urgency=Urgency.U1)], [], version="words-1"
)
