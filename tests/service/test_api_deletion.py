"""DELETE /v1/articles/{id}: the words are gone everywhere, what was found stays."""

import threading

import pytest
from sqlalchemy import select

from store import audit, erasure
from store.database import Database
from store.tables import ArticleRow, AuditEntryRow, Base, DeliveryRow, EventRow
from tests.service.conftest import Api, assert_problem, finish, make_caller
from tests.store import makers
from tests.store.test_erasure import CANARY, files_of, report_full_of_words

FIELDS = {
    "title": CANARY, "url": f"https://example.com/{CANARY}", "source": CANARY, "metadata": {"desk": CANARY},
    "external_id": "ours-1", "callback_url": "https://receiver.example.org/a",
}  # fmt: skip


def submit(api: Api) -> str:
    return api.submit_id(content=f"{CANARY} " * 2_000, fields=FIELDS, headers={"Idempotency-Key": "k"})


def delete(api: Api, article_id: str) -> int:
    answer = api.request("DELETE", f"/v1/articles/{article_id}")
    assert answer.data == b"" or answer.status_code != 204
    return answer.status_code


def everything(database: Database) -> str:
    with database.reading() as session:
        return "\n".join(
            str(tuple(row)) for table in Base.metadata.sorted_tables for row in session.execute(select(table))
        )


def test_the_words_are_nowhere_and_what_was_found_stays(both: Api) -> None:
    """Read, decided on with a note, its webhooks not sent yet, its first answer kept for the Idempotency-Key."""
    made = submit(both)
    finish(both.database, made, report=report_full_of_words())
    path = f"/v1/articles/{made}"
    assert both.post(f"{path}/decisions", json={"action": "label", "note": CANARY}).status_code == 201
    before = both.get(path).get_json()
    assert CANARY in everything(both.database)

    assert delete(both, made) == 204

    assert CANARY not in everything(both.database)
    after = both.get(path)
    assert after.status_code == 200
    assert CANARY not in after.text
    body = after.get_json()
    assert body["erased_at"] is not None
    assert before["erased_at"] is None
    for name in ("id", "state", "external_id", "language", "created_at", "classified_at", "action", "labels"):
        assert body[name] == before[name], name
    assert body["report"]["text_sha256"] == before["report"]["text_sha256"]
    assert body["report"]["violence"]["score"] == before["report"]["violence"]["score"]
    assert [(e["start"], e["end"]) for e in body["report"]["violence"]["findings"][0]["evidence"]] == [(0, 13)]
    (decision,) = both.get(f"{path}/decisions").get_json()["data"]
    assert (decision["action"], decision["note"]) == ("label", None)
    assert_problem(both.get(f"{path}/labelled"), 409, "conflict")
    assert both.get("/v1/articles").get_json()["data"][0]["id"] == made


def test_webhooks_on_their_way_go_out_without_the_words(both: Api) -> None:
    made = submit(both)
    finish(both.database, made)
    both.post(f"/v1/articles/{made}/decisions", json={"action": "label", "note": CANARY})
    delete(both, made)
    with both.database.reading() as session:
        rows = session.execute(select(DeliveryRow.state, EventRow.type, EventRow.body).join(EventRow)).all()
    assert {(state, type_) for state, type_, _ in rows} == {
        ("pending", "article.classified"),
        ("pending", "article.reviewed"),
    }
    assert all(CANARY not in body for _, _, body in rows)


def test_one_that_waits_leaves_the_queue(both: Api) -> None:
    made = submit(both)
    assert delete(both, made) == 204

    assert CANARY not in everything(both.database)
    body = both.get(f"/v1/articles/{made}").get_json()
    assert (body["state"], body["failure"], body["action"]) == ("failed", "deleted before it was read", None)
    assert (body["labels"], body["review_state"], body["report"]) == ([], "not_needed", None)
    with both.database.reading() as session:
        assert session.scalars(select(EventRow)).all() == []
    with both.database.writing() as session:
        assert makers.articles.get_report(session, session.get_one(ArticleRow, made)) is None


def test_whoever_waits_for_it_need_not_wait_on(both: Api) -> None:
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(both.submit(headers={"Prefer": "wait=20"})))
    waiting.start()
    made = None
    while made is None:
        with both.database.reading() as session:
            made = session.scalars(select(ArticleRow.id)).first()
    delete(both, made)
    waiting.join(timeout=10)
    assert [answer.get_json()["state"] for answer in answers] == ["failed"]


def test_again_it_is_204_and_audited_once(both: Api) -> None:
    made = submit(both)
    assert [delete(both, made) for _ in range(3)] == [204, 204, 204]
    with both.database.reading() as session:
        entries = session.scalars(select(AuditEntryRow).where(AuditEntryRow.action == "article_erased")).all()
        assert [(entry.actor, entry.subject) for entry in entries] == [(both.key_id, made)]
        assert audit.verify(session).broken_at is None


def test_at_the_same_time_it_is_audited_once(both: Api) -> None:
    made = submit(both)
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(delete(both, made))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [204] * 4
    with both.database.reading() as session:
        assert len(session.scalars(select(AuditEntryRow).where(AuditEntryRow.action == "article_erased")).all()) == 1


def test_who_may(api: Api, stranger: Api, admin: Api) -> None:
    made = submit(api)
    assert_problem(stranger.request("DELETE", f"/v1/articles/{made}"), 404, "not_found")
    reader = make_caller(api.app, api.database, "reader", ["read", "review"])
    assert_problem(reader.request("DELETE", f"/v1/articles/{made}"), 403, "insufficient_scope")
    assert delete(admin, made) == 204
    assert_problem(api.request("DELETE", f"/v1/articles/art_{'0' * 32}"), 404, "not_found")
    assert_problem(api.request("DELETE", "/v1/articles/x"), 404, "not_found")


@pytest.mark.parametrize("is_read", [True, False])
def test_the_idempotency_key_repeats_no_word_of_it(both: Api, is_read: bool) -> None:
    made = submit(both)
    if is_read:
        finish(both.database, made, report=report_full_of_words())
    delete(both, made)
    again = both.submit(content=f"{CANARY} " * 2_000, fields=FIELDS, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (202, "true")
    assert (again.get_json()["id"], CANARY in again.text) == (made, False)


def test_no_byte_is_left_in_the_files_of_sqlite(api: Api) -> None:
    made = submit(api)
    finish(api.database, made, report=report_full_of_words())
    delete(api, made)
    assert erasure.empty_log(api.database)
    assert files_of(api.database).count(CANARY.encode()) == 0
