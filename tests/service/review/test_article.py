"""One article's page: its text untouched, its evidence in place, and decisions that are recorded."""

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from store import articles, erasure
from store.database import Database
from store.tables import ArticleRow, DecisionRow, EventRow
from tests.service.review import samples
from tests.service.review.conftest import MakePerson, Page, Person

OUR_SCRIPTS = {f"/review/static/{name}.js" for name in ("keys", "missed", "opened")}
CSP_SAFE = ("style", "iframe", "img", "object", "embed", "base")


def add_sample(database: Database, language: str = "en") -> str:
    text = samples.ENGLISH if language == "en" else samples.RUSSIAN
    return samples.add_read_article(database, text, samples.sample_report(text, language), title="A sample")


def read(person: Person, article_id: str, query: str = "") -> Page:
    answer = person.get(f"/review/articles/{article_id}{query}")
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


def marked_parts(page: Page) -> list[tuple[str, str]]:
    """(classes, text) of every highlighted piece inside the text."""
    inside = page.elements[page.elements.index(page.by_id("text")) :]
    return [
        (str(element.attributes["class"]), element.text)
        for element in inside
        if element.tag in ("a", "span")
        and str(element.attributes.get("class", "")).startswith("mark ")
        and "data-note" in element.attributes
    ]


# --- text and evidence ----------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_text_on_the_page_is_the_text_that_was_sent(maria: Person, database: Database, language: str) -> None:
    page = read(maria, add_sample(database, language))

    assert page.by_id("text").text == (samples.ENGLISH if language == "en" else samples.RUSSIAN)


def test_evidence_is_highlighted_where_it_stands_also_where_it_overlaps(maria: Person, database: Database) -> None:
    parts = marked_parts(read(maria, add_sample(database)))

    assert ("mark violence", "used whole families as cover") in parts
    assert ("mark designations", "Islamic State") in parts
    assert ("mark designations", "*") in parts
    assert ("mark source_bias", "allegedly") in parts
    assert ("mark violence", "A spokesman of the ") in parts
    assert ("mark violence source_bias deep", "“liberation council”") in parts
    assert ("mark violence source_bias deep", "cowardly crime of traitors") in parts


def test_reason_label_and_score_stand_with_the_highlight_and_in_the_list(maria: Person, database: Database) -> None:
    page = read(maria, add_sample(database))
    (link,) = [
        element
        for element in page.by_tag("a")
        if element.text == "used whole families as cover" and "data-note" in element.attributes
    ]
    entry = page.by_id(str(link.attributes["href"]).removeprefix("#"))

    for words in ("Human shields", "0.91", "People are used as a shield."):
        assert words in str(link.attributes["data-note"])
        assert words in entry.text
    assert link.attributes["aria-describedby"] == entry.attributes["id"]


def test_every_link_inside_the_page_leads_somewhere_and_ids_are_unique(maria: Person, database: Database) -> None:
    page = read(maria, add_sample(database))
    ids = page.ids()
    targets = {str(a.attributes["href"])[1:] for a in page.by_tag("a") if str(a.attributes["href"]).startswith("#")}
    described = {name for a in page.elements for name in str(a.attributes.get("aria-describedby") or "").split()}

    assert len(ids) == len(set(ids))
    assert targets | described <= set(ids)
    assert len(targets) > 20


def test_an_organisation_is_shown_with_marker_footnote_and_who_lists_it(maria: Person, database: Database) -> None:
    marked, unmarked = (read(maria, add_sample(database)).by_id(f"mention-{index}").text for index in (0, 1))

    for words in (
        "Islamic State",
        "marker *",
        "footnote 1",
        "Russia: terrorist, listed, since 2014-12-29",
        "United Nations",
    ):
        assert words in marked
    assert "not marked" in unmarked


def test_the_source_card_tells_dateline_outlet_and_owner(maria: Person, database: Database) -> None:
    card = read(maria, add_sample(database)).by_id("source-card").text

    for words in ("Tel Arun · 03-03 · Northern Wire", "private", "Kazakhstan"):
        assert words in card


