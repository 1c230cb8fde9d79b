"""On a Russian page nothing is English but data, and what is English says so."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from models.designations.register import load_register
from models.types import Article
from models.wire import report_to_dict
from store import appeals, bulk, endpoints, keys
from store.appeals import NewAppeal
from store.database import Database
from store.tables import ArticleRow
from tests.service.review import samples
from tests.service.review.conftest import MakePerson, Person
from tests.service.review.test_reasons import sure_reader
from tests.service.review.test_roles import PAGES

TEXT = (
    samples.RUSSIAN
    + "\nМОСКВА, 5 янв — РИА Новости. Известно, что «Хамас» взорвал мост.\nЧитайте также: Мост\u200b закрыт\u202e\n"
    "* Террористическая организация, запрещённая в Казахстане.\n"
)
HOLD_DATA = {"bdi", "code", "kbd", "cite", "time", "q", "script", "textarea"}
SHOWN = ("title", "aria-label", "placeholder", "alt", "data-note", "data-all")
NAMES = re.compile(  # of programs, formats, keys and standards; versions, ids and addresses
    r"\b(?:Obelus|API|UTC|Redis|SQLite|JSON(?: Lines)?|JSONL|CSV|HTTP|Tab|Enter|Esc|Wikidata|Unicode|NUL|audit verify"
    r"|State Media Matrix|https?|[\w-]+@[\w.]+|(?:usr|key)_\w+|webhook-\w+|Webhooks?|Authorization|Ctrl|ISO|TOTP)\b"
    r"|\S+\.(?:example|org)\S*"
)
WORD = re.compile(r"[A-Za-z]{3,}[\w’' -]*")


class Runs(HTMLParser):
    """Pieces of text that a reader sees or hears, each with its language; data aside."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str | None]] = []
        self._open: list[tuple[str, str | None]] = [("", None)]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        language = attributes.get("lang", self._open[-1][1])
        self.found += [(value, language) for name in SHOWN if (value := attributes.get(name))]
        if tag not in ("meta", "link", "input", "br", "hr", "img"):
            self._open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if not HOLD_DATA & {tag for tag, _ in self._open}:
            self.found.append((data.strip(), self._open[-1][1]))


def english_on(html: str, data: set[str]) -> list[str]:
    """Words of Latin letters that the page gives as Russian."""
    known = re.compile("|".join(re.escape(text) for text in sorted(data, key=len, reverse=True)) or "(?!)")
    runs = [known.sub("", text) for text, language in Runs(html).found if language == "ru"]
    return [word for run in runs for word in WORD.findall(NAMES.sub("", run))]


def test_english_is_found_where_it_is_given_as_russian() -> None:
    html = '<html lang="ru"><p title="Old title">Мост Islamic State <b lang="en">closed</b> <code>open</code> API</p>'
    html += "<i>Bridge</i></html>"

    assert english_on(html, {"Islamic State"}) == ["Old title", "Bridge"]


def data_of_register() -> set[str]:
    organisations = load_register().by_id.values()
    return {one.name for one in organisations} | {row.list for one in organisations for row in one.listings}


@pytest.fixture
def boss(make_person: MakePerson) -> Person:
    return make_person("Начальник", role="admin")


@pytest.fixture
def names(database: Database, boss: Person, make_person: MakePerson) -> dict[str, str]:
    """One thing of each kind to look at, every one with words in Russian."""
    report = report_to_dict(sure_reader().read([Article(TEXT, language="ru")])[0])
    report["versions"] |= {"policy": "default@1"}
    article_id = samples.add_read_article(database, TEXT, report, title="Проба", language="ru")
    other = samples.add_read_article(database, "Мост.", samples.empty_report("Мост.", "ru"), title="Мост")
    another = make_person("Другая").user_id
    with database.writing() as session:
        reviewed = session.get_one(ArticleRow, article_id)
        url = "https://receiver.example.org/hooks"
        return {
            "article_id": article_id,
            "organisation_id": "islamic-state",
            "appeal_id": appeals.add_appeal(session, reviewed, NewAppeal("Это цитата.", "key_1")).id,
            "endpoint_id": endpoints.add_endpoint(session, url, events=["article.failed"]).id,
            "key_id": keys.add_key(session, "a key", name="ключ", scopes=["read"]).id,
            "bulk_id": bulk.carry_out(session, {other: None}, deed="allow", reviewer=boss.user_id).id,
            "user_id": another,
            "version": "1",
            "path": "nowhere",
        }


