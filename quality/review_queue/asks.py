"""What is asked of a filled database: every page of the dashboard, the lists of the API, the workers' own queries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quality.review_queue.fill import ADMIN, KEY
from quality.review_queue.rows import GERMAN, OWN
from quality.review_queue.words import rare_word
from service.answers import make_cursor
from service.app import create_app
from service.review.visitor import COOKIE, COOKIE_PATH
from store import (
    claims,
    clock,
    condition,
    erasure,
    figure_counts,
    idempotency,
    review_claims,
    review_queue,
    sending,
    suggestions,
    users,
)
from store.database import Database
from store.policy import DEFAULT_POLICY, LABELS
from store.review_queue import QueueFilter
from store.review_tables import AppealRow
from store.settings import Settings
from store.tables import ApiKeyRow, ArticleRow, AuditEntryRow, DeliveryRow, EndpointRow, UserRow

Ask = Callable[[], None]
FREQUENT, RARE = "violence", tuple(LABELS)[-1]
_WORDS = {
    "a frequent word (en)": "government",
    "a frequent word (ru)": "город",
    "a verb of many forms (ru)": "заявление",
    "two frequent words": "government border",
    "two frequent words (ru)": "правительство полиция",
    "words of two languages, never together": "government правительство",
    "a phrase": '"government city"',
    "a rare phrase": '"border government"',
    "all but a frequent word": "город -правительство",
    "no such word": "nowhere",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows that the questions name. ``rare``: the index of an article that has a word of its own."""

    middle_id: str
    newest_id: str
    decided_id: str
    appeal_id: str
    endpoint_ids: Sequence[str]
    key_id: str
    delivery_id: str
    user_id: str
    token: str
    entry: int
    rare: int


def find_sample(database: Database, number: int) -> Sample:
    with database.writing() as session:
        first, last = session.execute(select(func.min(ArticleRow.id), func.max(ArticleRow.id))).one()
        middle_ms = (int(first[4:16], 16) + int(last[4:16], 16)) // 2
        behind = select(ArticleRow.id).where(ArticleRow.id > f"art_{middle_ms:012x}").order_by(ArticleRow.id).limit(1)
        owned = select(EndpointRow.id).where(EndpointRow.article_id.is_(None))
        user = session.scalars(select(UserRow).where(UserRow.name == "user-0")).one()
        return Sample(
            newest_id=last,
            middle_id=session.scalars(behind.where(ArticleRow.review_state == "open")).one(),
            decided_id=session.scalars(behind.where(ArticleRow.review_state == "closed")).one(),
            appeal_id=session.scalars(select(AppealRow.id).order_by(AppealRow.id).limit(1)).one(),
            endpoint_ids=session.scalars(owned.order_by(EndpointRow.url)).all(),
            key_id=session.scalars(select(ApiKeyRow.id).where(ApiKeyRow.name == "newsroom")).one(),
            delivery_id=session.scalars(select(DeliveryRow.id).order_by(DeliveryRow.id.desc()).limit(1)).one(),
            user_id=user.id,
            token=users.start_sign_in(session, user),
            entry=(session.scalar(select(func.max(AuditEntryRow.seq))) or 0) // 2,
            rare=number // 2 // 4 * 4,
        )


def make_app(database: Database, folder: Path) -> APIFlask:
    """The application, with no Redis and no limit of requests."""
    settings = Settings(data_dir=folder, redis_url=f"unix://{folder}/none.sock", rate_requests_per_minute=0)
    return create_app(settings, database=database)


def make_asks(app: APIFlask, database: Database, sample: Sample) -> dict[str, dict[str, Ask]]:
    """Group, then name, to what is asked. Each can be asked again: what it would write is rolled back, or the same."""
    return {
        "queue": _pages(app, sample, _queue_addresses(sample)),
        "pages": {
            **_pages(app, sample, _page_addresses(sample)),
            "policy, previewed on 500": _preview(app, sample),
            **_next_articles(app, sample),
        },
        "api": _lists(app, sample),
        "workers": {name: _rolled_back(database, run) for name, run in _queries(sample).items()},
    }


# --- the dashboard --------------------------------------------------------------------------------


