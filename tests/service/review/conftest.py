"""People at the dashboard: signed in by the store's own functions, reading pages as a browser would."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from apiflask import APIFlask
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.review.visitor import COOKIE, COOKIE_PATH
from store import clock, users
from store.database import Database
from store.tables import UserRow

PASSWORD = "correct horse battery"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
_VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})


@dataclass(frozen=True)
class Person:
    """A user and a browser; ``post`` sends what a form of our own page sends."""

    client: FlaskClient
    user_id: str
    name: str

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, form: dict[str, str] | None = None, **options: Any) -> TestResponse:
        return self.client.post(path, data=form or {}, headers=SAME_ORIGIN | options.pop("headers", {}), **options)


MakePerson = Callable[..., Person]


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Hashed once: argon2 is slow on purpose."""
    return PasswordHasher().hash(PASSWORD)


@pytest.fixture
def make_person(app: APIFlask, database: Database, password_hash: str) -> MakePerson:
    def make(name: str = "maria", *, role: str = "moderator") -> Person:
        with database.writing() as session:
            user = UserRow(
                id=clock.new_id("usr"),
                name=name,
                password_hash=password_hash,
                is_password_one_time=False,
                role=role,
                created_at=clock.now(),
            )
            session.add(user)
            session.flush()
            token = users.start_sign_in(session, user)
        client = app.test_client()
        client.set_cookie(COOKIE, token, path=COOKIE_PATH)
        return Person(client, user.id, name)

    return make


@pytest.fixture
def maria(make_person: MakePerson) -> Person:
    """A moderator who is signed in."""
    return make_person()


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts)


class Page(HTMLParser):
    """What a browser makes of a page: all elements in order, each with the text inside it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        # Browsers do this before they parse: WHATWG HTML, "preprocessing the input stream".
        self.feed(html.replace("\r\n", "\n").replace("\r", "\n"))
        self.close()
        assert self._open == [], f"elements left open: {[element.tag for element in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.parts.append(data)

    def by_id(self, wanted: str) -> Element:
        (found,) = [element for element in self.elements if element.attributes.get("id") == wanted]
        return found

    def by_tag(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def ids(self) -> list[str]:
        return [found for element in self.elements if (found := element.attributes.get("id"))]
