"""What somebody who speaks for a worker may be told of her."""

from __future__ import annotations

import pytest

from cases.rules.proxies import STRANGER, Proxy, may_learn
from cases.vocabulary import Authority, ContactPermission, Disclosure, Relation

NOTHING, STATUS = Disclosure.NOTHING, Disclosure.STATUS
ACCUSED = [Relation.P3MI, Relation.RECRUITER]
KIN = [Relation.FAMILY, Relation.FRIEND]
INSTITUTIONS = [Relation.NGO, Relation.VILLAGE, Relation.OFFICIAL, Relation.OTHER]


def test_whom_nobody_knows_learns_nothing() -> None:
    assert may_learn(STRANGER) is NOTHING
    assert may_learn(Proxy(None, Authority.LETTER, named_by_worker=True)) is NOTHING


@pytest.mark.parametrize("relation", ACCUSED)
@pytest.mark.parametrize("authority", Authority)
@pytest.mark.parametrize("named", [False, True])
def test_who_may_be_accused_learns_nothing(relation: Relation, authority: Authority, named: bool) -> None:
    assert may_learn(Proxy(relation, authority, named)) is NOTHING


@pytest.mark.parametrize("relation", KIN)
@pytest.mark.parametrize("authority", Authority)
def test_kin_learn_by_her_choice_only(relation: Relation, authority: Authority) -> None:
    assert may_learn(Proxy(relation, authority)) is NOTHING
    assert may_learn(Proxy(relation, authority, named_by_worker=True)) is STATUS


@pytest.mark.parametrize("relation", INSTITUTIONS)
def test_institutions_need_a_letter_or_her_word(relation: Relation) -> None:
    assert may_learn(Proxy(relation)) is NOTHING
    assert may_learn(Proxy(relation, Authority.SPOKEN)) is NOTHING
    assert may_learn(Proxy(relation, Authority.LETTER)) is STATUS
    assert may_learn(Proxy(relation, named_by_worker=True)) is STATUS


def test_her_plan_closes_what_she_opened_to_family_before() -> None:
    sister = Proxy(Relation.FAMILY, named_by_worker=True)
    assert may_learn(sister, ContactPermission.ALLOWED) is STATUS
    assert may_learn(sister, ContactPermission.FORBIDDEN) is NOTHING


def test_a_general_permission_opens_nothing_to_somebody_she_did_not_name() -> None:
    assert may_learn(Proxy(Relation.FAMILY), ContactPermission.ALLOWED) is NOTHING