def _queue_addresses(sample: Sample) -> dict[str, str]:
    month, day = ((datetime.now(UTC) - timedelta(days=days)).date().isoformat() for days in (30, 1))
    scored = {"state": "all", "classifier": "violence", "version": "1.0.0"}
    frequent = {"label": FREQUENT, "source": "source-1", "language": "ru"}
    wanted: dict[str, dict[str, str]] = {
        "open, by severity": {},
        "far behind": {"after": make_cursor(f"3/{sample.middle_id}")},
        "least certain": {"order": "uncertainty"},
        "least certain, far behind": {"order": "uncertainty", "after": make_cursor(f"0.5/{sample.middle_id}")},
        "oldest": {"order": "oldest"},
        "newest": {"order": "newest"},
        "newest, far behind": {"order": "newest", "after": make_cursor(f"/{sample.middle_id}")},
        "escalated": {"state": "escalated"},
        "closed": {"state": "closed"},
        "all": {"state": "all"},
        "a frequent label": {"label": FREQUENT},
        "a rare label": {"label": RARE},
        "a rare label, closed": {"label": RARE, "state": "closed"},
        "a frequent source": {"source": "source-1"},
        "a rare source": {"source": "source-200"},
        "no such source": {"source": "nowhere"},
        "English": {"language": "en"},
        "Russian": {"language": "ru"},
        "a frequent organisation": {"organisation": "organisation-1"},
        "a rare organisation": {"organisation": "organisation-300"},
        "mine": {"assignee": "me"},
        "nobody's": {"assignee": "nobody"},
        "since yesterday": {"since": day},
        "until a month ago": {"until": month},
        "label, source, language": frequent,
        "label, source, language, month": {**frequent, "since": month},
        "label, source, language, certainty": {**frequent, "order": "uncertainty"},
        "source, organisation": {"source": "source-1", "organisation": "organisation-2"},
        "rare label, frequent source": {"source": "source-1", "label": "designation.wrong_footnote"},
        "the same, escalated": {"source": "source-1", "label": "designation.wrong_footnote", "state": "escalated"},
        "the same, all": {"source": "source-1", "label": "designation.wrong_footnote", "state": "all"},
        "label, source, Russian, escalated": {**frequent, "state": "escalated"},
        "never together": {"source": GERMAN, "language": "ru", "label": FREQUENT},
        "never together, closed": {"source": GERMAN, "language": "ru", "label": FREQUENT, "state": "closed"},
        "never together, certainty": {"source": GERMAN, "language": "en", "state": "closed", "order": "uncertainty"},
        "never together, all": {"source": GERMAN, "language": "ru", "label": FREQUENT, "state": "all"},
        "since yesterday, second page": {"since": day, "after": make_cursor(f"3/{sample.newest_id}")},
        "since yesterday, certainty": {"since": day, "order": "uncertainty"},
        "since yesterday, label and source": {"since": day, "label": FREQUENT, "source": "source-1"},
        "since a month ago, label, second page": {
            "since": month,
            "label": FREQUENT,
            "after": make_cursor(f"3/{sample.newest_id}"),
        },
        "a frequent word, a rare label": {"q": "government", "label": RARE},
        "a frequent word, old": {"q": "government", "until": month},
        "a frequent word, searched back from far behind": {"q": "government", "behind": sample.middle_id},
        "scores of a version": {**scored, "since": month},
        "scores of a version, few, since yesterday": {**scored, "since": day, "score_from": "0.9"},
        "scores of a version, a source": {**scored, "source": "source-1"},
        "scores of no version": {"state": "all", "score_from": "0.9", "score_to": "0.9"},
    }
    wanted |= {name: {"q": words} for name, words in _WORDS.items()}
    wanted |= {
        f"a rare word ({language})": {"q": rare_word(sample.rare + place), "state": "all"}
        for place, language in enumerate(("en", "ru"))
    }
    return {name: f"/review/?{urlencode(query)}" for name, query in wanted.items()}


