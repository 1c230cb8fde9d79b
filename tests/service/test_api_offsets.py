"""``?offset_unit``: spans cut the same words out of the same text, in Python's units and in JavaScript's."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from models.types import Evidence, Finding, ViolenceReport
from tests.service.conftest import Api, assert_problem, finish
from tests.store import makers

TEXTS = {
    "emoji": "😀 One 👩‍👩‍👧‍👦 family 🏳️‍🌈 and 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 were killed 😱😱.",
    "combining marks": "Cafe\u0301 na\u0308ive Z\u0351\u036b\u0343algo \U00016d43\U00016d67 взрыв и\u0306од.",
    "right to left": "قُتل شخصان 😀 في الهجوم \u202eabc\u202c ושני בני אדם נהרגו.",
    "CRLF": "First 😀 line.\r\nSecond line.\r\n\r\nThird 💣 line.\rLast.",
    "plain": "Two people were killed.",
}


def report_of_words(text: str) -> Any:
    evidence = tuple(Evidence(m.start(), m.end(), m[0], "A word.") for m in re.finditer(r"\S+", text))
    return makers.make_report(
        violence=ViolenceReport("ok", 0.9, 0.1, 0.0, 5, findings=(Finding("violence.killing", 0.9, evidence),)),
        text=text,
    )


def spans(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "start" in value and "text" in value:
            yield value
        for item in value.values():
            yield from spans(item)
    elif isinstance(value, list):
        for item in value:
            yield from spans(item)


def cut_as_javascript(text: str, start: int, end: int) -> str:
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_spans_cut_the_same_words_in_either_unit(both: Api, text: str) -> None:
    article_id = both.submit_id(content=text)
    finish(both.database, article_id, report=report_of_words(text))
    path = f"/v1/articles/{article_id}"

    by_unit = {unit: both.get(f"{path}?offset_unit={unit}").get_json() for unit in ("code_point", "utf16")}
    assert both.get(path).get_json() == by_unit["code_point"]
    points, units = (list(spans(by_unit[unit]["report"])) for unit in ("code_point", "utf16"))
    assert len(points) == len(units) == len(text.split()) > 3
    for point, unit in zip(points, units, strict=True):
        assert text[point["start"] : point["end"]] == point["text"] == unit["text"]
        assert cut_as_javascript(text, unit["start"], unit["end"]) == unit["text"]
    assert (points != units) == any(character > "\uffff" for character in text)


@pytest.mark.parametrize("path", ["/labelled", "/labelled?format=html", "/decisions"])
def test_what_has_no_spans_is_the_same_in_either_unit(api: Api, path: str) -> None:
    text = TEXTS["CRLF"]
    article_id = api.submit_id(content=text)
    finish(api.database, article_id, report=report_of_words(text))
    path = f"/v1/articles/{article_id}{path}"
    joined = "&" if "?" in path else "?"
    answers = [api.get(f"{path}{joined}offset_unit={unit}") for unit in ("code_point", "utf16")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].data == answers[1].data
    if path.endswith("/labelled"):
        assert answers[0].data.decode() == text


def test_every_get_takes_the_unit_and_no_other_word(admin: Api) -> None:
    """Also those that have no spans: a client may send it with each."""
    article_id = admin.submit_id()
    finish(admin.database, article_id)
    endpoint = admin.post("/v1/endpoints", json={"url": "https://receiver.example.org/a"}).get_json()["id"]
    admin.post(f"/v1/endpoints/{endpoint}/test")
    delivery = admin.get("/v1/deliveries").get_json()["data"][0]["id"]
    ids = {"article_id": article_id, "endpoint_id": endpoint, "delivery_id": delivery, "organisation_id": "hamas"}
    ids["key_id"] = admin.key_id
    ids["organisation_id"] = admin.get("/v1/organisations?limit=1").get_json()["data"][0]["id"]
    paths = [
        re.sub(r"<(\w+)>", lambda found: ids[found[1]], rule.rule)
        for rule in admin.app.url_map.iter_rules()
        if rule.rule.startswith("/v1/") and "GET" in (rule.methods or ())
    ]
    assert len(paths) >= 11
    for path in paths:
        for unit in ("code_point", "utf16"):
            assert admin.get(f"{path}?offset_unit={unit}").status_code == 200, path
        for bad in ("offset_unit=bytes", "unknown=1", "offset_unit=utf16&offset_unit=utf16"):
            assert_problem(admin.get(f"{path}?{bad}"), 422, "invalid")
