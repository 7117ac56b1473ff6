"""Which role may do what. Closed unless opened: what is not in the table is refused."""

from __future__ import annotations

from enum import StrEnum

from cases.vocabulary import Role


class Permission(StrEnum):
    """What a view or an endpoint asks for."""

    SEE_CASES = "see_cases"
    WORK_CASES = "work_cases"
    SEE_BOARD = "see_board"
    EXPORT_EVIDENCE = "export_evidence"
    EDIT_LEXICON = "edit_lexicon"
    ADMINISTER = "administer"


# Source: domain brief 5.5. An administrator keeps the system running and does not read cases.
_ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.OFFICER: frozenset({Permission.SEE_CASES, Permission.WORK_CASES}),
    Role.SUPERVISOR: frozenset(
        {
            Permission.SEE_CASES,
            Permission.WORK_CASES,
            Permission.SEE_BOARD,
            Permission.EXPORT_EVIDENCE,
            Permission.EDIT_LEXICON,
        }
    ),
    Role.ADMIN: frozenset({Permission.ADMINISTER}),
}


def may(role: Role | None, permission: Permission) -> bool:
    """True when the role holds the permission; False for no role."""
    return role is not None and permission in _ALLOWED[role]