def _page_addresses(sample: Sample) -> dict[str, str]:
    after = urlencode({"after": make_cursor(sample.delivery_id)})
    mark = sample.middle_id[4:16]
    return {
        "article, open": f"/review/articles/{sample.middle_id}",
        "article, decided": f"/review/articles/{sample.decided_id}",
        "article, labelled": f"/review/articles/{sample.middle_id}/labelled",
        "news": f"/review/news?since={clock.mark()}",
        "news since long ago": f"/review/news?since={mark}",
        "figures, 24 hours": "/review/figures?span=24h",
        "figures, 7 days": "/review/figures",
        "figures, 30 days": "/review/figures?span=30d",
        "figures as CSV": "/review/figures/csv?span=30d",
        "appeals": "/review/appeals",
        "appeals, ruled": "/review/appeals?state=ruled",
        "an appeal": f"/review/appeals/{sample.appeal_id}",
        "policy": "/review/policy",
        "a version of the policy": "/review/policy/versions/1",
        "system": "/review/system",
        "endpoints": "/review/endpoints",
        "an endpoint of few": f"/review/endpoints/{sample.endpoint_ids[2]}",
        "an endpoint of many": f"/review/endpoints/{sample.endpoint_ids[0]}",
        "deliveries, failed": "/review/deliveries",
        "deliveries, delivered": "/review/deliveries?state=delivered",
        "deliveries, pending": "/review/deliveries?state=pending",
        "deliveries, next page": f"/review/deliveries?state=delivered&{after}",
        "people": "/review/people",
        "a person": f"/review/people/{sample.user_id}",
        "keys": "/review/keys",
        "a key": f"/review/keys/{sample.key_id}",
        "audit log": "/review/audit",
        "audit log, far behind": f"/review/audit?{urlencode({'after': make_cursor(str(sample.entry))})}",
        "audit log, one action": "/review/audit?action=user_added",
        "suggestions": "/review/suggestions",
        "organisations": "/review/organisations",
        "an organisation": "/review/organisations/islamic-state",
        "comfort": "/review/comfort",
        "keyboard": "/review/keyboard",
        "second factor": "/review/second-factor",
    }


def _pages(app: APIFlask, sample: Sample, addresses: Mapping[str, str]) -> dict[str, Ask]:
    client = _sign_in(app, sample)
    return {name: _get(client, address) for name, address in addresses.items()}


def _sign_in(app: APIFlask, sample: Sample) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(COOKIE, sample.token, path=COOKIE_PATH)
    return client


def _get(client: FlaskClient, address: str, headers: Mapping[str, str] | None = None) -> Ask:
    def ask() -> None:
        answer = client.get(address, headers=headers)
        assert answer.status_code == 200, (address, answer.status_code, answer.text[:300])

    return ask


def _next_articles(app: APIFlask, sample: Sample) -> dict[str, Ask]:
    """The page of an article that is opened from a queue: it looks for the next one there."""
    asks = {}
    for name, query in {
        "filters that never meet": {"source": GERMAN, "language": "ru", "label": FREQUENT},
        "two frequent words": {"q": _WORDS["two frequent words"]},
        "words that never meet": {"q": _WORDS["words of two languages, never together"]},
    }.items():
        client = _sign_in(app, sample)
        client.get(f"/review/?{urlencode(query)}")
        asks[f"article, open, next of {name}"] = _get(client, f"/review/articles/{sample.middle_id}")
    return asks


def _preview(app: APIFlask, sample: Sample) -> Ask:
    rules = DEFAULT_POLICY.rules
    form = {
        "name": "stricter", "over": "1", "last": "500", "label": [rule.label for rule in rules],
        "action": [rule.action for rule in rules], "min_score": ["0.4" for _ in rules],
    }  # fmt: skip
    client = _sign_in(app, sample)

    def ask() -> None:
        answer = client.post("/review/policy/preview", data=form)
        assert answer.status_code == 200, answer.text[:300]

    return ask


# --- the API --------------------------------------------------------------------------------------


