"""GET /v1/articles: filters, order, pages."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from models.types import DesignationsReport
from store import clock
from store.policy import Outcome
from store.tables import ArticleRow
from tests.service.conftest import Api, assert_problem, finish
from tests.store import makers

SUMMARY_KEYS = [
    "id", "state", "external_id", "language", "published_at", "created_at", "classified_at", "action", "labels",
    "review_state", "offset_unit",
]  # fmt: skip


def listed(api: Api, query: str = "") -> list[str]:
    answer = api.get(f"/v1/articles?{query}")
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json["data"]]  # type: ignore[index]


def test_a_list_holds_summaries_newest_first(api: Api) -> None:
    made = [api.submit_id() for _ in range(3)]
    answer = api.get("/v1/articles").json

    assert answer is not None
    assert [item["id"] for item in answer["data"]] == sorted(made, reverse=True)
    assert all(list(item) == SUMMARY_KEYS for item in answer["data"])
    assert answer["next_cursor"] is None


def test_filters_choose(api: Api) -> None:
    queued, grave, quiet = (api.submit_id() for _ in range(3))
    finish(api.database, grave)
    finish(api.database, quiet, report=makers.make_report(), outcome=Outcome("allow", (), "not_needed"))

    assert listed(api, "state=queued") == [queued]
    assert set(listed(api, "state=classified")) == {grave, quiet}
    assert listed(api, "label=violence.graphic") == [grave]
    assert listed(api, "action=allow") == [quiet]
    assert listed(api, "review_state=open") == [grave]
    assert listed(api, "state=classified&action=review&label=violence&review_state=open") == [grave]
    assert listed(api, "state=failed") == []


def test_filters_of_what_was_sent(both: Api) -> None:
    first = both.submit_id(fields={"source": "Example Wire", "language": "ru", "external_id": "a"})
    second = both.submit_id(fields={"source": "example wire", "language": "en", "external_id": "b"})
    third = both.submit_id()
    finish(both.database, third)  # its report says "en"

    assert listed(both, "source=Example%20Wire") == [first]
    assert listed(both, "source=Example") == []
    assert listed(both, "language=ru") == [first]
    assert set(listed(both, "language=en")) == {second, third}
    assert listed(both, "external_id=b") == [second]
    assert listed(both, "external_id=b&language=ru") == []


def test_an_organisation_is_found_by_its_id(both: Api) -> None:
    made = [both.submit_id() for _ in range(3)]
    mentions = (makers.mention(), makers.mention())
    for article_id in made[:2]:
        report = makers.make_report(designations=DesignationsReport("ok", mentions))
        finish(both.database, article_id, report=report)
    finish(both.database, made[2])

    assert set(listed(both, "organisation=example-front")) == set(made[:2])
    assert listed(both, "organisation=example-front&limit=1") == [max(made[:2])]
    assert listed(both, "organisation=islamic-state") == []
    assert both.request("DELETE", f"/v1/articles/{made[0]}").status_code == 204
    assert set(listed(both, "organisation=example-front")) == set(made[:2]), "ids stay"


def test_a_span_of_time_is_half_open_at_both_ends(both: Api) -> None:
    made = sorted(both.submit_id() for _ in range(3))
    with both.database.writing() as session:  # a second apart
        base = session.get_one(ArticleRow, made[0]).created_at
        for number, article_id in enumerate(made):
            session.get_one(ArticleRow, article_id).created_at = base + timedelta(seconds=number)
    at = [(base + timedelta(seconds=number)).isoformat() for number in range(3)]
    assert listed(both, f"created_after={quote(at[0])}") == made[:0:-1]
    assert listed(both, f"created_before={quote(at[2])}") == made[1::-1]
    assert listed(both, f"created_after={quote(at[0])}&created_before={quote(at[2])}") == [made[1]]
    assert listed(both, "created_before=0001-01-01&created_after=9999-12-31T23:59:59Z") == []
    assert listed(both, "created_before=9999-12-31T23:59:59Z&created_after=0001-01-01") == made[::-1]


def test_empty_filters_count_as_not_given(api: Api) -> None:
    made = api.submit_id()
    names = ("state", "label", "action", "review_state", "created_after", "created_before", "limit", "cursor")
    names += ("source", "language", "external_id", "organisation")
    assert listed(api, "&".join(f"{name}=" for name in names)) == [made]


def test_created_after_reads_dates_and_times(api: Api) -> None:
    made = api.submit_id()
    before, after = clock.now() - timedelta(minutes=5), clock.now() + timedelta(minutes=5)

    assert listed(api, f"created_after={clock.isoformat(before)}") == [made]
    assert listed(api, f"created_after={clock.isoformat(after)}") == []
    assert listed(api, f"created_after={before.date() - timedelta(days=1)}") == [made]
    assert listed(api, f"created_after={quote(before.isoformat())}") == [made]
    assert listed(api, f"created_after={before.isoformat()}") == [made]  # its plus reaches us as a space


@pytest.mark.parametrize("follow", ["cursor", "link"])
def test_pages_join_without_gap_or_overlap(api: Api, follow: str) -> None:
    """Also where articles arrive between two pages."""
    made = sorted((api.submit_id() for _ in range(7)), reverse=True)
    seen: list[str] = []
    path: str | None = "/v1/articles?limit=3&state=queued"
    while path:
        answer = api.get(path)
        body: dict[str, Any] = answer.get_json()
        seen += [item["id"] for item in body["data"]]
        assert ("Link" in answer.headers) == (body["next_cursor"] is not None)
        if body["next_cursor"] is None:
            break
        link = answer.headers["Link"]
        assert link.endswith('>; rel="next"')
        path = link[1 : link.index(">")] if follow == "link" else f"/v1/articles?limit=3&cursor={body['next_cursor']}"
        api.submit_id()

    assert seen == made


def test_a_full_last_page_has_no_next(api: Api) -> None:
    api.submit_id()
    api.submit_id()
    assert api.get("/v1/articles?limit=2").json["next_cursor"] is None  # type: ignore[index]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("state=done", "/state"),
        ("state=QUEUED", "/state"),
        ("label=violence.unheard", "/label"),
        ("label=%00", "/label"),
        ("action=delete", "/action"),
        ("review_state=openish", "/review_state"),
        ("created_after=yesterday", "/created_after"),
        ("created_after=2026-02-30", "/created_after"),
        ("created_after=0001-01-01T00:00:00%2B01:00", "/created_after"),
        ("limit=0", "/limit"),
        ("limit=101", "/limit"),
        ("limit=-1", "/limit"),
        ("limit=2.0", "/limit"),
        ("limit=1_0", "/limit"),
        ("limit=%2020", "/limit"),
        ("limit=٣", "/limit"),
        ("limit=99999999999999999999", "/limit"),
        ("cursor=x", "/cursor"),
        ("cursor=%00", "/cursor"),
        ("cursor=" + "A" * 500, "/cursor"),
        ("offset_unit=bytes", "/offset_unit"),
        ("stat=queued", "/stat"),
        ("state=queued&state=failed", "/state"),
        ("limit=2&limit=2", "/limit"),
        ("no%20name=1&no%20name=2", ""),
        ("created_before=yesterday", "/created_before"),
        ("language=EN", "/language"),
        ("source=" + "x" * 301, "/source"),
        ("external_id=" + "x" * 256, "/external_id"),
        ("organisation=" + "x" * 101, "/organisation"),
    ],
)
def test_bad_parameters_are_named(shared: Api, query: str, pointer: str) -> None:
    problem = assert_problem(shared.get(f"/v1/articles?{query}"), 422, "invalid")
    assert [(error["pointer"], error["in"]) for error in problem["errors"]] == [(pointer, "query")]


def test_a_cursor_that_was_tampered_with_is_refused(api: Api) -> None:
    api.submit_id()
    api.submit_id()
    cursor = api.get("/v1/articles?limit=1").json["next_cursor"]  # type: ignore[index]
    for place, character in enumerate(cursor):
        other = cursor[:place] + ("A" if character != "A" else "B") + cursor[place + 1 :]
        assert_problem(api.get(f"/v1/articles?cursor={other}"), 422, "invalid")
    for other in (cursor[:-1], cursor + "A", cursor + "=", cursor[::-1]):
        assert_problem(api.get("/v1/articles", query_string={"cursor": other}), 422, "invalid")


def test_a_cursor_of_another_list_is_refused(admin: Api) -> None:
    for _ in range(2):
        admin.post("/v1/endpoints", json={"url": "https://receiver.example.org/a"})
    cursor = admin.get("/v1/endpoints?limit=1").json["next_cursor"]  # type: ignore[index]

    assert admin.get(f"/v1/endpoints?cursor={cursor}").status_code == 200
    assert_problem(admin.get(f"/v1/articles?cursor={cursor}"), 422, "invalid")