def pages(names: dict[str, str]) -> Iterator[str]:
    for (method, rule), _ in PAGES.items():
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: names.get(found[1], "<"), rule)
        if method == "GET" and "<" not in path:
            yield path


def test_nothing_on_a_russian_page_is_english(boss: Person, names: dict[str, str]) -> None:
    """Titles, labels, tooltips and reasons of every page there is."""
    data, looked_at, found = data_of_register(), 0, {}
    for path in pages(names):
        answer = boss.get(path, headers={"Accept-Language": "ru"})
        if answer.content_type.startswith("text/html") and answer.status_code in (200, 404):
            looked_at += 1
            found[path] = english_on(answer.text, data)

    assert looked_at > 25
    assert {path: words for path, words in found.items() if words} == {}


def test_the_reasons_stand_on_the_page_in_russian_and_in_english_where_that_was_asked_for(
    boss: Person, names: dict[str, str]
) -> None:
    russian, english = (boss.get(f"/review/articles/{names['article_id']}?lang={code}").text for code in ("ru", "en"))

    assert '<span lang="ru">Пометки при названии нет; Россия: Единый федеральный список' in russian
    assert '<span lang="en">' not in russian
    assert '<span lang="en">An unambiguous name of Hamas. ' in english
    assert "No label stands with it" not in russian


def test_what_has_no_russian_is_marked_as_english(database: Database, boss: Person) -> None:
    report = samples.empty_report("Мост <b>цел</b>.", "ru")
    report["violence"]["findings"] = [
        samples.finding("Мост <b>цел</b>.", "violence.threat", 0.9, "Мост", "An <i>older</i> wording.", severity=2)
    ]
    article_id = samples.add_read_article(database, "Мост <b>цел</b>.", report, title="Мост")
    page = boss.get(f"/review/articles/{article_id}?lang=ru").text

    assert '<span class="reason"><span lang="en">An &lt;i&gt;older&lt;/i&gt; wording.</span></span>' in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Решение указывает действие или оценивает хотя бы одну находку."),
        ({"action": "burn"}, "Такого действия нет; есть: allow, label, review, block."),
        ({"missed.quote": "Мост"}, "Для пропущенного нужны и слова из текста, и метка."),
        ({"action": "allow", "note": "б" * 4_001}, "Самая большая длина примечания в символах: "),
    ],
)
def test_why_a_decision_was_not_recorded_is_said_in_russian(
    boss: Person, names: dict[str, str], form: dict[str, str], said: str
) -> None:
    answer = boss.post(f"/review/articles/{names['article_id']}/decisions?lang=ru", form)

    assert answer.status_code == 422
    assert f'<strong>Решение не записано.</strong> <span lang="ru">{said}' in answer.text


def test_why_a_ruling_was_not_recorded_is_said_in_russian(boss: Person, names: dict[str, str]) -> None:
    answer = boss.post(f"/review/appeals/{names['appeal_id']}?lang=ru", {"ruling": "overturned"})

    assert answer.status_code == 422
    assert '<span lang="ru">Если решение отменено, нужно другое действие.</span>' in answer.text


def test_why_an_article_could_not_be_read_is_said_in_russian(database: Database, boss: Person) -> None:
    article_id = samples.add_read_article(database, "Мост.", None, failure="reading it raised MemoryError")
    page = boss.get(f"/review/articles/{article_id}?lang=ru").text

    assert "Статью не удалось прочитать: при чтении возникла ошибка MemoryError." in page