def _lists(app: APIFlask, sample: Sample) -> dict[str, Ask]:
    moment = clock.now()
    long_ago = clock.isoformat(datetime.fromtimestamp(int(sample.middle_id[4:16], 16) / 1_000, UTC)) or ""
    wanted: dict[str, dict[str, str]] = {
        "all": {},
        "a hundred": {"limit": "100"},
        "a cursor far behind": {"cursor": make_cursor(sample.middle_id)},
        "queued": {"state": "queued"},
        "classified": {"state": "classified"},
        "failed": {"state": "failed"},
        "blocked": {"action": "block"},
        "open": {"review_state": "open"},
        "a frequent label": {"label": FREQUENT},
        "a rare label": {"label": RARE},
        "a rare label, failed": {"label": RARE, "state": "failed"},
        "a frequent source": {"source": "source-1"},
        "a rare source": {"source": "source-200"},
        "no such source": {"source": "nowhere"},
        "a source, blocked": {"source": "source-20", "action": "block"},
        "English": {"language": "en"},
        "a rare language": {"language": "de"},
        "no such language": {"language": "fr"},
        "an external id": {"external_id": f"post-{sample.rare // 3 * 3}"},
        "no such external id": {"external_id": "nowhere"},
        "a frequent organisation": {"organisation": "organisation-1"},
        "a rare organisation": {"organisation": "organisation-300"},
        "an organisation and a rare label": {"organisation": "organisation-1", "label": RARE},
        "the last hour": {"created_after": clock.isoformat(moment - timedelta(hours=1)) or ""},
        "long ago": {"created_before": long_ago},
        "failed, long ago": {"created_before": long_ago, "state": "failed"},
        "escalated, blocked, German": {"review_state": "escalated", "action": "block", "language": "de"},
        "queued and blocked": {"state": "queued", "action": "block"},
        "never together": {"source": GERMAN, "language": "ru"},
        "another caller's source": {"source": OWN},
        "another caller's source, a label": {"source": OWN, "label": FREQUENT, "review_state": "closed"},
    }
    asks: dict[str, Ask] = {}
    for name in (ADMIN, "newsroom", "blog"):
        headers = {"Authorization": f"Bearer {KEY}{name}"}
        for what, query in wanted.items():
            asks[f"{name}: {what}"] = _get(app.test_client(), f"/v1/articles?{urlencode(query)}", headers)
    headers = {"Authorization": f"Bearer {KEY}{ADMIN}"}
    few, many = sample.endpoint_ids[2], sample.endpoint_ids[0]
    others = {
        "an article": f"/v1/articles/{sample.middle_id}",
        "deliveries of an endpoint of few": f"/v1/endpoints/{few}/deliveries",
        "deliveries of an endpoint of many": f"/v1/endpoints/{many}/deliveries",
        "deliveries, failed": "/v1/deliveries?state=failed",
        "deliveries, pending of an endpoint of many": f"/v1/deliveries?state=pending&endpoint_id={many}",
        "deliveries, failed of an endpoint of few": f"/v1/deliveries?state=failed&endpoint_id={few}",
        "metrics": "/metrics",
    }
    asks |= {name: _get(app.test_client(), address, headers) for name, address in others.items()}
    return asks


# --- the workers ----------------------------------------------------------------------------------


def _queries(sample: Sample) -> dict[str, Callable[[Session], Any]]:
    mine = QueueFilter(free_for=sample.user_id)
    hour = figure_counts.hour_of(clock.now()) - figure_counts.HOUR
    return {
        "claim articles": lambda session: claims.claim_articles(session, limit=32, lease_seconds=60),
        "claim urgent articles": lambda session: claims.claim_articles(
            session, limit=8, lease_seconds=60, is_urgent=True
        ),
        "anything waits": claims.has_waiting,
        "count what waits": claims.count_waiting,
        "fail what is poisoned": claims.fail_poisoned,
        "claim deliveries": lambda session: sending.claim_deliveries(session, limit=32, share=sending.Share()),
        "anything due": sending.has_due,
        "count what is due": sending.count_due,
        "recall paces": lambda session: sending.recall_paces(session, quick_ms=1_000),
        "forget old attempts": sending.forget_old_attempts,
        "forget 20 old texts": lambda session: erasure.forget_old_texts(session, days=1),
        "forget old suggestions": lambda session: suggestions.forget_old_suggestions(session, days=3_000),
        "forget old keys": idempotency.forget_old_keys,
        "forget ended sign-ins": users.forget_ended_sign_ins,
        "count an hour": lambda session: figure_counts.count_hour(session, hour),
        "hours to be counted": lambda session: figure_counts.find_uncounted(session, until=clock.now()),
        "hours that decisions touched": lambda session: figure_counts.find_touched(
            session, after_id=f"dec_{sample.middle_id[4:16]}"
        ),
        "backlog": condition.read_backlog,
        "counts of the queue": review_queue.count_states,
        "claim the next review": lambda session: review_claims.claim_next(
            session, mine, order="severity", user_id=sample.user_id
        ),
    }


def _rolled_back(database: Database, run: Callable[[Session], Any]) -> Ask:
    def ask() -> None:
        with Session(database.engine) as session:
            run(session)
            session.flush()
            session.rollback()

    return ask
