"""What is new, told to open pages: a stream of server-sent events where there is a thread for it, else by asking.

A stream holds a thread of the web process, so few may be open (docs/decisions/0024-figures.md); whoever gets none is
answered 204, which tells a browser not to try again, and the script of the page asks every now and then.
"""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from threading import BoundedSemaphore
from typing import cast

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from redis.client import PubSub
from redis.exceptions import RedisError

from service.context import Context, context
from service.review.visitor import COOKIE, user_required
from store import news, users

_SLOTS = "obelus_streams"
_SHARE = 8  # of the threads, one in so many may be a stream
LOOK_SECONDS = 1.0  # how soon a stream notices that the process is to end
BEAT_SECONDS = 10.0  # a comment now and then: proxies and browsers see that it lives, and we that they do
LONGEST_SECONDS = 600.0  # then the browser opens another one, if there is room
# What changes what others see in the queue: deciding, claiming, bulk, appeals; in the dashboard and by the API.
_DEEDS = re.compile(r"/review/(articles/<|bulk|appeals|next)|/v1/articles/<[^>]+>/(decisions|appeals)")
_UNTOLD = 3_000  # milliseconds after which a browser opens a stream again that has ended


def register(blueprint: Blueprint) -> None:
    blueprint.record_once(_attach)
    blueprint.after_app_request(_tell)
    blueprint.add_url_rule("/live", "live", live)
    blueprint.add_url_rule("/news", "news", show_news)


def _attach(state: BlueprintSetupState) -> None:
    app = cast("Flask", state.app)
    with app.app_context():
        app.extensions[_SLOTS] = BoundedSemaphore(max(1, context().settings.web_threads // _SHARE))


def _tell(response: Response) -> Response:
    """Saved first, told afterwards: the view has committed."""
    rule = request.url_rule
    if request.method == "POST" and response.status_code < 400 and rule is not None and _DEEDS.search(rule.rule):
        news.announce_decision(context().queues.redis)
    return response


@user_required
def show_news() -> ResponseReturnValue:
    """``?since=``: a moment, as `clock.mark` makes it. How many open articles and decisions of others are newer."""
    since = request.args.get("since", "")
    if not is_mark(since):
        abort(404)
    with context().database.reading() as session:
        articles, decisions = news.count_new(
            session, after_article=f"art_{since}", after_decision=f"dec_{since}", but_of=g.user.id
        )
    return {"articles": articles, "decisions": decisions, "most": news.MOST_COUNTED}


def is_mark(value: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{12}", value) is not None


@user_required
def live() -> ResponseReturnValue:
    slots: BoundedSemaphore = current_app.extensions[_SLOTS]
    made = context()
    if made.draining.is_set() or not slots.acquire(blocking=False):
        return Response(status=204)
    with ExitStack() as undo:
        undo.callback(slots.release)
        try:
            subscription = undo.enter_context(news.listen(made.queues.redis))
        except RedisError:
            return Response(status=204)
        kept = undo.pop_all()
    body = _stream(made, subscription, request.cookies.get(COOKIE, ""))
    response = Response(body, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})
    response.call_on_close(kept.close)
    return response


def _stream(made: Context, subscription: PubSub, token: str) -> Iterator[bytes]:
    """Ends when the process is to end, the person has signed out, or Redis is away."""
    began = beat = time.monotonic()
    yield f"retry: {_UNTOLD}\n\n".encode()
    while time.monotonic() - began < LONGEST_SECONDS and not made.draining.is_set():
        try:
            is_news = news.hear(made.queues.redis, subscription, seconds=LOOK_SECONDS)
        except RedisError:
            return
        if is_news:
            yield b"event: news\ndata: \n\n"
        if time.monotonic() - beat >= BEAT_SECONDS or is_news:
            if not _is_signed_in(made, token):
                yield b"event: over\ndata: \n\n"
                return
            if not is_news:
                yield b": \n\n"
            beat = time.monotonic()


def _is_signed_in(made: Context, token: str) -> bool:
    """Looking is no sign of life of the person: an open page does not keep anybody signed in."""
    with made.database.reading() as session, session.no_autoflush:
        return users.find_signed_in(session, token) is not None
