"""Made-up articles with hand-made reports, in the shape of the API: what a worker would have written."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import articles, claims, clock, keys
from store.database import Database
from store.policy import DEFAULT_POLICY, apply_policy
from store.tables import ApiKeyRow, ArticleRow

ENGLISH = """Shelling hits a market in Tel Arun, at least nine dead

TEL ARUN, 3 March — Northern Wire. At least nine people were killed and more than twenty wounded when shells fell on \
a crowded market on Monday, the town’s hospital said.

Fighters of Islamic State* had held the grain silos above the market since Friday, residents said. The gunmen \
“used whole families as cover” and fired from the roofs, according to two drivers who got away.

A spokesman of the “liberation council” called the strike a cowardly crime of traitors. It was allegedly ordered by \
a commander of ISIS, whose name nobody would give.

* A terrorist organisation banned in Russia.
"""
RUSSIAN = """Обстрел рынка в Тель-Аруне: не менее девяти погибших

ТЕЛЬ-АРУН, 3 марта — Северная лента. Не менее девяти человек погибли и более двадцати ранены: в понедельник снаряды \
попали в многолюдный рынок, сообщили в городской больнице.

Боевики «Исламского государства»* с пятницы удерживали элеватор над рынком, рассказали жители. По словам двух \
водителей, стрелки прикрывались целыми семьями и вели огонь с крыш.

Представитель «совета освобождения» назвал удар трусливым преступлением предателей. Приказ, предположительно, отдал \
командир ИГ, имени которого никто не назвал.

* Террористическая организация, запрещённая в России.
"""
_LISTINGS = [
    {
        "jurisdiction": "RU",
        "list": "Единый федеральный список организаций, признанных террористическими",
        "kind": "terrorist",
        "since": "2014-12-29",
        "until": None,
        "status": "listed",
    },
    {
        "jurisdiction": "UN",
        "list": "UN Security Council ISIL and Al-Qaida Sanctions List",
        "kind": "sanctions",
        "since": "2004-10-18",
        "until": None,
        "status": "listed",
    },
]


def span(text: str, words: str, nth: int = 0) -> dict[str, Any]:
    """The *nth* place of *words* in *text*."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    return {"start": start, "end": start + len(words), "text": words}


def finding(text: str, label: str, score: float, words: str, reason: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "score": score, **more, "evidence": [{**span(text, words), "reason": reason}]}


def empty_report(text: str, language: str = "en") -> dict[str, Any]:
    """A report in which nothing was found."""
    return {
        "language": {"code": language, "score": 0.99, "supported": True},
        "text_sha256": sha256(text.encode()).hexdigest(),
        "versions": {
            "violence": "1.0.0",
            "designations": "1.0.0",
            "source_bias": "1.0.0",
            "register": "2026-09-16",
            "policy": "default@1",
        },
        "violence": {
            "status": "ok",
            "score": 0.02,
            "graphic": 0.01,
            "inciting": 0.0,
            "severity": 0,
            "types": {},
            "sentences": [],
            "findings": [],
        },
        "designations": {"status": "ok", "mentions": [], "footnotes": [], "findings": []},
        "source_bias": {
            "status": "ok",
            "score": 0.1,
            "source": {"dateline": None, "outlet": None},
            "sentences": [],
            "attributions": [],
            "findings": [],
        },
    }


@dataclass(frozen=True)
class Words:
    """The passages of one language that the sample's report points at."""

    killed: str
    sentence: str
    cover: str
    marked: str
    unmarked: str
    footnote: str
    dateline: str
    place: str
    agency: str
    loaded: str
    hedge: str
    quotes: str


_WORDS = {
    "en": Words(
        killed="At least nine people were killed and more than twenty wounded",
        sentence="A spokesman of the “liberation council” called the strike a cowardly crime of traitors.",
        cover="used whole families as cover",
        marked="Islamic State",
        unmarked="ISIS",
        footnote="* A terrorist organisation banned in Russia.",
        dateline="TEL ARUN, 3 March — Northern Wire.",
        place="Tel Arun",
        agency="Northern Wire",
        loaded="cowardly crime of traitors",
        hedge="allegedly",
        quotes="“liberation council”",
    ),
    "ru": Words(
        killed="Не менее девяти человек погибли и более двадцати ранены",
        sentence="Представитель «совета освобождения» назвал удар трусливым преступлением предателей.",
        cover="прикрывались целыми семьями",
        marked="Исламского государства",
        unmarked="ИГ",
        footnote="* Террористическая организация, запрещённая в России.",
        dateline="ТЕЛЬ-АРУН, 3 марта — Северная лента.",
        place="Тель-Арун",
        agency="Северная лента",
        loaded="трусливым преступлением предателей",
        hedge="предположительно",
        quotes="«совета освобождения»",
    ),
}


