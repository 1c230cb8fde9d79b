"""Joins the parts of the web process; holds no logic of its own."""

from threading import BoundedSemaphore
from typing import Any, cast

from apiflask import APIFlask

from service import review
from service.api import articles, documentation, endpoints, operations, organisations
from service.catalogue import Catalogue
from service.context import Context, attach
from service.errors import register_errors
from service.openapi import API_VERSION, DESCRIPTION, finish_document
from service.requests import MAX_BODY_BYTES, JsonRequest
from service.security import register_security
from store.database import Database, open_database
from store.queues import Queues, open_queues
from store.settings import Settings


def create_app(settings: Settings, *, database: Database | None = None, queues: Queues | None = None) -> APIFlask:
    """The web application. Database and Redis are reached with the first request, not before.

    Raises OrganisationsFileError where the file of custom organisations cannot be used.
    """
    made = Context(
        settings=settings,
        database=database or open_database(settings.database),
        queues=queues or open_queues(settings.redis),
        # Half the threads may wait for a reading; the others go on answering.
        waiting_slots=BoundedSemaphore(max(1, settings.web_threads // 2)),
        catalogue=Catalogue(settings),
    )
    app = APIFlask(
        "service",
        title="Obelus",
        version=API_VERSION,
        spec_path=None,  # service/api/documentation.py serves it
        docs_path=None,
        json_errors=False,
        static_folder=None,  # type: ignore[arg-type]
    )
    app.request_class = JsonRequest
    app.url_map.merge_slashes = False  # //v1/… is another path, not a redirect
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        DESCRIPTION=DESCRIPTION,
        LICENSE={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        AUTO_SERVERS=False,
        AUTO_404_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    attach(app, made)
    register_errors(app)
    register_security(app)
    app.spec_processor(_finish)
    for blueprint in (
        articles.blueprint,
        endpoints.blueprint,
        organisations.blueprint,
        operations.create_blueprint(made),
    ):
        app.register_blueprint(blueprint)
    for pages in (documentation.create_blueprint(), review.create_blueprint()):
        pages.enable_openapi = False  # type: ignore[attr-defined]  # APIFlask asks this of every blueprint with a hook
        app.register_blueprint(pages)
    return app


def _finish(document: dict[str, Any] | str) -> dict[str, Any] | str:
    return finish_document(cast("dict[str, Any]", document))
