"""Comfort: how pages look is the person's own choice, and what they read today is told to them alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.review.comfort import COOKIE, EXPOSURE_COOKIE
from service.review.exposure import (
    BREAK,
    BREAK_DUE,
    LONGEST_LOOK,
    Exposure,
    go_on,
    look_at,
    read,
    write,
)
from store.database import Database
from tests.service.review import samples
from tests.service.review.conftest import Page, Person

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def after(exposure: Exposure, seconds: int) -> Exposure:
    return go_on(exposure, datetime.fromtimestamp(exposure.at, UTC) + timedelta(seconds=seconds))


def test_time_is_counted_while_a_severe_article_is_open_and_no_longer_than_a_person_looks() -> None:
    exposure = look_at(go_on(Exposure(), NOON), "art_1")
    exposure = after(exposure, 90)
    assert (exposure.count, exposure.seconds, exposure.is_open) == (1, 90, False)
    exposure = after(exposure, 200)  # another page was on the screen
    assert exposure.seconds == 90
    exposure = after(look_at(exposure, "art_2"), 10_000)
    assert exposure.seconds == 90 + LONGEST_LOOK


def test_an_article_seen_again_is_one_article() -> None:
    exposure = look_at(look_at(go_on(Exposure(), NOON), "art_111111"), "art_111111")
    assert (exposure.count, look_at(exposure, "art_222222").count) == (1, 2)


def test_a_break_is_proposed_after_a_while_and_taking_one_is_enough() -> None:
    exposure = go_on(Exposure(), NOON)
    for number in range(BREAK_DUE // 200):
        assert not exposure.is_break_due
        exposure = after(look_at(exposure, f"art_{number:06}"), 200)
    assert exposure.is_break_due
    assert not after(exposure, BREAK).is_break_due


def test_a_new_day_begins_with_nothing() -> None:
    exposure = after(look_at(go_on(Exposure(), NOON), "art_1"), 60)
    assert go_on(exposure, NOON + timedelta(days=1)).count == 0


@given(st.text(max_size=200))
def test_a_cookie_that_cannot_be_read_is_a_new_day(value: str) -> None:
    assert len(write(go_on(read(value), NOON))) < 1_300


def test_what_is_written_is_read() -> None:
    exposure = go_on(Exposure(), NOON)
    for number in range(400):
        exposure = look_at(exposure, f"art_{number:06}")
    assert read(write(exposure)) == exposure
    assert len(write(replace(exposure, seconds=10**6, unbroken=10**6))) < 1_300


def test_severe_articles_are_counted_and_mild_ones_are_not(maria: Person, database: Database) -> None:
    text = samples.ENGLISH
    severe = samples.add_read_article(database, text, samples.sample_report(text, "en"))
    mild = samples.add_read_article(database, "Rain.", samples.empty_report("Rain."))
    for article_id in (mild, severe, severe):
        page = Page(maria.get(f"/review/articles/{article_id}").text)

    assert "Severe articles today: 1, 0 min" in page.by_tag("footer")[-1].text
    cookie = maria.client.get_cookie(EXPOSURE_COOKIE, path="/review")
    assert cookie is not None
    assert cookie.http_only


@pytest.mark.parametrize("kept", ["", "grey", "grey.no_keys.reduced.unveiled", "nonsense.<b>", "grey" * 500])
def test_a_choice_is_kept_and_nonsense_is_not(maria: Person, kept: str) -> None:
    maria.client.set_cookie(COOKIE, kept, path="/review")
    page = Page(maria.get("/review/comfort").text)
    checked = {str(one.attributes["name"]) for one in page.by_tag("input") if "checked" in one.attributes}

    assert checked == {name for name in ("grey", "reduced", "unveiled", "no_keys") if name in kept.split(".")}


def test_choices_are_saved_and_lead_back(maria: Person) -> None:
    answer = maria.post("/review/comfort", {"grey": "1", "no_keys": "1", "next": "/review/organisations"})

    assert answer.headers["Location"] == "/review/organisations"
    page = Page(maria.get("/review/").text)
    assert page.by_tag("html")[0].attributes["class"] == "grey"
    assert page.by_tag("body")[0].attributes["data-keys"] == "off"
    assert maria.post("/review/comfort", {"next": "//evil.example/"}).headers["Location"] == "/review/"
