"""How a person wants to see the pages: grey, reduced, unveiled, without keys. Kept in a cookie of the browser."""

from collections.abc import Mapping

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from service.review import exposure
from service.review.visitor import COOKIE_PATH, is_https, local_path, user_required
from store import clock
from store.tables import ArticleRow

COOKIE = "obelus_comfort"
EXPOSURE_COOKIE = "obelus_exposure"
CHOICES = ("grey", "reduced", "unveiled", "no_keys")
_YEAR_SECONDS = 365 * 24 * 3600
_DAY_SECONDS = 24 * 3600


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/comfort", "comfort", comfort)
    blueprint.add_url_rule("/comfort", "save_comfort", save_comfort, methods=["POST"])
    blueprint.add_url_rule("/keyboard", "keyboard", keyboard)


@user_required
def comfort() -> ResponseReturnValue:
    return render_template("review/comfort.html", choices=CHOICES, back=local_path(request.args.get("next")))


@user_required
def save_comfort() -> ResponseReturnValue:
    g.comfort = frozenset(name for name in CHOICES if request.form.get(name))
    response = make_response(redirect(local_path(request.form.get("next")), 303))
    _keep(response, COOKIE, ".".join(sorted(g.comfort)), _YEAR_SECONDS)
    return response


@user_required
def keyboard() -> ResponseReturnValue:
    return render_template("review/keyboard.html")


def load() -> None:
    """Set ``g.comfort``, and ``g.exposure`` of who is signed in. Before each request for a page."""
    asked = request.cookies.get(COOKIE, "").split(".")
    g.comfort = frozenset(name for name in CHOICES if name in asked)
    kept = exposure.read(request.cookies.get(EXPOSURE_COOKIE, ""))
    g.exposure = exposure.go_on(kept, clock.now()) if g.user is not None else None


def show_article(row: ArticleRow, report: Mapping[str, object] | None) -> None:
    """Count it, where it is severe and still has its words."""
    if g.exposure is not None and report is not None and not row.erased_at and (row.severity or 0) >= exposure.SEVERE:
        g.exposure = exposure.look_at(g.exposure, row.id)


def remember(response: Response) -> None:
    """After each request for a page."""
    if g.get("exposure") is not None:
        _keep(response, EXPOSURE_COOKIE, exposure.write(g.exposure), _DAY_SECONDS)


def _keep(response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name, value, path=COOKIE_PATH, max_age=seconds, httponly=True, samesite="Lax", secure=is_https()
    )
