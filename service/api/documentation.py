"""``/docs``: the OpenAPI document and the guides as pages of our own. No script, nothing fetched from elsewhere."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from apiflask import APIFlask
from flask import Blueprint, Response, current_app, redirect, render_template
from werkzeug.wrappers import Response as WerkzeugResponse

from service import guides
from service.answers import json_answer
from service.errors import PROBLEMS, Problem
from service.openapi import get_document

_PREFIX = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Operation:
    """One route as the page shows it."""

    method: str
    path: str
    details: dict[str, Any]


def create_blueprint() -> Blueprint:
    """``/docs`` and its stylesheet, ``/openapi.json``, and the way to the dashboard for who types the bare address."""
    blueprint = Blueprint(
        "documentation", __name__, template_folder="templates", static_folder="static", static_url_path="/docs/static"
    )

    @blueprint.get("/")
    def go_to_dashboard() -> WerkzeugResponse:
        return redirect("/review/")

    @blueprint.get("/openapi.json")
    def show_document() -> Response:
        return json_answer(get_document(cast("APIFlask", current_app)))

    @blueprint.get("/docs")
    def show() -> str:
        document = get_document(cast("APIFlask", current_app))
        groups: dict[str, list[Operation]] = {}
        for operation in _operations(document):
            groups.setdefault(operation.details["tags"][0], []).append(operation)
        return render_template(
            "documentation.html",
            document=document,
            groups=groups,
            schemas=document["components"]["schemas"],
            problems=PROBLEMS,
            kind=_kind,
            show_example=_show,
        )

    @blueprint.get("/docs/guides/")
    def list_guides() -> str:
        groups: dict[str, list[guides.Guide]] = {}
        for guide in guides.list_guides().values():
            groups.setdefault(guide.group, []).append(guide)
        return render_template("guide.html", guide=None, groups=groups)

    @blueprint.get("/docs/guides/<path:name>")
    def show_guide(name: str) -> str:
        guide = guides.list_guides().get(name)
        if guide is None:
            raise Problem("not_found", "There is no such page.")
        return render_template("guide.html", guide=guide, body=guides.render(name))

    return blueprint


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method, details in item.items():
            yield Operation(method.upper(), path, details)
    for name, item in document["webhooks"].items():
        yield Operation("POST", name, item["post"])


def _show(value: Any) -> str:
    """An example as a reader wants it: a string as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a few words, such as ``array of Finding`` or ``string or null``."""
    inner = schema.get("additionalProperties")
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(option) for option in schema["enum"])
    if schema.get("type") == "array":
        return f"array of {_kind(schema.get('items', {}))}"
    if isinstance(inner, dict) and inner:
        return f"object of {_kind(inner)}"
    return str(schema.get("$ref") or schema.get("const") or schema.get("type", "anything")).removeprefix(_PREFIX)
