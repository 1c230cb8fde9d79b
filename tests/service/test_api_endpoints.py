"""/v1/endpoints: receivers, their deliveries, and once more on request."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from store import audit, clock, sending
from store.sending import Attempt
from store.tables import AuditEntryRow, DeliveryRow, EndpointRow
from tests.service.conftest import Api, assert_problem, finish
from tests.store.makers import ALL, make_due

URL = "https://receiver.example.org/hooks"


@pytest.fixture
def endpoint(admin: Api) -> dict[str, Any]:
    answer = admin.post("/v1/endpoints", json={"url": URL, "description": "the CMS"})
    assert answer.status_code == 201
    made: dict[str, Any] = answer.get_json()
    return made


def test_a_new_endpoint_shows_its_secret_once(admin: Api) -> None:
    answer = admin.post("/v1/endpoints", json={"url": URL, "events": ["article.failed", "article.classified"]})
    made = answer.get_json()

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/endpoints/{made['id']}"
    assert made["secret"].startswith("whsec_")
    assert made["events"] == ["article.classified", "article.failed"]
    again = admin.get(answer.headers["Location"])
    assert made.pop("secret") not in again.text
    assert again.json == made
    assert admin.get("/v1/endpoints").json == {"data": [made], "next_cursor": None}


def test_all_article_events_are_the_default(endpoint: dict[str, Any]) -> None:
    assert endpoint["events"] == ["article.appealed", "article.classified", "article.failed", "article.reviewed"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/url"),
        ({"url": "http://receiver.example.org"}, "/url"),
        ({"url": "https://127.0.0.1/"}, "/url"),
        ({"url": "https://[::1]/"}, "/url"),
        ({"url": "https://user:pass@example.org/"}, "/url"),
        ({"url": 7}, "/url"),
        ({"url": "https://example.org/\u0000"}, "/url"),
        ({"url": URL, "events": []}, "/events"),
        ({"url": URL, "events": ["article.unheard"]}, "/events"),
        ({"url": URL, "events": "article.failed"}, "/events"),
        ({"url": URL, "events": [None]}, "/events/0"),
        ({"url": URL, "description": "x" * 501}, "/description"),
        ({"url": URL, "secret": "whsec_mine"}, "/secret"),
    ],
)
def test_bad_endpoints_are_refused(admin: Api, fields: dict[str, Any], pointer: str) -> None:
    problem = assert_problem(admin.post("/v1/endpoints", json=fields), 422, "invalid")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_a_private_address_is_allowed_where_the_setting_says_so(admin: Api, settings: Any) -> None:
    from service.app import create_app

    app = create_app(settings.model_copy(update={"allow_private_webhooks": True}), database=admin.database)
    open_minded = Api(app, admin.database, admin.key, admin.key_id)
    assert open_minded.post("/v1/endpoints", json={"url": "http://127.0.0.1:9000/"}).status_code == 201


def test_a_change_touches_only_what_it_names(admin: Api, endpoint: dict[str, Any]) -> None:
    path = f"/v1/endpoints/{endpoint['id']}"
    endpoint.pop("secret")

    assert admin.request("PATCH", path, json={}).json == endpoint
    changed = admin.request("PATCH", path, json={"events": ["article.failed"], "is_enabled": False}).json
    switched_off = {"is_enabled": False, "disabled_reason": "switched off on request"}
    assert changed == {**endpoint, "events": ["article.failed"], **switched_off}
    changed = admin.request("PATCH", path, json={"is_enabled": True, "description": None}).json
    assert changed == {**endpoint, "events": ["article.failed"], "description": None}
    assert_problem(admin.request("PATCH", path, json={"url": "https://10.0.0.1/"}), 422, "invalid")
    assert_problem(admin.request("PATCH", path, json={"is_enabled": 1}), 422, "invalid")
    assert admin.get(path).json == changed


def test_a_deleted_endpoint_is_gone_with_its_deliveries(admin: Api, endpoint: dict[str, Any]) -> None:
    path = f"/v1/endpoints/{endpoint['id']}"
    admin.post(f"{path}/test")
    answer = admin.request("DELETE", path)

    assert (answer.status_code, answer.data) == (204, b"")
    assert_problem(admin.get(path), 404, "not_found")
    assert_problem(admin.request("DELETE", path), 404, "not_found")
    with admin.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DeliveryRow)) == 0


def test_a_callback_of_an_article_is_no_endpoint(admin: Api) -> None:
    """It belongs to its article: neither listed nor reached by its id."""
    admin.submit(fields={"callback_url": URL})
    with admin.database.reading() as session:
        callback = session.scalars(select(EndpointRow.id)).one()

    assert admin.get("/v1/endpoints").json == {"data": [], "next_cursor": None}
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/deliveries")):
        assert_problem(admin.request(method, f"/v1/endpoints/{callback}{path}"), 404, "not_found")


def test_a_test_event_goes_to_one_endpoint(admin: Api, endpoint: dict[str, Any]) -> None:
    admin.post("/v1/endpoints", json={"url": URL})
    answer = admin.post(f"/v1/endpoints/{endpoint['id']}/test")

    assert answer.status_code == 202
    delivery = answer.get_json()
    assert (delivery["event_type"], delivery["state"], delivery["attempts"]) == ("endpoint.test", "pending", [])
    with admin.database.reading() as session:
        assert session.scalars(select(DeliveryRow.id)).all() == [delivery["id"]]
        assert sending.count_due(session) == 1


def test_an_endpoint_that_is_off_gets_nothing_on_request(admin: Api, endpoint: dict[str, Any]) -> None:
    path = f"/v1/endpoints/{endpoint['id']}"
    delivery = admin.post(f"{path}/test").get_json()
    admin.request("PATCH", path, json={"is_enabled": False})

    assert_problem(admin.post(f"{path}/test"), 409, "conflict")
    assert_problem(admin.post(f"/v1/deliveries/{delivery['id']}/redeliver"), 409, "conflict")


def attempt(admin: Api, *, status: int | None, failure: str | None = None) -> None:
    """What a deliver worker does with the one delivery that is due."""
    make_due(admin.database)
    with admin.database.writing() as session:
        (dispatch,) = sending.claim_deliveries(session, limit=5, share=ALL)
        assert sending.record_attempt(session, dispatch, Attempt(clock.now(), 12, status, failure))


def test_deliveries_are_listed_with_their_attempts(admin: Api, endpoint: dict[str, Any]) -> None:
    article_id = admin.submit_id()
    finish(admin.database, article_id)
    attempt(admin, status=None, failure="connection refused")
    attempt(admin, status=500)
    attempt(admin, status=204)

    (delivery,) = admin.get(f"/v1/endpoints/{endpoint['id']}/deliveries").get_json()["data"]

    assert (delivery["article_id"], delivery["event_type"]) == (article_id, "article.classified")
    assert (delivery["state"], delivery["attempt_count"], delivery["next_attempt_at"]) == ("delivered", 3, None)
    assert [(made["number"], made["status"], made["failure"]) for made in delivery["attempts"]] == [
        (1, None, "connection refused"), (2, 500, None), (3, 204, None),
    ]  # fmt: skip


def test_deliveries_page(admin: Api, endpoint: dict[str, Any]) -> None:
    path = f"/v1/endpoints/{endpoint['id']}"
    made = sorted((admin.post(f"{path}/test").get_json()["id"] for _ in range(3)), reverse=True)
    first = admin.get(f"{path}/deliveries?limit=2").get_json()
    second = admin.get(f"{path}/deliveries?limit=2&cursor={first['next_cursor']}").get_json()

    assert [item["id"] for item in first["data"] + second["data"]] == made
    assert second["next_cursor"] is None


def test_a_delivery_is_sent_again_on_request(admin: Api, endpoint: dict[str, Any]) -> None:
    """The same event, due at once, whether it was delivered or given up."""
    delivery = admin.post(f"/v1/endpoints/{endpoint['id']}/test").get_json()
    for status in (200, 410):
        attempt(admin, status=status)
        admin.request("PATCH", f"/v1/endpoints/{endpoint['id']}", json={"is_enabled": True})
        answer = admin.post(f"/v1/deliveries/{delivery['id']}/redeliver")
        assert answer.status_code == 202
        again = answer.get_json()
        assert (again["event_id"], again["state"]) == (delivery["event_id"], "pending")
        with admin.database.reading() as session:
            assert sending.count_due(session) == 1


def test_a_delivery_under_way_is_left_to_its_worker(admin: Api, endpoint: dict[str, Any]) -> None:
    delivery = admin.post(f"/v1/endpoints/{endpoint['id']}/test").get_json()
    with admin.database.writing() as session:
        (dispatch,) = sending.claim_deliveries(session, limit=5, share=ALL)

    assert admin.post(f"/v1/deliveries/{delivery['id']}/redeliver").status_code == 202
    with admin.database.reading() as session:
        assert session.get_one(DeliveryRow, delivery["id"]).lease_token == dispatch.token
        assert sending.count_due(session) == 0


# --- headers, pauses, secrets ---------------------------------------------------------------------


def test_values_of_headers_are_never_shown(admin: Api) -> None:
    made = admin.post("/v1/endpoints", json={"url": URL, "headers": {"Authorization": "Bearer of theirs"}})
    path = made.headers["Location"]
    changed = admin.request("PATCH", path, json={"headers": {"Authorization": "***", "X-Tenant": "t 1"}})

    for answer in (made, changed, admin.get(path), admin.get("/v1/endpoints")):
        assert "of theirs" not in answer.text
    assert changed.get_json()["headers"] == {"Authorization": "***", "X-Tenant": "***"}
    with admin.database.reading() as session:
        kept = session.scalars(select(EndpointRow.headers)).one()
    assert kept == {"Authorization": "Bearer of theirs", "X-Tenant": "t 1"}


@pytest.mark.parametrize(
    "headers", [{"Host": "x"}, {"webhook-id": "x"}, {"X": "a\r\nb"}, {"X": "***"}, {f"X{n}": "v" for n in range(11)}]
)
def test_headers_of_ours_or_that_break_the_request_are_refused(
    admin: Api, endpoint: dict[str, Any], headers: dict[str, str]
) -> None:
    for answer in (
        admin.post("/v1/endpoints", json={"url": URL, "headers": headers}),
        admin.request("PATCH", f"/v1/endpoints/{endpoint['id']}", json={"headers": headers}),
    ):
        problem = assert_problem(answer, 422, "invalid")
        assert [error["pointer"] for error in problem["errors"]] == ["/headers"]


def test_a_name_that_leads_inside_is_refused_wherever_it_is_given(admin: Api, endpoint: dict[str, Any]) -> None:
    """The door of the deliveries stands at every place where a URL comes in."""
    inside = "https://inside.example.org/hooks"
    for answer in (
        admin.post("/v1/endpoints", json={"url": inside}),
        admin.request("PATCH", f"/v1/endpoints/{endpoint['id']}", json={"url": inside}),
        admin.submit(fields={"callback_url": inside}),
    ):
        problem = assert_problem(answer, 422, "invalid")
        assert problem["errors"][0]["detail"] == "It must not point to a private address."


def test_a_pause_holds_what_happens_meanwhile(admin: Api, endpoint: dict[str, Any]) -> None:
    path = f"/v1/endpoints/{endpoint['id']}"
    assert admin.request("PATCH", path, json={"is_paused": True}).get_json()["is_paused"] is True
    finish(admin.database, admin.submit_id())
    (held,) = admin.get(f"{path}/deliveries").get_json()["data"]
    assert (held["state"], held["next_attempt_at"]) == ("pending", None)
    admin.request("PATCH", path, json={"is_paused": False})
    (due,) = admin.get(f"{path}/deliveries").get_json()["data"]
    assert due["next_attempt_at"] is not None


def test_a_rotated_secret_is_shown_once(admin: Api, endpoint: dict[str, Any]) -> None:
    answer = admin.post(f"/v1/endpoints/{endpoint['id']}/rotate-secret")
    made = answer.get_json()

    assert answer.status_code == 200
    assert made["secret"].startswith("whsec_")
    assert made["secret"] != endpoint["secret"]
    assert made["old_secret_until"] is not None
    again = admin.get(f"/v1/endpoints/{endpoint['id']}").text
    assert made["secret"] not in again
    assert endpoint["secret"] not in again


def test_a_key_s_callback_secret_is_rotated_by_the_key(api: Api) -> None:
    fields = {"callback_url": "https://receiver.example.org/a"}
    before = api.submit(fields=fields).get_json()["callback_secret"]
    answer = api.post("/v1/callback-secret/rotate")
    made = answer.get_json()

    assert answer.status_code == 200
    assert made["callback_secret"] != before
    assert api.submit(fields=fields).get_json()["callback_secret"] == made["callback_secret"]


# --- what failed ----------------------------------------------------------------------------------


def fail_all(admin: Api, *, day: str = "2026-11-20") -> None:
    moment = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    with admin.database.writing() as session:
        pending = update(DeliveryRow).where(DeliveryRow.state == "pending")
        session.execute(pending.values(state="failed", next_attempt_at=None, created_at=moment))


def test_failed_deliveries_of_all_endpoints_are_listed(admin: Api, endpoint: dict[str, Any]) -> None:
    other = admin.post("/v1/endpoints", json={"url": URL}).get_json()["id"]
    made = [admin.post(f"/v1/endpoints/{one}/test").get_json()["id"] for one in (endpoint["id"], other)]
    fail_all(admin)
    waiting = admin.post(f"/v1/endpoints/{other}/test").get_json()["id"]

    def listed(query: str) -> list[str]:
        return [item["id"] for item in admin.get(f"/v1/deliveries{query}").get_json()["data"]]

    assert sorted(listed("?state=failed")) == sorted(made)
    assert listed(f"?state=failed&endpoint_id={other}") == [made[1]]
    assert listed("?state=pending") == [waiting]
    first = admin.get("/v1/deliveries?limit=2").get_json()
    assert len(first["data"]) == 2
    assert len(listed(f"?limit=2&cursor={first['next_cursor']}")) == 1
    assert_problem(admin.get("/v1/deliveries?state=lost"), 422, "invalid")
    assert admin.get(f"/v1/deliveries/{waiting}").get_json()["id"] == waiting


def test_a_span_of_time_or_all_that_failed_is_sent_again(admin: Api, endpoint: dict[str, Any]) -> None:
    path = f"/v1/endpoints/{endpoint['id']}"
    for day in ("2026-11-20", "2026-11-21", "2026-11-22"):
        admin.post(f"{path}/test")
        fail_all(admin, day=day)

    span = admin.post(f"{path}/redeliver", json={"since": "2026-11-21", "until": "2026-11-22T00:00:00Z"})
    assert (span.status_code, span.get_json()) == (202, {"count": 1})
    assert admin.post(f"{path}/redeliver", json={}).get_json() == {"count": 2}
    assert admin.post(f"{path}/redeliver", json={}).get_json() == {"count": 0}
    assert_problem(admin.post(f"{path}/redeliver", json={"since": "yesterday"}), 422, "invalid")
    admin.request("PATCH", path, json={"is_enabled": False})
    assert_problem(admin.post(f"{path}/redeliver", json={}), 409, "conflict")


def test_what_is_done_to_endpoints_is_in_the_audit_log(admin: Api) -> None:
    path = admin.post("/v1/endpoints", json={"url": URL}).headers["Location"]
    admin.request("PATCH", path, json={"description": "new"})
    admin.post(f"{path}/rotate-secret")
    admin.post(f"{path}/test")
    fail_all(admin)
    admin.post(f"{path}/redeliver", json={})
    admin.request("DELETE", path)

    with admin.database.reading() as session:
        rows = session.scalars(select(AuditEntryRow).where(AuditEntryRow.action != "key_added")).all()
        assert audit.verify(session).broken_at is None
    assert [row.action for row in rows] == [
        "endpoint_added", "endpoint_changed", "secret_rotated", "redelivered", "endpoint_deleted",
    ]  # fmt: skip
    assert {(row.actor, row.subject) for row in rows} == {(admin.key_id, path.rsplit("/", 1)[1])}
