"""Joins the parts of the web process; holds no logic of its own."""

from functools import partial
from threading import BoundedSemaphore
from typing import Any, cast

from apiflask import APIFlask

from service import review
from service.api import articles, batches, documentation, endpoints, keys, operations, organisations, policy, reviews
from service.catalogue import Catalogue
from service.compat import register_compat
from service.context import Context, attach
from service.cors import register_cors
from service.deprecation import register_deprecations
from service.errors import register_errors
from service.limits import register_limits
from service.openapi import API_VERSION, DESCRIPTION, finish_document
from service.pressure import Pressure
from service.representation import register_representations
from service.requests import MAX_BODY_BYTES, JsonRequest, refuse_repeated_parameters
from service.security import register_security
from service.submission import save_all
from service.waking import Waker
from store.addresses import Guard, Resolve, resolve_name
from store.database import Database, open_database
from store.queues import Queues, open_queues
from store.rates import SharedCounts
from store.settings import Settings
from store.together import Together


def create_app(
    settings: Settings,
    *,
    database: Database | None = None,
    queues: Queues | None = None,
    resolve: Resolve = resolve_name,
) -> APIFlask:
    """The web application. Database and Redis are reached with the first request, not before. *resolve* finds the
    addresses of receivers.

    Raises OrganisationsFileError where the file of custom organisations cannot be used.
    """
    queues = queues or open_queues(settings.redis)
    database = database or open_database(settings.database)
    shared_counts = SharedCounts(queues.redis)
    made = Context(
        settings=settings,
        database=database,
        queues=queues,
        # Half the threads may wait for a reading; the others go on answering.
        waiting_slots=BoundedSemaphore(max(1, settings.web_threads // 2)),
        batch_slots=BoundedSemaphore(max(1, settings.web_threads // 8)),
        pressure=Pressure(settings.max_waiting),
        catalogue=Catalogue(settings),
        guard=Guard(settings.allow_private_webhooks, resolve),
        shared_counts=shared_counts,
        saves=Together(partial(save_all, database, shared_counts)),
        waker=Waker(queues),
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
    register_cors(app)
    register_deprecations(app)
    app.before_request(refuse_repeated_parameters)
    register_limits(app)
    app.spec_processor(_finish)
    for blueprint in (
        articles.blueprint,
        batches.blueprint,
        endpoints.blueprint,
        keys.blueprint,
        organisations.blueprint,
        policy.blueprint,
        reviews.blueprint,
        operations.create_blueprint(made),
    ):
        app.register_blueprint(blueprint)
    register_compat(app)
    for pages in (documentation.create_blueprint(), review.create_blueprint()):
        pages.enable_openapi = False  # type: ignore[attr-defined]  # APIFlask asks this of every blueprint with a hook
        app.register_blueprint(pages)
    register_representations(app)  # the last one: it comes first after a view
    return app


def _finish(document: dict[str, Any] | str) -> dict[str, Any] | str:
    return finish_document(cast("dict[str, Any]", document))
