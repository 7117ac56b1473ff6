"""Which bytes are kept, and what counts as a lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.media_types import LARGEST, MEGABYTE, family_of_type, largest_of, plain_type, why_not_kept
from cases.vocabulary import MediaFailure


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ("image/jpeg", "image/png"),
        ("image/jpg", "image/jpeg"),
        ("audio/ogg; codecs=opus", "audio/ogg"),
        ("audio/mp4", "video/mp4"),
        ("application/octet-stream", "image/jpeg"),
        ("", "application/pdf"),
        ("application/msword", "application/pdf"),
    ],
)
def test_a_near_miss_is_no_lie(declared: str, found: str) -> None:
    assert why_not_kept(declared, found, 10) is None


@pytest.mark.parametrize(
    ("declared", "found", "reason"),
    [
        ("image/jpeg", "application/pdf", MediaFailure.TYPE_MISMATCH),
        ("image/jpeg", "video/mp4", MediaFailure.TYPE_MISMATCH),
        ("text/html", "image/jpeg", MediaFailure.TYPE_MISMATCH),
        ("image/jpeg", None, MediaFailure.TYPE_NOT_ALLOWED),
        ("image/jpeg", "application/x-executable", MediaFailure.TYPE_NOT_ALLOWED),
        ("image/svg+xml", "image/svg+xml", MediaFailure.TYPE_NOT_ALLOWED),
        ("text/html", "text/html", MediaFailure.TYPE_NOT_ALLOWED),
    ],
)
def test_a_lie_and_a_stranger_are_refused(declared: str, found: str | None, reason: MediaFailure) -> None:
    assert why_not_kept(declared, found, 10) is reason


def test_each_kind_has_its_own_limit() -> None:
    assert why_not_kept("image/jpeg", "image/jpeg", 9 * MEGABYTE) is MediaFailure.TOO_LARGE
    assert why_not_kept("video/mp4", "video/mp4", 9 * MEGABYTE) is None
    assert why_not_kept("", "video/mp4", LARGEST + 1) is MediaFailure.TOO_LARGE


@given(st.text(max_size=40), st.text(max_size=40) | st.none(), st.integers(0, 10**9))
def test_whatever_is_kept_is_on_the_list_and_within_it(declared: str, found: str | None, size: int) -> None:
    if why_not_kept(declared, found, size) is None:
        assert found is not None and family_of_type(found) is not None
        assert size <= largest_of(found) <= LARGEST


@given(st.text(max_size=60))
def test_a_type_has_one_name(declared: str) -> None:
    assert plain_type(plain_type(declared)) == plain_type(declared)
