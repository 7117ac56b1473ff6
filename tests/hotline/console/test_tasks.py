"""The list of what humans must decide."""

from __future__ import annotations

from collections.abc import Callable

from cast import AMINA, ELI
from flask.testing import FlaskClient

from cases.models import Case
from cases.vocabulary import Role

SignIn = Callable[[Role], FlaskClient]


def test_nothing_to_decide_is_said(signed_in_client: SignIn) -> None:
    page = signed_in_client(Role.OFFICER).get("/console/tasks")

    assert "Tidak ada yang menunggu keputusan" in page.text


def test_the_most_urgent_case_comes_first_and_no_words_are_shown(
    opened_case: Callable[..., Case],
    post_message: Callable[..., object],
    answer_status_questions: Callable[[], int],
    signed_in_client: SignIn,
) -> None:
    calm = opened_case("mau tanya syarat paspor", sender=ELI)
    post_message("kabar", sender=ELI)
    urgent = opened_case("tolong saya disekap majikan", sender=AMINA)
    post_message("STOP", sender=AMINA)
    answer_status_questions()

    page = signed_in_client(Role.OFFICER).get("/console/tasks").text

    assert page.index(urgent.reference) < page.index(calm.reference)
    assert "Mungkin diawasi" in page
    assert "belum diketahui apakah aman membalas" in page
    assert "disekap" not in page
    assert AMINA not in page


def test_the_list_goes_on_behind_a_page(
    opened_case: Callable[..., Case],
    post_message: Callable[..., object],
    answer_status_questions: Callable[[], int],
    signed_in_client: SignIn,
) -> None:
    for number in range(55):
        opened_case("halo", sender=f"+4477009002{number:02d}")
        post_message("kabar", sender=f"+4477009002{number:02d}")
    assert answer_status_questions() == 55
    browser = signed_in_client(Role.OFFICER)

    first = browser.get("/console/tasks").text
    assert first.count("/console/cases/TRC") == 50
    after = first.partition("/console/tasks?after=")[2].partition('"')[0]
    assert browser.get(f"/console/tasks?after={after}").text.count("/console/cases/TRC") == 5
    assert browser.get("/console/tasks?after=nonsense").status_code == 200


def test_an_administrator_sees_none(signed_in_client: SignIn) -> None:
    assert signed_in_client(Role.ADMIN).get("/console/tasks").status_code == 403
