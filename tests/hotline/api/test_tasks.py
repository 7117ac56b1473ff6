"""What the gate holds back, decided over the API."""

from __future__ import annotations

from typing import Any

from cast import AMINA

from cases.vocabulary import Delivery


def test_a_held_answer_is_released_when_the_plan_allows_it(
    officer: Any, opened_case: Any, post_message: Any, answer_status_questions: Any
) -> None:
    reference = opened_case("halo").reference
    post_message("kabar", sender=AMINA)
    answer_status_questions()
    file = officer.get(f"/cases/{reference}").json
    (task,) = file["tasks"]
    assert (task["kind"], task["reason"]) == ("decide_held_message", "nothing_known")

    # An officer may write neutral words to a stranger: sending it is their decision.
    url = f"/cases/{reference}/messages/{task['message_id']}"
    released = officer.post(f"{url}/release")
    assert released.status_code == 200, released.text
    assert released.json["delivery"] == Delivery.WAITING
    assert officer.post(f"{url}/release").status_code == 409
    assert officer.get(f"/cases/{reference}").json["tasks"] == []


def test_after_stop_nothing_is_released_and_the_tasks_say_why(
    officer: Any, opened_case: Any, post_message: Any, answer_status_questions: Any
) -> None:
    reference = opened_case("halo").reference
    post_message("kabar", sender=AMINA)
    answer_status_questions()
    post_message("STOP", sender=AMINA)
    tasks = {task["kind"]: task for task in officer.get(f"/cases/{reference}").json["tasks"]}
    assert set(tasks) == {"decide_held_message", "possible_duress", "write_by_other_means"}

    held = tasks["decide_held_message"]["message_id"]
    refused = officer.post(f"/cases/{reference}/messages/{held}/release")
    assert refused.status_code == 409
    assert officer.post(f"/cases/{reference}/messages/{held}/discard").status_code == 204
    done = f"/cases/{reference}/tasks/{tasks['possible_duress']['id']}/done"
    assert (officer.post(done).status_code, officer.post(done).status_code) == (204, 204)
    left = [task["kind"] for task in officer.get(f"/cases/{reference}").json["tasks"]]
    assert left == ["write_by_other_means"]


def test_greeting_and_questions(officer: Any, opened_case: Any, post_message: Any) -> None:
    reference = opened_case("halo").reference
    assert officer.post(f"/cases/{reference}/greeting").status_code == 201
    assert officer.get(f"/cases/{reference}").json["questions"]["pending"] == "when"
    post_message("salah nomor", sender=AMINA)
    refused = officer.post(f"/cases/{reference}/questions")
    assert refused.status_code == 409
    assert officer.get(f"/cases/{reference}").json["contact_plan"]["reply"] == "forbidden"


def test_secret_words_are_never_shown(officer: Any, opened_case: Any) -> None:
    reference = opened_case("halo").reference
    plan = {"reply": "allowed", "safe_word": "mangga muda", "duress_word": "kue lapis", "version": 0}
    answer = officer.patch(f"/cases/{reference}", etag=officer.version(reference), contact_plan=plan)
    assert answer.status_code == 200, answer.text
    file = officer.get(f"/cases/{reference}")
    assert (file.json["contact_plan"]["has_safe_word"], file.json["contact_plan"]["has_duress_word"]) == (
        True,
        True,
    )
    assert "mangga" not in file.text
    assert "lapis" not in file.text
    same = {"duress_word": "Mangga Muda", "version": 1}
    again = officer.patch(f"/cases/{reference}", etag=officer.version(reference), contact_plan=same)
    assert again.status_code == 422
