"""The page of figures: every chart has its numbers, every number its articles; files are safe to open."""

import csv
import io
import json
import re
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import update

from service.review import charts, exports, figures
from store import articles, clock, figure_counts, reviews
from store.articles import NewArticle
from store.database import Database
from store.figure_counts import Counted, Counts
from store.policy import ACTIONS, LABELS
from store.reviews import FINDING_DECISIONS, FINDING_LABELS, NewDecision
from store.tables import ArticleRow
from tests.service.review import samples
from tests.service.review.conftest import MakePerson, Page, Person
from workers.figures import FigureKeeper

HOSTILE = '=HYPERLINK("https://evil.example")'
NAMES = ("🗞" * 300, "Ж" * 66, "Российская газета", "x" * 300, "Northern Wire", "a sixth")
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
        figure_counts.keep_hour(session, figure_counts.hour_of(clock.now()), Counted(COUNTS))
    return make_person("lead", role="lead")


PARTS = ["flow", "sources", "trust", "scores"]


@pytest.mark.parametrize(("part", "number"), [("flow", 6), ("sources", 0), ("trust", 0), ("scores", 1)])
@pytest.mark.parametrize("span", ["24h", "7d", "30d"])
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_each_picture_has_a_name_a_description_and_its_numbers_beside_it(
    lead: Person, part: str, number: int, span: str, lang: str
) -> None:
    answer = lead.get(f"/review/figures?part={part}&span={span}&lang={lang}")
    page = Page(answer.text)

    assert answer.status_code == 200
    pictures = [element for element in page.by_tag("svg") if element.attributes.get("role") == "img"]
    assert len(pictures) == number
    for picture in pictures:
        for name in str(picture.attributes["aria-labelledby"]).split():
            assert page.by_id(name).text
    assert len(page.ids()) == len(set(page.ids()))
    assert ("1\N{NO-BREAK SPACE}200" in answer.text) == (part == "flow")
    assert "style=" not in answer.text


def happen(database: Database, reviewers: list[str]) -> None:
    """Articles of two sources that were read, one that failed, one that waits, and decisions on them."""
    text = samples.ENGLISH
    ids = [
        samples.add_read_article(database, text, samples.sample_report(text, "en"), title="Read", source=source)
        for source in ("Northern Wire", "Northern Wire", HOSTILE)
    ]
    with database.writing() as session:
        for _ in range(2):
            ids.append(articles.add_article(session, NewArticle(text), api_key_id=samples.key_id(session)).id)
        session.execute(update(ArticleRow).where(ArticleRow.id == ids[3]).values(state="failed", action="review"))
        for number, reviewer, action, findings in (
            (0, 0, "block", {"violence/0": "upheld", "violence/1": "unsure"}),
            (0, 1, None, {"violence/0": "overturned"}),
            (1, 0, None, {"violence/0": "upheld"}),
            (2, 1, "allow", {}),
        ):
            row = session.get_one(ArticleRow, ids[number])
            reviews.add_decision(session, row, NewDecision(reviewers[reviewer], action, findings))
    keeper = FigureKeeper(database)
    while keeper.turn():
        pass


def listed(person: Person, address: str) -> set[str]:
    """The articles of the list that a link leads to."""
    answer = person.get(address)
    assert answer.status_code == 200, address
    return {
        str(one.attributes["data-article"]) for one in Page(answer.text).elements if "data-article" in one.attributes
    }


