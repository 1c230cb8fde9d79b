"""Request number N: always the same one, so that a run can be resumed and a finding sent again."""

import copy
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from quality.fuzz.words import BODIES, HEADERS, METHODS, PATHS, QUERIES, TYPES, VALUES

_MOST_CHANGES = 3
_LEFT_OUT = 0.8  # of what asks for no key: it reads little of what was sent


@dataclass(slots=True)
class Request:
    """``target`` is percent-encoded ASCII; ``kind`` says what was done to it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes requests for every operation of *document*. ``ids``, by parameter, are of things there."""

    document: Mapping[str, Any]
    key: str
    ids: Mapping[str, str] = field(default_factory=dict)

    def make(self, number: int) -> Request:
        chance = random.Random(number)
        path, method, operation = chance.choice(self._operations())
        if not operation.get("security") and chance.random() < _LEFT_OUT:
            path, method, operation = chance.choice(self._operations())
        request = Request(
            method.upper(), self._fill(path, chance), {"Authorization": f"Bearer {self.key}"}, kind=f"{method} {path}"
        )
        if "Perspective" in operation.get("tags", ()):
            request.target += f"?key={quote(self.key)}"
        body = self._body(operation, chance)
        if body is not None:
            request.headers["Content-Type"] = "application/json"
            request.body = json.dumps(body).encode()
        for _ in range(chance.randint(1, _MOST_CHANGES)):
            change = chance.choice(_CHANGES)
            request.kind += f", {change.__name__.strip('_')}"
            change(request, body, chance)
        return request

    def _operations(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        methods = ("get", "post", "put", "patch", "delete")
        return [
            (path, method, item[method])
            for path, item in self.document["paths"].items()
            for method in methods
            if method in item
        ]

    def _fill(self, path: str, chance: random.Random) -> str:
        for name in [part.split("}")[0] for part in path.split("{")[1:]]:
            known = self.ids.get(name, "x")
            value = known if chance.random() < 0.6 else quote(chance.choice(PATHS), safe="")
            path = path.replace(f"{{{name}}}", value)
        return path

    def _body(self, operation: Mapping[str, Any], chance: random.Random) -> Any:
        content = operation.get("requestBody", {}).get("content", {})
        examples = [one["value"] for media in content.values() for one in media.get("examples", {}).values()]
        return copy.deepcopy(chance.choice(examples)) if examples else None


# --- what is done to a request --------------------------------------------------------------------


def _change_method(request: Request, _body: Any, chance: random.Random) -> None:
    request.method = chance.choice(METHODS)


def _change_path(request: Request, _body: Any, chance: random.Random) -> None:
    parts = request.target.split("?")[0].split("/")
    parts[chance.randrange(1, len(parts))] = quote(chance.choice(PATHS), safe="%")
    request.target = "/".join(parts)


def _add_query(request: Request, _body: Any, chance: random.Random) -> None:
    joint = "&" if "?" in request.target else "?"
    request.target += joint + "&".join(chance.choice(QUERIES) for _ in range(chance.randint(1, 4)))


def _change_header(request: Request, _body: Any, chance: random.Random) -> None:
    name = chance.choice(list(HEADERS))
    request.headers[name] = chance.choice(HEADERS[name])


def _drop_key(request: Request, _body: Any, _chance: random.Random) -> None:
    request.headers.pop("Authorization", None)


def _change_type(request: Request, _body: Any, chance: random.Random) -> None:
    request.headers["Content-Type"] = chance.choice(TYPES)


def _replace_body(request: Request, _body: Any, chance: random.Random) -> None:
    request.headers.setdefault("Content-Type", "application/json")
    request.body = chance.choice(BODIES)


def _cut_body(request: Request, _body: Any, chance: random.Random) -> None:
    if request.body:
        request.body = request.body[: chance.randrange(len(request.body))]


def _flip_bytes(request: Request, _body: Any, chance: random.Random) -> None:
    changed = bytearray(request.body)
    for _ in range(chance.randint(1, 8) if changed else 0):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    request.body = bytes(changed)


def _change_value(request: Request, body: Any, chance: random.Random) -> None:
    """Another value somewhere in the body, of any type."""
    if not isinstance(body, dict):
        return
    at: Any = body
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            break
        key = chance.choice(keys)
        if isinstance(at[key], dict | list) and at[key] and chance.random() < 0.5:
            at = at[key]
            continue
        at[key] = copy.deepcopy(chance.choice(VALUES))
        break
    _write(request, body)


def _drop_field(request: Request, body: Any, chance: random.Random) -> None:
    if isinstance(body, dict) and body:
        del body[chance.choice(list(body))]
        _write(request, body)


def _add_field(request: Request, body: Any, chance: random.Random) -> None:
    if isinstance(body, dict):
        body[str(chance.choice(PATHS))] = copy.deepcopy(chance.choice(VALUES))
        _write(request, body)


def _write(request: Request, body: Any) -> None:
    text = json.dumps(body, ensure_ascii=True)
    request.body = text.encode()


_CHANGES: tuple[Callable[[Request, Any, random.Random], None], ...] = (
    _change_method, _change_path, _add_query, _change_header, _drop_key, _change_type, _replace_body, _cut_body,
    _flip_bytes, _change_value, _change_value, _change_value, _drop_field, _add_field,
)  # fmt: skip