def test_the_source_card_tells_who_wrote_the_text(maria: Person, database: Database) -> None:
    report = samples.empty_report("By Jane Doe\nThe dam held.")
    report["source_bias"]["source"]["byline"] = {"start": 3, "end": 11, "names": ["Jane Doe"]}
    article_id = samples.add_read_article(database, "By Jane Doe\nThe dam held.", report)

    assert "Jane Doe" in read(maria, article_id).by_id("source-card").text


@pytest.mark.parametrize(
    ("status", "words"), [("failed", "this classifier failed"), ("unsupported_language", "does not know this language")]
)
def test_a_classifier_that_did_not_read_is_named_and_has_no_score(
    maria: Person, database: Database, status: str, words: str
) -> None:
    report = samples.empty_report("Text.")
    report["violence"] |= {"status": status, "score": None, "graphic": None, "inciting": None, "severity": None}
    text = read(maria, samples.add_read_article(database, "Text.", report)).by_id("content").text

    assert f"Violence: {'this' if status == 'failed' else 'not read'}" in text
    assert words in text
    assert "describes violence" not in text


def test_a_failed_article_is_said_to_be_unread_and_can_be_decided_on(maria: Person, database: Database) -> None:
    article_id = samples.add_read_article(database, "Text.", None, failure="the encoder ran out of memory")

    assert "could not be read: the encoder ran out of memory" in read(maria, article_id).by_id("content").text
    assert maria.post(f"/review/articles/{article_id}/decisions", {"action": "allow"}).status_code == 303


def test_russian_readers_get_russian_words(maria: Person, database: Database) -> None:
    text = read(maria, add_sample(database, "ru"), "?lang=ru").by_id("content").text

    for words in ("Находки", "Живой щит", "оценка 0,91", "Россия: террористическая, внесена, с 2014-12-29"):
        assert words in text


def test_a_page_without_its_text_is_small(maria: Person, database: Database) -> None:
    answer = maria.get(f"/review/articles/{add_sample(database, 'ru')}?lang=ru")

    assert len(answer.data) - len(samples.RUSSIAN.encode()) < 60_000


# --- hostile text ---------------------------------------------------------------------------------

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "closing tags": "</div></article></main></script></style>--><script>alert(1)</script>",
    "handlers": "<img src=x onerror=alert(1)><svg/onload=alert(1)>",
    "entities": "&lt;b&gt; &amp;amp; &#x202e; &nbsp;",
    "template": "{{ 7 * 7 }}{% raw %}{# #}",
    "quotes": "\"' onmouseover=alert(1) x='\"",
    "bidi": "user\u202e evil \u2066nested\u2069\u2069\u202c end",
    "zero width": "ze\u200bro\u200d \ufeffwidth\u00ad",
    "line ends": "one\r\ntwo\rthree\n\r\n\rfour\r\r\nfive\u2028six\u2029seven\x0b\x0ceight",
    "leading line feed": "\n\n text",
    "emoji": "👨‍👩‍👧 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 e\u0301",
    "controls": "".join(map(chr, range(1, 32))) + "\x7f\x80\x9f",
    "nothing but spaces": " \t \n ",
    "noncharacters": "\ufffe\uffff\U0010ffff",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_inert_and_unchanged(maria: Person, database: Database, text: str) -> None:
    """Everywhere at once: in the text, the title, the source, a label, a reason and an organisation's name."""
    report = samples.empty_report(text)
    evidence = [{"start": 0, "end": len(text), "text": text, "reason": text}]
    report["violence"]["findings"] = [{"label": text, "score": 0.5, "evidence": evidence}]
    report["designations"]["mentions"] = [
        {
            **evidence[0],
            "organisation": {"id": "x", "name": text},
            "score": 1.0,
            "marked": True,
            "marker": {"start": 0, "end": 1, "text": text[:1]},
            "footnote": None,
            "designated_by": [
                {"jurisdiction": text, "list": text, "kind": text, "since": text, "until": text, "status": text}
            ],
        }
    ]
    article_id = samples.add_read_article(database, text, report, title=text, source=text)
    page = read(maria, article_id)

    assert page.by_id("text").text == text
    assert not [element for element in page.elements if element.tag in CSP_SAFE]
    assert {str(script.attributes["src"]) for script in page.by_tag("script")} <= OUR_SCRIPTS
    assert not any(script.text for script in page.by_tag("script"))
    assert not [
        name for element in page.elements for name in element.attributes if name.startswith("on") or name == "style"
    ]


