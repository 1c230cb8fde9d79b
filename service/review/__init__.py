"""The dashboard ``/review/``: pages for the people who decide. Server-rendered; works without JavaScript."""

from flask import Blueprint


def create_blueprint() -> Blueprint:
    """All pages, to be registered once by the application."""
    return Blueprint("review", __name__, url_prefix="/review", template_folder="templates", static_folder="static")
