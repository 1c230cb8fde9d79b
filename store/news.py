"""News over Redis: something came or was decided. Only that it happened is told; who hears it asks the database.

Lost without harm: nothing is kept, and pages look themselves now and then.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from redis import Redis
from redis.client import PubSub
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.queues import NEWS, legible
from store.tables import ArticleRow, DecisionRow

MOST_COUNTED = 100  # of what is new; more is "100+"


def announce_decision(redis: Redis) -> None:
    """A person did something to an article; that one was read, `Queues.announce_done` tells."""
    with suppress(RedisError), legible(redis):
        redis.publish(NEWS, "decision")


@contextmanager
def listen(redis: Redis) -> Iterator[PubSub]:
    """A subscription. RedisError where Redis is away."""
    with legible(redis):
        subscription = redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        subscription.subscribe(NEWS)
    try:
        yield subscription
    finally:
        with suppress(RedisError), legible(redis):
            subscription.close()


def hear(redis: Redis, subscription: PubSub, *, seconds: float) -> bool:
    """Whether there is news within *seconds*; all that has piled up is one piece. RedisError where Redis is away."""
    with legible(redis):
        if subscription.get_message(timeout=seconds) is None:
            return False
        while subscription.get_message(timeout=0) is not None:
            pass
        return True


def count_new(session: Session, *, after_article: str, after_decision: str, but_of: str) -> tuple[int, int]:
    """(open articles, decisions of others than *but_of*) that came since, each counted up to `MOST_COUNTED`."""
    articles = select(ArticleRow.id).where(ArticleRow.review_state == "open", ArticleRow.id > after_article)
    decisions = select(DecisionRow.id).where(DecisionRow.id > after_decision, DecisionRow.reviewer != but_of)
    first, second = (
        session.scalar(select(func.count()).select_from(query.limit(MOST_COUNTED).subquery("some"))) or 0
        for query in (articles, decisions)
    )
    return first, second
