"""Who may do what: keys, scopes, and one caller's articles hidden from the others."""

from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import update

from store import clock, keys
from store.database import Database
from store.keys import Grant
from store.tables import ApiKeyRow
from tests.service.conftest import Api, assert_problem, finish, make_caller

NO_ID = "0" * 32
# What each route of /v1 asks for. A route that is not here fails the test below.
SCOPES = {
    # --- articles
    ("POST", "/v1/articles"): "submit",
    ("GET", "/v1/articles"): "read",
    ("POST", "/v1/articles/batch"): "submit",
    ("GET", "/v1/articles/<article_id>"): "read",
    ("DELETE", "/v1/articles/<article_id>"): "submit",
    ("GET", "/v1/articles/<article_id>/labelled"): "read",
    ("POST", "/v1/articles/<article_id>/decisions"): "review",
    ("GET", "/v1/articles/<article_id>/decisions"): "read",
    ("POST", "/v1/articles/<article_id>/appeals"): "submit",
    ("GET", "/v1/articles/<article_id>/appeals"): "read",
    ("POST", "/v1/articles/<article_id>/appeals/<appeal_id>/ruling"): "review",
    # --- endpoints and deliveries
    ("POST", "/v1/endpoints"): "admin",
    ("GET", "/v1/endpoints"): "admin",
    ("GET", "/v1/endpoints/<endpoint_id>"): "admin",
    ("PATCH", "/v1/endpoints/<endpoint_id>"): "admin",
    ("DELETE", "/v1/endpoints/<endpoint_id>"): "admin",
    ("POST", "/v1/endpoints/<endpoint_id>/test"): "admin",
    ("GET", "/v1/endpoints/<endpoint_id>/deliveries"): "admin",
    ("POST", "/v1/endpoints/<endpoint_id>/rotate-secret"): "admin",
    ("POST", "/v1/endpoints/<endpoint_id>/redeliver"): "admin",
    ("POST", "/v1/callback-secret/rotate"): "submit",
    ("GET", "/v1/deliveries"): "admin",
    ("GET", "/v1/deliveries/<delivery_id>"): "admin",
    ("POST", "/v1/deliveries/<delivery_id>/redeliver"): "admin",
    # --- keys
    ("POST", "/v1/keys"): "admin",
    ("GET", "/v1/keys"): "admin",
    ("GET", "/v1/keys/<key_id>"): "admin",
    ("PATCH", "/v1/keys/<key_id>"): "admin",
    ("POST", "/v1/keys/<key_id>/rotate"): "admin",
    ("DELETE", "/v1/keys/<key_id>"): "admin",
    # --- organisations and policy
    ("GET", "/v1/organisations"): "read",
    ("GET", "/v1/organisations/<organisation_id>"): "read",
    ("POST", "/v1/organisations"): "admin",
    ("PUT", "/v1/organisations/<organisation_id>"): "admin",
    ("DELETE", "/v1/organisations/<organisation_id>"): "admin",
    ("GET", "/v1/policy"): "read",
    ("PUT", "/v1/policy"): "admin",
    ("POST", "/v1/policy/preview"): "admin",
    ("GET", "/v1/policy/versions"): "read",
}


BODIES = {"appeals": {"reason": "It was a quotation."}, "ruling": {"ruling": "upheld"}}


def path_of(rule: str) -> str:
    for name, prefix in (
        ("article", "art"),
        ("endpoint", "ep"),
        ("delivery", "dlv"),
        ("key", "key"),
        ("appeal", "app"),
    ):
        rule = rule.replace(f"<{name}_id>", f"{prefix}_{NO_ID}")
    return rule.replace("<organisation_id>", "nobody-knows")


def test_every_route_has_its_scope_in_the_table(app: APIFlask) -> None:
    routes = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/v1/")
    }
    assert routes == set(SCOPES)


@pytest.mark.parametrize(("method", "rule"), SCOPES)
def test_without_a_key_nothing_is_answered(shared: Api, method: str, rule: str) -> None:
    answer = shared.app.test_client().open(path_of(rule), method=method, json={})
    assert_problem(answer, 401, "no_key")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "rule"), SCOPES)
def test_the_scope_is_needed(shared: Api, method: str, rule: str) -> None:
    """Every other scope is not enough; the right one gets past the door."""
    needed, app, database = SCOPES[method, rule], shared.app, shared.database
    others = make_caller(
        app, database, f"others-{method}-{rule}", [scope for scope in ("submit", "read", "review") if scope != needed]
    )
    answer = others.request(method, path_of(rule), json={})
    assert_problem(answer, 403, "insufficient_scope")
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]

    right = make_caller(app, database, f"right-{method}-{rule}", [needed])
    assert right.request(method, path_of(rule), json={}).status_code not in (401, 403)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer wrong", "Basic a2V5OmtleQ==", "Bearer \xff\xfe", "key-of-shared-0123456789",
     "Bearer key-of-shared-0123456789x", "Bearer key-of-shared-0123456789, Bearer x", "Bearer " + "x" * 5_000],
)  # fmt: skip
def test_a_wrong_key_is_refused(shared: Api, authorization: str) -> None:
    answer = shared.get("/v1/articles", headers={"Authorization": authorization})
    assert_problem(answer, 401, "no_key")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_scheme_is_read_in_any_case(api: Api) -> None:
    """RFC 9110, section 11.1."""
    assert api.get("/v1/articles", headers={"Authorization": f"bearer {api.key}"}).status_code == 200


