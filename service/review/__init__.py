"""The dashboard ``/review/``: pages for the people who decide. Server-rendered; works without JavaScript."""

from flask import Blueprint

from service.review import (
    appeals,
    article,
    audit,
    bulk,
    claiming,
    comfort,
    deciding,
    deliveries,
    endpoints,
    figures,
    frame,
    keys,
    labelled,
    live,
    organisations,
    people,
    policy,
    queue,
    second_factor,
    sign_in,
    suggestions,
    system,
)
from service.security import require_same_origin


def create_blueprint() -> Blueprint:
    """All pages, to be registered once by the application."""
    blueprint = Blueprint("review", __name__, url_prefix="/review", template_folder="templates", static_folder="static")
    blueprint.before_request(frame.prepare)
    blueprint.before_request(require_same_origin)
    blueprint.after_request(frame.finish)
    blueprint.context_processor(frame.template_values)
    frame.register_errors(blueprint)
    # --- people
    sign_in.register(blueprint)
    second_factor.register(blueprint)
    # --- articles
    queue.register(blueprint)
    bulk.register(blueprint)
    appeals.register(blueprint)
    article.register(blueprint)
    claiming.register(blueprint)
    deciding.register(blueprint)
    labelled.register(blueprint)
    comfort.register(blueprint)
    suggestions.register(blueprint)
    live.register(blueprint)
    # --- what they are read against
    organisations.register(blueprint)
    policy.register(blueprint)
    # --- endpoints and deliveries
    endpoints.register(blueprint)
    deliveries.register(blueprint)

    # --- API keys
    keys.register(blueprint)
    # --- audit log
    audit.register(blueprint)
    # --- figures
    figures.register(blueprint)
    # --- the installation and its people
    system.register(blueprint)
    people.register(blueprint)

    return blueprint
