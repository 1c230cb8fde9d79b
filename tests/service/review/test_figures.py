"""The page of figures: every chart has its numbers, every number its articles; files are safe to open."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest

from service.review import charts, exports
from store import clock, figure_counts
from store.database import Database
from store.figure_counts import Counts
from tests.service.review.conftest import MakePerson, Page, Person

HOSTILE = '=HYPERLINK("https://evil.example")'
COUNTS: Counts = {
    ("articles", "classified"): 1200.0,
    ("articles", "failed"): 3.0,
    ("action", "review"): 7.0,
    ("label", "violence"): 40.0,
    ("latency", "10"): 90.0,
    ("latency", "20"): 10.0,
    ("source", HOSTILE): 5.0,
    ("source_label", f"violence\t{HOSTILE}"): 4.0,
    ("decision", "block"): 2.0,
    ("judged", "violence.killing\tupheld"): 9.0,
    ("judged", "violence.killing\toverturned"): 1.0,
    ("coincidence", "upheld\tupheld"): 6.0,
    ("coincidence", "overturned\toverturned"): 4.0,
    ("score", "violence\t2.0.0\t9"): 30.0,
    ("score", "violence\t2.0.0\t0"): 70.0,
}


@pytest.fixture
def lead(make_person: MakePerson, database: Database) -> Person:
    with database.writing() as session:
        figure_counts.keep_hour(session, figure_counts.hour_of(clock.now()), COUNTS)
    return make_person("lead", role="lead")


@pytest.mark.parametrize("span", ["24h", "7d", "30d"])
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_each_picture_has_a_name_a_description_and_its_numbers_beside_it(lead: Person, span: str, lang: str) -> None:
    answer = lead.get(f"/review/figures?span={span}&lang={lang}")
    page = Page(answer.text)

    assert answer.status_code == 200
    pictures = [element for element in page.by_tag("svg") if element.attributes.get("role") == "img"]
    assert len(pictures) == 7
    for picture in pictures:
        for name in str(picture.attributes["aria-labelledby"]).split():
            assert page.by_id(name).text
    assert len(page.ids()) == len(set(page.ids()))
    assert "1\N{NO-BREAK SPACE}200" in answer.text
    assert "style=" not in answer.text


def test_every_number_leads_to_its_articles(lead: Person) -> None:
    page = Page(lead.get("/review/figures?span=7d").text)
    today, first = clock.now().date(), (clock.now() - timedelta(days=6)).date()
    numbers = {
        (element.text, element.attributes.get("href"))
        for element in page.by_tag("a")
        if re.fullmatch(r"[\d\N{NO-BREAK SPACE}]+", element.text)
    }

    assert ("40", f"/review/?state=all&since={first}&until={today}&label=violence") in numbers
    assert ("40", f"/review/?state=all&since={today}&until={today}&label=violence") in numbers
    assert all(str(link).startswith("/review/?") for _, link in numbers)
    assert lead.get(f"/review/?state=all&since={first}&until={today}&label=violence").status_code == 200


def test_precision_agreement_and_latency_are_computed(lead: Person) -> None:
    text = re.sub(r"<[^>]+>|\s+", " ", lead.get("/review/figures").text)

    assert re.search(r"Killing +9 +1 +0 +90 % +\(60–98\)", text)
    assert re.search(r"α = +1\.00 +, judgements compared: 10", text)
    assert re.search(r"half within +1\.\d s|half within +1 s", text)
    assert re.search(r"0\.5 and above +30 %", text)


def test_without_anything_counted_the_page_says_so(make_person: MakePerson) -> None:
    answer = make_person("lead", role="lead").get("/review/figures")
    assert answer.status_code == 200
    assert "No finding was judged in this time." in answer.text
    assert "Not enough findings" in answer.text


def test_unknown_spans_and_formats_are_not_there(lead: Person) -> None:
    assert lead.get("/review/figures?span=9y").status_code == 404
    assert lead.get("/review/figures/xlsx").status_code == 404


def test_the_csv_holds_every_number_and_no_formula(lead: Person) -> None:
    answer = lead.get("/review/figures/csv?span=24h")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))

    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert len(rows) == len(COUNTS)
    assert {row["name"] for row in rows if row["measure"] == "source"} == {f"'{HOSTILE}"}
    assert [row["value"] for row in rows if row["measure"] == "source"] == ["5.0"]


def test_json_lines_hold_the_words_as_they_are(lead: Person) -> None:
    rows = [json.loads(line) for line in lead.get("/review/figures/jsonl?span=24h").data.splitlines()]
    assert len(rows) == len(COUNTS)
    assert {"measure": "source", "name": HOSTILE, "value": 5.0}.items() <= next(
        row for row in rows if row["measure"] == "source"
    ).items()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_would_compute_is_disarmed(start: str) -> None:
    assert exports.make_safe(f"{start}1+1") == f"'{start}1+1"
    assert exports.make_safe(-1.5) == -1.5


def test_columns_reach_the_top_and_a_line_breaks_where_nothing_is() -> None:
    chart = charts.stack_bars({"a": [5, 0], "b": [5, 2]})
    assert chart.ticks[-1] == (0.0, 10.0)
    assert [(bar.kind, bar.y, bar.height) for bar in chart.bars] == [
        ("a", 100.0, 100.0),
        ("b", 0.0, 100.0),
        ("b", 160.0, 40.0),
    ]
    lines = charts.draw_lines({"p50": [1.0, 2.0, None, 4.0]})
    assert len(lines.lines) == 1
    assert len(lines.dots) == 3
    assert charts.stack_bars({}).bars == ()
