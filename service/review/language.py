"""English or Russian: asked for in the address, remembered in a cookie, else as the browser prefers."""

import re
from datetime import datetime

from flask import Response, g, request

from service.review.labels import LABEL_NAMES
from service.review.messages import LANGUAGES, MESSAGES
from service.review.visitor import COOKIE_PATH, is_https

COOKIE = "obelus_language"
_CYRILLIC = re.compile("[А-яЁё]")
_YEAR_SECONDS = 365 * 24 * 3600


def choose_language() -> None:
    """Set ``g.language``. Before each request for a page."""
    asked, kept = request.args.get("lang"), request.cookies.get(COOKIE)
    if asked in LANGUAGES:
        g.language = asked
    elif kept in LANGUAGES:
        g.language = kept
    else:
        g.language = request.accept_languages.best_match(LANGUAGES, default=LANGUAGES[0])


def remember_language(response: Response) -> Response:
    """Keep what was asked for. After each request for a page."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        response.set_cookie(
            COOKIE, asked, path=COOKIE_PATH, max_age=_YEAR_SECONDS, httponly=True, samesite="Lax", secure=is_https()
        )
    response.headers["Content-Language"] = g.get("language", LANGUAGES[0])
    return response


def translate(key: str, **values: object) -> str:
    """The message in the reader's language. KeyError on an unknown key: the catalogue is tested to be whole."""
    return MESSAGES[key][LANGUAGES.index(g.language)].format(**values)


def name_label(label: str) -> str:
    """A label in words; one we have no words for is shown as it is written in the API."""
    names = LABEL_NAMES.get(label)
    return names[LANGUAGES.index(g.language)] if names else label


def name_code(kind: str, code: str) -> str:
    """A code of the register or the report (``jurisdiction.RU``) in words, or as it is written there."""
    names = MESSAGES.get(f"{kind}.{code}")
    return names[LANGUAGES.index(g.language)] if names else code


def written_in(words: str) -> str:
    """The language of a list's name, which is English or Russian whatever the reader's is."""
    return "ru" if _CYRILLIC.search(words) else "en"


def show_score(score: float | None) -> str:
    """Two digits; an em dash where there is no score, never 0."""
    return "—" if score is None else show_decimal(score, 2)


def show_decimal(number: float, digits: int = 1) -> str:
    """``2.5``, or as the reader's language writes it."""
    return f"{number:.{digits}f}".replace(".", "," if g.language == "ru" else ".")


def show_time(moment: datetime) -> str:
    """``2026-11-23 09:00`` in UTC: the same in both languages, and it sorts."""
    return moment.strftime("%Y-%m-%d %H:%M")
