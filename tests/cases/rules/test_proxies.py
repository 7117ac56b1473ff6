"""What a proxy may be told."""

import pytest

from cases.rules.proxies import Authority, Disclosure, Relation, may_learn

FAMILY = [Relation.SPOUSE, Relation.PARENT, Relation.SIBLING, Relation.CHILD]
OTHERS = [relation for relation in Relation if relation not in (*FAMILY, Relation.SELF)]


@pytest.mark.parametrize("relation", FAMILY)
@pytest.mark.parametrize("authority", Authority)
def test_family_learn_only_what_the_worker_allows_by_name(relation: Relation, authority: Authority):
    assert may_learn(relation, authority, allowed_by_worker=False) is Disclosure.RECEIVED
    assert may_learn(relation, authority, allowed_by_worker=True) is Disclosure.STATUS


@pytest.mark.parametrize("relation", OTHERS)
@pytest.mark.parametrize("allowed", [False, True])
def test_others_need_a_letter(relation: Relation, allowed: bool):
    assert may_learn(relation, Authority.NONE, allowed_by_worker=allowed) is Disclosure.RECEIVED
    assert may_learn(relation, Authority.VERBAL, allowed_by_worker=allowed) is Disclosure.RECEIVED
    assert may_learn(relation, Authority.LETTER, allowed_by_worker=allowed) is Disclosure.STATUS


def test_the_worker_learns_the_status():
    assert may_learn(Relation.SELF, Authority.NONE, allowed_by_worker=False) is Disclosure.STATUS