def test_no_direction_mark_reaches_the_page_outside_a_box_of_its_own(maria: Person, database: Database) -> None:
    text = "user\u202e evil \u2066nested\u2069\u2069 end"
    page = read(maria, samples.add_read_article(database, text, None, title=text, source=text))
    boxes = [element for element in page.by_tag("bdi") if element.attributes.get("class") == "hidden"]

    everything = page.by_tag("html")[0].text
    assert "".join(box.text for box in boxes) == "\u202e\u2066\u2069\u2069"
    assert sum(everything.count(mark) for mark in "\u202e\u2066\u2069") == 4, "and nowhere else"
    assert [box.attributes["data-code"] for box in boxes] == ["U+202E", "U+2066", "U+2069 U+2069"]


_ALPHABET = st.characters(codec="utf-8", exclude_characters="\0")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(_ALPHABET | st.sampled_from("\r\n\u200b\u202e<>&\"'"), min_size=1, max_size=60), data=st.data())
def test_any_text_with_any_evidence_is_shown_unchanged(
    maria: Person, database: Database, text: str, data: st.DataObject
) -> None:
    report: dict[str, Any] = samples.empty_report(text)
    for family in ("violence", "source_bias"):
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        evidence = [{"start": start, "end": end, "text": text[start:end], "reason": text}]
        report[family]["findings"] = [{"label": "violence.threat", "score": 0.5, "evidence": evidence}]
    article_id = samples.add_read_article(database, text, report)

    assert read(maria, article_id).by_id("text").text == text


@pytest.mark.parametrize("unit", ["words and ", "<b>", "\u202eabcdefghi", "слова\r\n"])
def test_the_longest_text_is_shown_whole(maria: Person, database: Database, unit: str) -> None:
    text = (unit * 200_000)[:200_000]
    article_id = samples.add_read_article(database, text, samples.empty_report(text))

    assert read(maria, article_id).by_id("text").text == text


@pytest.mark.parametrize("path", ["art_x", "art_" + "0" * 32, "<script>", "..", "art_" + "0" * 5_000, "%00"])
def test_an_unknown_article_is_not_found(maria: Person, path: str) -> None:
    assert maria.get(f"/review/articles/{path}").status_code in (404, 308)
    assert maria.post(f"/review/articles/{path}/decisions", {"action": "allow"}).status_code in (404, 308)


# --- deciding -------------------------------------------------------------------------------------


def test_a_decision_is_recorded_closes_the_review_and_is_an_event(maria: Person, database: Database) -> None:
    article_id = add_sample(database)
    form = {
        "finding:violence/0": "upheld",
        "finding:violence/2": "overturned",
        "finding:source_bias/1": "unsure",
        "action": "label",
        "note": "Second line\r\nfollows.",
    }
    answer = maria.post(f"/review/articles/{article_id}/decisions", form)

    assert answer.status_code == 303
    with database.reading() as session:
        row = session.scalars(select(DecisionRow)).one()
        article = session.get_one(ArticleRow, article_id)
        event = session.scalars(select(EventRow).where(EventRow.type == "article.reviewed")).one()
    assert row.reviewer == maria.user_id
    assert row.findings == {"violence/0": "upheld", "violence/2": "overturned", "source_bias/1": "unsure"}
    assert (row.action, row.note) == ("label", "Second line\nfollows.")
    assert (article.review_state, article.action) == ("closed", "label")
    body = orjson.loads(event.body)["data"]
    assert body["id"] == article_id
    assert body["decision"]["findings"] == row.findings
    assert maria.name not in event.body, "reviewers are pseudonymous outside"
    assert maria.user_id not in event.body
    assert '"reviewer":"rev_' in event.body


