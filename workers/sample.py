"""The sample article that `make run` sends through the whole system to show that it works."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import models
from store import keys
from store.database import Database
from store.tables import ApiKeyRow, ArticleRow, DecisionRow

EXTERNAL_ID = "obelus-sample"
WAIT_SECONDS = 20
_KEY_NAME = "sample of make run"
_PATH = Path(models.__file__).parent / "samples" / "islamic_state_retreat.txt"


class SampleError(Exception):
    """The sample could not be sent or was not read; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Sample:
    text: str
    report: dict[str, Any]
    article_id: str
    action: str


def read_sample() -> str:
    """The project's own sample, in the manner of a news agency."""
    try:
        return _PATH.read_text("utf-8")
    except OSError:
        raise SampleError(f"{_PATH} cannot be read") from None


def send_sample(database: Database, base_url: str) -> Sample:
    """Send it over HTTP with a key of its own that is revoked afterwards, and wait for its report."""
    text = read_sample()
    with _temporary_key(database) as key:
        article = _post(base_url, key, text)
    return Sample(text, article["report"], article["id"], article["action"])


def _post(base_url: str, key: str, text: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}", "Prefer": f"wait={WAIT_SECONDS}"}
    try:
        with httpx2.Client(base_url=base_url, headers=headers, timeout=WAIT_SECONDS + 10, trust_env=False) as client:
            response = client.post("/v1/articles", json={"text": text, "external_id": EXTERNAL_ID})
            article: dict[str, Any] = response.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise SampleError(f"the sample article could not be sent: {type(error).__name__}") from None
    if response.status_code == 202:
        raise SampleError(f"the sample article was not read within {WAIT_SECONDS} s; it waits in the queue")
    if response.status_code != 200 or article.get("state") != "classified":
        said = article.get("detail") or article.get("state") or response.status_code
        raise SampleError(f"the sample article was not read: {said}")
    return article


@contextmanager
def _temporary_key(database: Database) -> Iterator[str]:
    key = keys.make_key()
    with database.writing() as session:
        row = _own_key(session)
        if row is None:
            row = keys.add_key(session, key, name=_KEY_NAME, scopes=("submit", "read"))
        else:
            _forget_earlier(session, row.id)
            row.key_sha256, row.prefix, row.revoked_at = keys.hash_token(key), key[:8], None
        key_id = row.id
    try:
        yield key
    finally:
        with database.writing() as session:
            keys.revoke_key(session, key_id)


def _own_key(session: Session) -> ApiKeyRow | None:
    """One row serves all starts, each with a new secret, so that starts do not pile up keys."""
    return session.scalars(select(ApiKeyRow).where(ApiKeyRow.name == _KEY_NAME).limit(1)).first()


def _forget_earlier(session: Session, key_id: str) -> None:
    """Samples of earlier starts go, unless somebody decided on one."""
    decided = select(DecisionRow.article_id)
    session.execute(
        delete(ArticleRow).where(
            ArticleRow.api_key_id == key_id, ArticleRow.external_id == EXTERNAL_ID, ArticleRow.id.not_in(decided)
        )
    )
