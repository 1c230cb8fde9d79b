"""Who is at the other end: the sign-in cookie and the user behind it."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.context import context
from service.errors import Problem
from store import roles, users
from store.tables import ArticleRow, UserRow

COOKIE = "obelus_session"
COOKIE_PATH = "/review"

View = Callable[..., ResponseReturnValue]


def load_user() -> None:
    """Set ``g.user`` to the signed-in user, or None. Before each request for a page."""
    token = request.cookies.get(COOKIE)
    g.user = _find_user(token) if token else None


def _find_user(token: str) -> UserRow | None:
    """Looked up without the write lock; the sign of life is written at most once a minute."""
    database = context().database
    with database.reading() as session, session.no_autoflush:
        user = users.find_signed_in(session, token)
        was_seen_long_ago = bool(session.dirty)
        session.expunge_all()
    if user is not None and was_seen_long_ago:
        with database.writing() as session:
            user = users.find_signed_in(session, token)
    return user


def user_required(view: View) -> View:
    """Send strangers to the sign-in page, and whoever still has a one-time password to choose one."""

    @wraps(view)
    def guarded(**arguments: str) -> ResponseReturnValue:
        user: UserRow | None = g.user
        if user is None:
            return redirect(url_for("review.sign_in", next=_this_page()), 303)
        if user.is_password_one_time:
            return redirect(url_for("review.choose_password", next=_this_page()), 303)
        return view(**arguments)

    return guarded


def permission_required(permission: str) -> Callable[[View], View]:
    """`user_required`, and 403 for whose role does not have *permission* (store/roles.py)."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(**arguments: str) -> ResponseReturnValue:
            if not may(permission):
                raise Problem("forbidden")
            return view(**arguments)

        return user_required(guarded)

    return guard


def may(permission: str) -> bool:
    """Whether the person at the other end may; templates ask the same."""
    user: UserRow | None = g.user
    return user is not None and roles.is_allowed(user.role, permission)


def may_close(article: ArticleRow) -> bool:
    """Whether the person may decide what happens to *article*: one that was escalated is for somebody senior."""
    return may("decide") and (article.review_state != "escalated" or may("close_escalated"))


def _this_page() -> str | None:
    """Where to come back to: the page asked for, or nothing for a POST, which is not repeated."""
    return request.full_path.rstrip("?") if request.method == "GET" else None


def keep_signed_in(response: Response, token: str) -> None:
    """Hand the browser its token; how long it is good for is decided by the table of sign-ins."""
    response.set_cookie(COOKIE, token, path=COOKIE_PATH, httponly=True, samesite="Lax", secure=is_https())


def forget_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, path=COOKIE_PATH, httponly=True, samesite="Lax", secure=is_https())


def is_https() -> bool:
    """Also behind a proxy that ends TLS, where the public address says so."""
    return request.is_secure or context().settings.base_url.startswith("https://")


def local_path(wanted: str | None) -> str:
    """*wanted* if it is one of our own pages, else the queue: nobody is sent elsewhere after signing in."""
    home = url_for("review.queue")
    if not wanted or len(wanted) > 2_000 or "\\" in wanted or not wanted.isprintable():
        return home
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return home
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith(home) and ".." not in parts.path
    return wanted if is_ours else home