def test_after_a_decision_the_page_confirms_it_and_shows_who_decided(maria: Person, database: Database) -> None:
    waiting = add_sample(database)
    article_id = add_sample(database)
    answer = maria.post(
        f"/review/articles/{article_id}/decisions",
        {"finding:violence/0": "upheld", "action": "block", "note": "Seen <b>"},
    )
    page = Page(maria.get(answer.location).text)
    text = page.by_id("content").text

    assert "Your decision is recorded." in text
    assert [a.attributes["href"] for a in page.by_tag("a") if a.attributes.get("rel") == "next"] == [
        f"/review/articles/{waiting}"
    ]
    for words in ("maria", "block", "Seen <b>", "1 findings judged"):
        assert words in text
    assert "right" in page.by_id("f-violence-0").text


def test_judging_findings_alone_leaves_the_review_open(maria: Person, database: Database) -> None:
    article_id = add_sample(database)
    maria.post(f"/review/articles/{article_id}/decisions", {"finding:violence/0": "upheld", "action": ""})

    with database.reading() as session:
        assert session.get_one(ArticleRow, article_id).review_state == "open"


REFUSED = {
    "nothing": {},
    "unknown action": {"action": "delete"},
    "unknown finding": {"finding:violence/99": "upheld", "action": "allow"},
    "finding of no classifier": {"finding:<b>": "upheld"},
    "unknown judgement": {"finding:violence/0": "maybe"},
    "endless note": {"action": "allow", "note": "n" * 2_001},
    "NUL in the note": {"action": "allow", "note": "a\0b"},
}


@pytest.mark.parametrize("form", REFUSED.values(), ids=REFUSED)
def test_a_decision_that_does_not_fit_is_refused_with_the_form_as_it_was(
    maria: Person, database: Database, form: dict[str, str]
) -> None:
    article_id = add_sample(database)
    answer = maria.post(
        f"/review/articles/{article_id}/decisions", {"finding:source_bias/0": "overturned", **form} if form else {}
    )
    page = Page(answer.text)

    assert answer.status_code == 422
    assert "The decision was not recorded." in page.by_id("content").text
    if form:
        checked = {
            e.attributes["name"]: e.attributes["value"] for e in page.by_tag("input") if "checked" in e.attributes
        }
        assert checked["finding:source_bias/0"] == "overturned"
    if "note" in form and "\0" not in form["note"]:
        assert page.by_id("note").text.strip() == form["note"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DecisionRow)) == 0


def test_an_article_that_waits_for_its_reading_cannot_be_decided_on(maria: Person, database: Database) -> None:
    with database.writing() as session:
        new = articles.NewArticle(text="Text.")
        article_id = articles.add_article(session, new, api_key_id=samples.key_id(session)).id
    page = read(maria, article_id)

    assert "has not been read yet" in page.by_id("content").text
    assert not [form for form in page.by_tag("form") if "decisions" in str(form.attributes.get("action"))]
    assert maria.post(f"/review/articles/{article_id}/decisions", {"action": "allow"}).status_code == 422


@pytest.mark.parametrize("role", ["moderator", "lead", "admin"])
def test_who_reviews_may_decide(make_person: MakePerson, database: Database, role: str) -> None:
    person = make_person("somebody", role=role)

    assert person.post(f"/review/articles/{add_sample(database)}/decisions", {"action": "allow"}).status_code == 303


