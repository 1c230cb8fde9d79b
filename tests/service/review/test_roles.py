"""Every page, every role: who may see it and who is told that the role does not allow it."""

import re
from collections.abc import Mapping

import pytest
from apiflask import APIFlask

from store import appeals, bulk, endpoints, keys, roles, saved_views
from store.appeals import NewAppeal
from store.database import Database
from store.tables import ArticleRow
from tests.service.review.conftest import SAME_ORIGIN, MakePerson
from tests.service.review.test_article import add_sample

# What each page of /review asks for; None: nothing, or only to be signed in. One that is not here fails the test below.
PAGES: Mapping[tuple[str, str], str | None] = {
    # --- people
    ("GET", "/review/sign-in"): None,
    ("POST", "/review/sign-in"): None,
    ("GET", "/review/sign-in/code"): None,
    ("POST", "/review/sign-in/code"): None,
    ("POST", "/review/sign-out"): None,
    ("GET", "/review/password"): None,
    ("POST", "/review/password"): None,
    ("GET", "/review/second-factor"): None,
    ("POST", "/review/second-factor"): None,
    ("POST", "/review/second-factor/off"): None,
    # --- articles and organisations
    ("GET", "/review/"): "read",
    ("POST", "/review/next"): "decide",
    ("POST", "/review/articles/<article_id>/claim"): "decide",
    ("POST", "/review/articles/<article_id>/release"): "decide",
    ("POST", "/review/views"): "read",
    ("POST", "/review/views/<view_id>/delete"): "read",
    ("POST", "/review/bulk"): "decide_in_bulk",
    ("POST", "/review/bulk/carry-out"): "decide_in_bulk",
    ("GET", "/review/bulk/<bulk_id>"): "decide_in_bulk",
    ("POST", "/review/bulk/<bulk_id>/undo"): "decide_in_bulk",
    ("GET", "/review/appeals"): "rule_appeals",
    ("GET", "/review/appeals/<appeal_id>"): "rule_appeals",
    ("POST", "/review/appeals/<appeal_id>"): "rule_appeals",
    ("GET", "/review/policy"): "see_policy",
    ("POST", "/review/policy"): "manage_policy",
    ("POST", "/review/policy/preview"): "see_policy",
    ("GET", "/review/policy/versions/<int:version>"): "see_policy",
    ("GET", "/review/live"): "read",
    ("GET", "/review/news"): "read",
    ("GET", "/review/articles/<article_id>"): "read",
    ("POST", "/review/articles/<article_id>/renew"): "decide",
    ("GET", "/review/articles/<article_id>/labelled"): "read",
    ("POST", "/review/articles/<article_id>/undo"): "decide",
    ("GET", "/review/comfort"): "read",
    ("POST", "/review/comfort"): "read",
    ("GET", "/review/keyboard"): "read",
    ("GET", "/review/suggestions"): "see_suggestions",
    ("POST", "/review/articles/<article_id>/decisions"): "decide",
    ("GET", "/review/organisations"): "read",
    ("GET", "/review/organisations/<organisation_id>"): "read",
    # --- endpoints and deliveries
    ("GET", "/review/endpoints"): "see_deliveries",
    ("POST", "/review/endpoints"): "manage_endpoints",
    ("GET", "/review/endpoints/<endpoint_id>"): "see_deliveries",
    ("POST", "/review/endpoints/<endpoint_id>"): "manage_endpoints",
    ("POST", "/review/endpoints/<endpoint_id>/<action>"): "manage_endpoints",
    ("GET", "/review/deliveries"): "see_deliveries",
    ("POST", "/review/deliveries/redeliver"): "manage_endpoints",
    # --- API keys
    ("GET", "/review/keys"): "see_keys",
    ("POST", "/review/keys"): "manage_keys",
    ("GET", "/review/keys/<key_id>"): "see_keys",
    ("POST", "/review/keys/<key_id>"): "manage_keys",
    ("POST", "/review/keys/<key_id>/rotate"): "manage_keys",
    ("POST", "/review/keys/<key_id>/revoke"): "manage_keys",
    # --- audit log
    ("GET", "/review/audit"): "see_audit",
    ("POST", "/review/audit/export"): "see_audit",
    # --- figures
    ("GET", "/review/figures"): "see_figures",
    ("GET", "/review/figures/<file_format>"): "see_figures",
    # --- the installation and its people
    ("GET", "/review/system"): "see_system",
    ("POST", "/review/system/verify"): "see_audit",
    ("GET", "/review/people"): "see_people",
    ("POST", "/review/people"): "manage_people",
    ("GET", "/review/people/<user_id>"): "see_people",
    ("POST", "/review/people/<user_id>/role"): "manage_people",
    ("POST", "/review/people/<user_id>/switch"): "manage_people",
    ("POST", "/review/people/<user_id>/password"): "manage_people",
    ("POST", "/review/people/<user_id>/second-factor"): "manage_people",
    # --- the rest
    ("GET", "/review/static/<path:filename>"): None,
    ("GET", "/review/<path:path>"): None,
}
MAY = {
    "moderator": {"read", "decide"},
    "lead": {
        "read",
        "decide",
        "close_escalated",
        "see_suggestions",
        "decide_in_bulk",
        "rule_appeals",
        "see_policy",
        "see_deliveries",
        "see_figures",
    },
    "admin": set(roles.PERMISSIONS),
    "auditor": {
        "read",
        "see_suggestions",
        "see_policy",
        "see_deliveries",
        "see_keys",
        "see_audit",
        "see_figures",
        "see_system",
        "see_people",
    },
}


