"""Which operations of the API are on their way out: one table, which headers and the OpenAPI document follow."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from flask import Flask, Response, request


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when nobody should begin to use it (RFC 9745), when it ends (RFC 8594), and where is said what to use."""

    since: datetime
    sunset: datetime | None = None
    link: str | None = None

    def __post_init__(self) -> None:
        if self.sunset is not None and self.sunset < self.since:
            raise ValueError("it cannot end before it is deprecated")  # RFC 9745, section 4


Table = Mapping[tuple[str, str], Deprecation]  # by method and path, as the OpenAPI document writes them
DEPRECATED: Table = {}
_PARAMETER = re.compile(r"<(?:[^<>:]*:)?([^<>]*)>")


def register_deprecations(app: Flask, table: Table = DEPRECATED) -> None:
    """Say it in each answer, errors included, of the operations in *table*."""

    def tell(response: Response) -> Response:
        found = table.get((_method(), _path())) if request.url_rule is not None else None
        if found is None:
            return response
        response.headers["Deprecation"] = f"@{int(found.since.timestamp())}"
        if found.sunset is not None:
            response.headers["Sunset"] = format_datetime(found.sunset.astimezone(UTC), usegmt=True)
        if found.link is not None:
            response.headers.add("Link", f'<{found.link}>; rel="deprecation"')
        return response

    app.after_request(tell)


def _method() -> str:
    return "get" if request.method == "HEAD" else request.method.lower()


def _path() -> str:
    return _PARAMETER.sub(r"{\1}", request.url_rule.rule) if request.url_rule is not None else ""