def test_an_auditor_reads_and_does_not_decide(make_person: MakePerson, database: Database) -> None:
    auditor = make_person("ivan", role="auditor")
    article_id = add_sample(database)
    page = read(auditor, article_id)

    assert not [element for element in page.by_tag("input") if element.attributes.get("type") == "radio"]
    assert "does not decide" in page.by_id("content").text
    answer = auditor.post(f"/review/articles/{article_id}/decisions", {"action": "allow"})
    assert answer.status_code == 403
    assert "Your role does not allow this." in answer.text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DecisionRow)) == 0


def test_a_stranger_cannot_decide(app: Any, database: Database) -> None:
    article_id = add_sample(database)
    answer = app.test_client().post(
        f"/review/articles/{article_id}/decisions", data={"action": "allow"}, headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert answer.status_code == 303
    assert answer.location.startswith("/review/sign-in")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DecisionRow)) == 0


def test_an_erased_article_shows_what_was_found_and_leads_nowhere(maria: Person, database: Database) -> None:
    """No empty quotation, no link to a place in a text that is gone, no note to be written."""
    article_id = add_sample(database)
    with database.writing() as session:
        assert erasure.erase_article(session, article_id, actor="usr_1")
    answer = maria.get(f"/review/articles/{article_id}")
    page = Page(answer.text)

    assert "The text of this article was erased." in page.by_id("content").text
    assert [element for element in page.by_tag("li") if "finding" in str(element.attributes.get("class"))]
    assert not page.by_tag("q")
    targets = {href[1:] for link in page.by_tag("a") if (href := str(link.attributes.get("href"))).startswith("#")}
    assert targets <= set(page.ids())
    assert not page.by_tag("textarea")
    assert maria.post(f"/review/articles/{article_id}/decisions", {"action": "allow"}).status_code == 303


def test_who_has_not_seen_the_latest_decision_is_told(
    maria: Person, make_person: MakePerson, database: Database
) -> None:
    path = f"/review/articles/{add_sample(database)}"
    form = Page(maria.get(path).text)
    (seen,) = [str(one.attributes["value"]) for one in form.by_tag("input") if one.attributes.get("name") == "revision"]
    other = make_person("boris")
    assert other.post(f"{path}/decisions", {"action": "allow", "revision": seen}).status_code == 303

    answer = maria.post(f"{path}/decisions", {"action": "block", "revision": seen, "note": "my words"})
    assert answer.status_code == 409
    assert "This article changed while you were reading." in answer.text
    assert "my words" in answer.text
    assert 'class="action allow"' in answer.text


# --- deciding: the next article, what was missed, taking back -------------------------------------