def test_every_page_is_in_the_table(app: APIFlask) -> None:
    pages = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/review/")
    }
    assert pages == set(PAGES)


def test_what_each_role_may_is_what_this_table_says() -> None:
    assert set(MAY) == set(roles.ROLES)
    for role, permissions in MAY.items():
        assert {name for name in roles.PERMISSIONS if roles.is_allowed(role, name)} == permissions
    assert not any(roles.is_allowed("captain", permission) for permission in roles.PERMISSIONS)
    with pytest.raises(ValueError, match="unknown permission"):
        roles.is_allowed("admin", "fly")


@pytest.mark.parametrize("role", roles.ROLES)
def test_a_role_opens_its_pages_and_no_others(make_person: MakePerson, database: Database, role: str) -> None:
    person = make_person("somebody", role=role)
    article_id, add_other = add_sample(database), add_sample(database)
    url = "https://receiver.example.org/hooks"
    with database.writing() as session:
        endpoint_id = endpoints.add_endpoint(session, url, events=["article.failed"]).id
        key_id = keys.add_key(session, "a key", name="a key", scopes=["read"]).id
        reviewed = session.get_one(ArticleRow, article_id)
        appeal_id = appeals.add_appeal(session, reviewed, NewAppeal("It was a quotation.", "key_1")).id
        bulk_id = bulk.carry_out(session, {add_other: None}, deed="allow", reviewer="usr_1").id
        view_id = saved_views.save_view(session, owner_id=person.user_id, name="mine", query={}).id
    names = {"article_id": article_id, "organisation_id": "islamic-state", "endpoint_id": endpoint_id, "action": "test"}
    names |= {"key_id": key_id, "appeal_id": appeal_id, "bulk_id": bulk_id, "view_id": view_id, "version": "1"}
    names |= {"file_format": "csv", "user_id": make_person("another").user_id}
    form = {"action": "allow", "url": url, "events": "article.failed", "deed": "allow", "ruling": "upheld"}
    form |= {"name": "house", "over": "1", "scopes": "read"}
    of_people = {"role": "lead", "state": "off"}
    for (method, rule), permission in PAGES.items():
        if permission is None:
            continue
        path = re.sub(r"<(?:int:)?(\w+)>", lambda found: names[found[1]], rule)
        path += "?since=0123456789ab" if rule == "/review/news" else ""
        sent = {name: value for name, value in form.items() if name != "action" or "appeals" not in rule}
        sent |= of_people if "people" in rule else {}
        answer = person.client.open(path, method=method, data=sent, headers=SAME_ORIGIN)
        is_signed_in = "sign-in" not in answer.headers.get("Location", "")
        is_open = is_signed_in and answer.status_code in (200, 201, 204, 303, 409, 422)
        assert is_open == (permission in MAY[role]), (method, rule, answer.status_code)
        if not is_open:
            assert answer.status_code == 403
            assert "Your role does not allow this." in answer.text


def test_the_menu_offers_what_the_role_opens(make_person: MakePerson) -> None:
    for role in roles.ROLES:
        menu = make_person(role, role=role).get("/review/").text
        assert ('href="/review/audit"' in menu) == ("see_audit" in MAY[role])
        assert ('href="/review/keys"' in menu) == ("see_keys" in MAY[role])
        assert ('href="/review/figures"' in menu) == ("see_figures" in MAY[role])
        assert ('href="/review/system"' in menu) == ("see_system" in MAY[role])
        assert ('href="/review/people"' in menu) == ("see_people" in MAY[role])
        assert ('href="/review/endpoints"' in menu) == ("see_deliveries" in MAY[role])
