"""What is said by e-mail."""

from __future__ import annotations

import pytest

from hotline.wording import EMAIL_KINDS, LANGUAGES, render_email

VALUES = {
    "reference": "TRC-2611-00001X",
    "urgency": "U1",
    "code": "123456",
    "step": "rujukan belum dijawab",
    "link": "https://hotline.example.org/p/abc",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", EMAIL_KINDS)
def test_every_email_has_a_neutral_subject_and_the_link_in_its_text(kind: str, language: str) -> None:
    subject, text = render_email(kind, language, **VALUES)

    assert subject.startswith("TRC U1 TRC-2611-00001X: ")
    assert len(subject) <= 78, "longer subjects are folded or cut"
    assert VALUES["link"] in text.splitlines()
    assert VALUES["code"] not in text, "no machine reads what is sent back"
    assert "{" not in subject + text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", EMAIL_KINDS)
def test_no_email_says_what_a_case_is_about(kind: str, language: str) -> None:
    said = " ".join(render_email(kind, language, **VALUES)).lower()

    for word in (
        "kekerasan",
        "sekap",
        "majikan",
        "pekerja",
        "violence",
        "employer",
        "worker",
        "paksa",
        "duress",
    ):
        assert word not in said


def test_an_answer_to_a_command_has_no_email() -> None:
    with pytest.raises(KeyError):
        render_email("command_done", "id", **VALUES)


def test_a_language_without_files_gets_indonesian() -> None:
    assert render_email("referral", "jv", **VALUES) == render_email("referral", "id", **VALUES)