def test_every_number_leads_to_its_articles(make_person: MakePerson, database: Database) -> None:
    """Each link is followed: the list has as many articles as the number says, or has findings in that many."""
    people = [make_person("lead", role="lead"), make_person("other")]
    happen(database, [person.user_id for person in people])
    followed = 0
    for part, span in product(PARTS, ("24h", "7d", "30d")):
        page = Page(people[0].get(f"/review/figures?part={part}&span={span}").text)
        for link in page.by_tag("a"):
            address = str(link.attributes["href"])
            if not address.startswith("/review/?") or "lang=" in address:
                continue
            number = len(listed(people[0], address))
            if part != "trust" and link.text.isdigit():  # there a number is of findings
                assert number == int(link.text), address
            elif not re.match(r"\d{4}-", link.text):  # findings, shares, spans of time
                assert number, address
            followed += 1
    assert followed > 100
    trust = Page(people[0].get("/review/figures?part=trust").text)
    numbers = [cell.text for cell in trust.by_tag("td") if cell.text.isdigit() and cell.text != "0"]
    linked = [one.text for one in trust.by_tag("a") if one.text.isdigit()]
    assert linked[: len(numbers)] == numbers


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_mean_and_every_share_of_scores_lead_to_just_their_articles(
    make_person: MakePerson, database: Database, lang: str
) -> None:
    """The mean and the size of the sample to all of them, the share to those at 0.5 and above, a tenth to its own."""
    lead, by_tenth = make_person("lead", role="lead"), {}
    for tenth in (0, 4, 5, 9):
        report = samples.sample_report(samples.ENGLISH, "en")
        report["violence"]["score"] = tenth / 10 + 0.05
        by_tenth[tenth] = samples.add_read_article(database, samples.ENGLISH, report)
    old = samples.sample_report(samples.ENGLISH, "en")
    old["versions"]["violence"] = "0.9.0"
    older = samples.add_read_article(database, samples.ENGLISH, old)
    keeper = FigureKeeper(database)
    while keeper.turn():
        pass
    followed = []
    for link in Page(lead.get(f"/review/figures?part=scores&lang={lang}").text).by_tag("a"):
        address = str(link.attributes["href"])
        if "classifier=violence&version=1.0.0" in address:
            followed.append((link.text.replace(",", "."), listed(lead, address)))
    every, half = set(by_tenth.values()), {by_tenth[5], by_tenth[9]}
    assert followed == [
        ("4", every),
        ("0.50", every),
        ("50 %", half),
        *(("1", {article_id}) for article_id in by_tenth.values()),
    ]
    assert listed(lead, "/review/?state=all&classifier=violence&version=0.9.0") == {older}
    assert listed(lead, "/review/?state=all&classifier=source_bias&version=1.0.0") == {*every, older}
    for wrong in ("classifier=designations", "score_from=0.55", "score_to=2"):
        assert lead.get(f"/review/?{wrong}").status_code == 404


def test_a_page_full_of_numbers_is_small(make_person: MakePerson, database: Database) -> None:
    """Every label every day, long names, many versions: in each part, over the longest time."""
    counts: Counts = {("articles", state): 12_345.0 for state in ("classified", "queued", "failed")}
    counts |= {("action", name): 2_345.0 for name in ACTIONS}
    counts |= {("decision", name): 345.0 for name in (*ACTIONS, "findings")}
    counts |= {("label", name): 3_456.0 for name in LABELS} | {("latency", str(step)): 100.0 for step in range(40)}
    counts |= {("source", name): 9_999.0 for name in NAMES}
    counts |= {("source_label", f"{label}\t{name}"): 999.0 for label in LABELS for name in NAMES}
    found = [name for names in FINDING_LABELS.values() for name in names]
    counts |= {("judged", f"{name}\t{said}"): 1_234.0 for name in found for said in FINDING_DECISIONS}
    counts |= {("coincidence", "upheld\tupheld"): 60.0, ("coincidence", "unsure\tunsure"): 4.0}
    versions = [f"{classifier}\t1.{number}.0" for classifier in ("violence", "source_bias") for number in range(9)]
    counts |= {("score", f"{name}\t{tenth}"): 1_000.0 for name in versions for tenth in range(10)}
    with database.writing() as session:
        for days in range(30):
            day = figure_counts.day_of(clock.now()) - timedelta(days=days)
            day_counts = Counted({key: value * (1 + days % 7) for key, value in counts.items()})
            figure_counts.keep_hour(session, day, day_counts)
    lead = make_person("lead", role="lead")
    weights, pictures = {}, {}
    for part, lang in product(PARTS, ("en", "ru")):
        page = lead.get(f"/review/figures?part={part}&span=30d&lang={lang}")
        weights[part, lang] = len(page.data)
        pictures[part] = len(Page(page.text).by_tag("svg"))
    assert pictures["trust"] == len(found)
    assert pictures["scores"] == figures.VERSIONS
    assert max(weights.values()) < 60_000, weights


def test_precision_agreement_and_latency_are_computed(lead: Person) -> None:
    text = re.sub(r"<[^>]+>|\s+", " ", lead.get("/review/figures?part=trust").text)

    assert re.search(r"Killing +9 +1 +0 +90 % +\(60–98\)", text)
    assert re.search(r"α = +1\.00 +, judgements compared: 10", text)
    text = re.sub(r"<[^>]+>|\s+", " ", lead.get("/review/figures?part=scores").text)
    assert re.search(r"0\.5 and above +30 %", text)
    text = re.sub(r"<[^>]+>|\s+", " ", lead.get("/review/figures").text)
    assert re.search(r"half within +1\.\d s|half within +1 s", text)


def test_without_anything_counted_the_page_says_so(make_person: MakePerson) -> None:
    answer = make_person("lead", role="lead").get("/review/figures?part=trust")
    assert answer.status_code == 200
    assert "No finding was judged in this time." in answer.text
    assert "Not enough findings" in answer.text


def test_unknown_spans_parts_and_formats_are_not_there(lead: Person) -> None:
    assert lead.get("/review/figures?part=all").status_code == 404
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