def sample_report(text: str, language: str) -> dict[str, Any]:
    """All three classifiers' evidence, with overlapping spans."""
    words = _WORDS[language]
    report = empty_report(text, language)
    report["violence"] |= {
        "score": 0.97,
        "graphic": 0.08,
        "severity": 5,
        "types": {"casualties": 0.95, "human_shields": 0.91},
        "findings": [
            finding(text, "violence.casualties", 0.95, words.killed, "People are said to be dead or hurt.", severity=4),
            finding(text, "violence.human_shields", 0.91, words.cover, "People are used as a shield.", severity=5),
            finding(text, "violence.threat", 0.55, words.sentence, "The sentence speaks of punishment.", severity=2),
        ],
    }
    marker = span(text, "*")
    organisation = {"id": "islamic-state", "name": "Islamic State"}
    mention = {"organisation": organisation, "score": 0.99, "designated_by": _LISTINGS}
    report["designations"] |= {
        "mentions": [
            {
                **mention,
                **span(text, words.marked),
                "marked": True,
                "marker": marker,
                "footnote": 0,
                "reason": "A name of Islamic State, followed by an asterisk.",
            },
            {
                **mention,
                **span(text, words.unmarked),
                "marked": False,
                "marker": None,
                "footnote": None,
                "reason": "A short name of Islamic State, without an asterisk.",
            },
        ],
        "footnotes": [{**span(text, words.footnote), "kind": "terrorist", "jurisdiction": "RU", "marker": "*"}],
        "findings": [
            finding(
                text,
                "designation.unmarked_mention",
                0.98,
                words.unmarked,
                "Listed in RU at the article’s date, and not marked.",
                jurisdiction="RU",
                duty="law",
            )
        ],
    }
    report["source_bias"] |= {
        "score": 0.55,
        "source": {
            "dateline": {**span(text, words.dateline), "place": words.place, "date": "03-03", "agency": words.agency},
            "outlet": {"name": words.agency, "ownership": "private", "country": "KZ"},
        },
        "findings": [
            finding(text, "bias.scare_quotes", 0.7, words.quotes, "Quotation marks without a speaker."),
            finding(text, "bias.technique.loaded_language", 0.81, words.loaded, "Words with strong feeling."),
            finding(text, "bias.hedge", 0.62, words.hedge, "Passes a claim on without saying how firm it is."),
        ],
    }
    del report["source_bias"]["source"]["dateline"]["text"]
    return report


def key_id(session: Session) -> str:
    """The API key that sent the articles."""
    found = session.scalars(select(ApiKeyRow.id)).first()
    return found or keys.add_key(session, keys.make_key(), name="test", scopes=("submit",)).id


def add_read_article(
    database: Database, text: str, report: dict[str, Any] | None, *, failure: str | None = None, **fields: Any
) -> str:
    """An article as a worker leaves it: with its report, or failed. Returns its id."""
    with database.writing() as session:
        new = articles.NewArticle(text=text, **fields)
        article_id = articles.add_article(session, new, api_key_id=key_id(session)).id
    with database.writing() as session:
        claim = claims.claim_articles(session, limit=1, lease_seconds=60)
        assert [row.id for row in claim.articles] == [article_id]
        if report is None:
            assert articles.fail_article(session, article_id, token=claim.token, failure=failure or "it failed")
        else:
            outcome = apply_policy(DEFAULT_POLICY, report)
            assert articles.finish_article(session, article_id, token=claim.token, report=report, outcome=outcome)
    return article_id


def add_open_articles(database: Database, count: int) -> None:
    """Many open articles at once, as rows: for pages of the queue."""
    with database.writing() as session:
        sender = key_id(session)
        session.add_all(
            ArticleRow(
                id=clock.new_id("art"),
                api_key_id=sender,
                state="classified",
                text=f"Number {number}.",
                created_at=clock.now(),
                review_state="open",
                labels=[],
                deaths=0,
            )
            for number in range(count)
        )
