"""What somebody who speaks for a worker may be told of her. Closed unless opened (domain brief 5.2, 5.5)."""

from __future__ import annotations

from dataclasses import dataclass

from cases.vocabulary import Authority, ContactPermission, Disclosure, Relation

# They may be whom the matter is about: no letter opens it to them.
_NEVER = frozenset({Relation.P3MI, Relation.RECRUITER})
# Kin may be whom she hides from, letter or not: only her own choice opens it to them.
_BY_HER_CHOICE = frozenset({Relation.FAMILY, Relation.FRIEND})


@dataclass(frozen=True, slots=True)
class Proxy:
    """Who speaks for her. `named_by_worker`: she herself named this very person as one who may know."""

    relation: Relation | None = None
    authority: Authority = Authority.NONE
    named_by_worker: bool = False


STRANGER = Proxy()


def may_learn(proxy: Proxy, family: ContactPermission = ContactPermission.UNKNOWN) -> Disclosure:
    """The most that this proxy may be told; `family` is what the worker's contact plan says of telling her family.

    Whom she named may know how far it is, unless her plan now forbids family. Institutions need a letter of
    authority or her word. Placement firms and recruiters learn nothing here: they are asked, by referral.
    """
    if proxy.relation is None or proxy.relation in _NEVER:
        return Disclosure.NOTHING
    if proxy.relation is Relation.FAMILY and family is ContactPermission.FORBIDDEN:
        return Disclosure.NOTHING
    if proxy.named_by_worker:
        return Disclosure.STATUS
    if proxy.relation in _BY_HER_CHOICE or proxy.authority is not Authority.LETTER:
        return Disclosure.NOTHING
    return Disclosure.STATUS