def test_a_revoked_key_is_refused(api: Api) -> None:
    with api.database.writing() as session:
        assert keys.revoke_key(session, api.key_id)
    assert_problem(api.get("/v1/articles"), 401, "no_key")


def test_the_last_use_of_a_key_is_remembered_by_the_minute(api: Api) -> None:
    def used_at() -> object:
        with api.database.reading() as session:
            return session.get_one(ApiKeyRow, api.key_id).last_used_at

    api.get("/v1/articles")
    first = used_at()
    api.get("/v1/articles")
    assert first is not None
    assert used_at() == first

    with api.database.writing() as session:
        session.execute(update(ApiKeyRow).values(last_used_at=clock.now() - timedelta(seconds=61)))
    api.get("/v1/articles")
    assert used_at() > first  # type: ignore[operator]


def test_a_strangers_article_is_not_there(api: Api, stranger: Api, admin: Api) -> None:
    """404 on every route of an article, as if it had never been; and not in the list. An admin sees it."""
    article_id = api.submit_id()
    for method, rule in SCOPES:
        if "<article_id>" in rule:
            path = rule.replace("<article_id>", article_id)
            body = BODIES.get(rule.rsplit("/", 1)[-1], {"action": "allow"})
            path = path.replace("<appeal_id>", f"app_{NO_ID}")
            answer = stranger.request(method, path, json=body)
            missing = stranger.request(method, path_of(rule), json=body)
            assert_problem(answer, 404, "not_found")
            assert answer.json["detail"] == missing.json["detail"]  # type: ignore[index]
    assert stranger.get("/v1/articles").json == {"data": [], "next_cursor": None}
    assert admin.get(f"/v1/articles/{article_id}").status_code == 200
    assert [item["id"] for item in admin.get("/v1/articles").json["data"]] == [article_id]  # type: ignore[index]


def test_a_key_that_cannot_send_sees_what_others_sent(app: APIFlask, api: Api, database: Database) -> None:
    """Unless it was made to see its own alone, which are none; one that sends and sees all exists as well."""
    article_id = api.submit_id()
    finish(database, article_id)
    seeing = {
        "reader": (Grant(["read", "review"]), True),
        "blind": (Grant(["read", "review"], sees="own"), False),
        "sender": (Grant(["submit", "read", "review"]), False),
        "desk": (Grant(["submit", "read", "review"], sees="all"), True),
    }
    for name, (grant, sees) in seeing.items():
        with database.writing() as session:
            keys.grant_key(session, f"key-of-{name}-0123456789", grant, name=name, actor="cli")
        caller = Api(app, database, f"key-of-{name}-0123456789", name)
        listed = [item["id"] for item in caller.get("/v1/articles").get_json()["data"]]
        statuses = [caller.get(f"/v1/articles/{article_id}{part}").status_code for part in ("", "/labelled")]
        decided = caller.post(f"/v1/articles/{article_id}/decisions", json={"action": "allow"}).status_code
        assert (listed, statuses, decided) == (([article_id], [200, 200], 201) if sees else ([], [404, 404], 404)), name
        if name == "desk":  # it sees what another sent; to erase that is the sender's, or an admin's
            assert_problem(caller.request("DELETE", f"/v1/articles/{article_id}"), 403, "insufficient_scope")


@pytest.mark.parametrize(
    "bad_id", ["x", "art_", "art_%00", f"ep_{NO_ID}", f"art_{'0' * 31}%0A", "art_" + "ы" * 32, "%FF"]
)
def test_what_cannot_be_an_id_is_not_there(admin: Api, bad_id: str) -> None:
    for method, rule in SCOPES:
        if "<" in rule and "<organisation_id>" not in rule:  # those are words: test_api_organisations.py
            kind = next((name for name in ("endpoint", "delivery", "key") if f"<{name}_id>" in rule), "article")
            given = bad_id if kind == "article" else bad_id.replace("ep_", "art_")
            path = rule.replace(f"<{kind}_id>", given).replace("<appeal_id>", given.replace("art_", "app_"))
            body = {"json": {"action": "allow"}} if "decisions" in rule and method == "POST" else {}
            last = rule.rsplit("/", 1)[-1]
            body = {"json": BODIES[last]} if last in BODIES and method == "POST" else body
            body = {"json": {}} if method == "PATCH" or rule.endswith("<endpoint_id>/redeliver") else body
            assert_problem(admin.request(method, path, **body), 404, "not_found")
