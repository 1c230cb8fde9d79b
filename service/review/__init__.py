"""The dashboard ``/review/``: pages for the people who decide. Server-rendered; works without JavaScript."""

from flask import Blueprint

from service.review import article, frame, organisations, queue, sign_in
from service.security import require_same_origin


def create_blueprint() -> Blueprint:
    """All pages, to be registered once by the application."""
    blueprint = Blueprint("review", __name__, url_prefix="/review", template_folder="templates", static_folder="static")
    blueprint.before_request(frame.prepare)
    blueprint.before_request(require_same_origin)
    blueprint.after_request(frame.finish)
    blueprint.context_processor(frame.template_values)
    frame.register_errors(blueprint)
    sign_in.register(blueprint)
    queue.register(blueprint)
    article.register(blueprint)
    organisations.register(blueprint)
    return blueprint