def decide(person: Person, article_id: str, **form: str) -> str:
    """Where the answer leads."""
    answer = person.post(
        f"/review/articles/{article_id}/decisions", {name.replace("__", "."): form[name] for name in form}
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def only_decision(database: Database) -> DecisionRow:
    with database.reading() as session:
        (row,) = session.scalars(select(DecisionRow))
        session.expunge_all()
        return row


def test_after_a_decision_the_next_article_is_claimed_and_shown(maria: Person, database: Database) -> None:
    first, second = add_sample(database), add_sample(database)
    where = decide(maria, first, action="label", then="next")

    assert where.startswith(f"/review/articles/{second}?recorded=dec_")
    with database.reading() as session:
        assert session.get_one(ArticleRow, second).assignee == maria.user_id
    page = Page(maria.get(where).text)
    assert "Your decision on “A sample” is recorded." in page.by_id("content").text
    assert [form for form in page.by_tag("form") if form.attributes.get("action") == f"/review/articles/{first}/undo"]


def test_where_nothing_else_waits_the_article_stays(maria: Person, database: Database) -> None:
    only = add_sample(database)
    where = decide(maria, only, action="label", then="next")

    assert where.startswith(f"/review/articles/{only}?")
    assert "Nothing else waits" in Page(maria.get(where).text).by_id("content").text


def test_what_another_recorded_is_not_said_to_be_mine(
    maria: Person, make_person: MakePerson, database: Database
) -> None:
    where = decide(maria, add_sample(database), action="allow")
    page = make_person("boris").get(where)

    assert "Your decision is recorded" in maria.get(where).text
    assert "Your decision is recorded" not in page.text


def test_a_decision_is_taken_back_once(maria: Person, database: Database) -> None:
    article_id = add_sample(database)
    decide(maria, article_id, action="block")
    made = only_decision(database).id
    path = f"/review/articles/{article_id}/undo"

    assert maria.post(path, {"decision": made}).status_code == 303
    assert maria.post(path, {"decision": made}).status_code == 422
    with database.reading() as session:
        assert session.get_one(ArticleRow, article_id).review_state == "open"
    assert "Taken back." in read(maria, article_id).by_id("content").text


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ({"missed__quote": "used whole families"}, None),
        ({"missed__quote": "Islamic State", "missed__start": "228", "missed__end": "241"}, 228),
    ],
    ids=["typed", "selected"],
)
def test_what_was_missed_is_kept_with_its_place(
    maria: Person, database: Database, form: dict[str, str], start: int | None
) -> None:
    start = samples.ENGLISH.index("used whole families") if start is None else samples.ENGLISH.index("Islamic State")
    if "missed__start" in form:
        form = form | {"missed__start": str(start), "missed__end": str(start + len("Islamic State"))}
    decide(maria, add_sample(database), missed__label="violence.siege", **form)

    (missed,) = only_decision(database).missed
    assert missed == {"start": start, "end": start + len(form["missed__quote"]), "label": "violence.siege"}


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        ({"missed.quote": "never said", "missed.label": "violence.siege"}, "do not stand in the text"),
        ({"missed.quote": "the", "missed.label": "violence.siege"}, "more than once"),
        ({"missed.quote": "gunmen"}, "needs the words and a label"),
        ({"missed.quote": "gunmen", "missed.label": "violence.nothing"}, "no such label"),
        ({"label:violence/0": "bias.hedge"}, "no such label"),
        ({"evidence:violence/0/7": "upheld"}, "no such finding"),
        ({"kind": "ruling", "action": "allow"}, "no such kind"),
    ],
)
def test_what_does_not_fit_is_refused_and_shown_again(
    maria: Person, database: Database, form: dict[str, str], refusal: str
) -> None:
    answer = maria.post(f"/review/articles/{add_sample(database)}/decisions", form | {"note": "my words"})

    assert answer.status_code == 422
    assert refusal in answer.text
    assert "my words" in answer.text


@pytest.mark.parametrize("revision", ["x", "-1", "9" * 30, "٣"])
def test_a_revision_that_cannot_be_changes_nothing(maria: Person, database: Database, revision: str) -> None:
    form = {"action": "allow", "revision": revision, "seen": revision}

    assert maria.post(f"/review/articles/{add_sample(database)}/decisions", form).status_code == 409


def test_the_labelled_text_differs_by_what_is_put_in_alone(maria: Person, database: Database) -> None:
    article_id = add_sample(database)
    page = Page(maria.get(f"/review/articles/{article_id}/labelled").text)
    whole, put_in = page.by_id("text").text, [one.text for one in page.by_tag("ins")]

    assert put_in
    assert len(whole) == len(samples.ENGLISH) + sum(map(len, put_in[len(put_in) // 2 :]))
    assert maria.get(f"/review/articles/{article_id}/labelled?jurisdiction=XX").status_code == 404


def test_an_unread_or_erased_text_has_no_labels(maria: Person, database: Database) -> None:
    failed = samples.add_read_article(database, "Text.", None)
    erased = add_sample(database)
    with database.writing() as session:
        erasure.erase_article(session, erased, actor="usr_1")

    assert [maria.get(f"/review/articles/{one}/labelled").status_code for one in (failed, erased)] == [404, 404]
