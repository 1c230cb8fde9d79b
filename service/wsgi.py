"""For gunicorn: ``gunicorn 'service.wsgi:create()'``."""

from apiflask import APIFlask

from service.app import create_app
from service.context import context
from service.drain import drain_on_sigterm
from store.logs import set_up_logs
from store.settings import load_settings


def create() -> APIFlask:
    """The application with the settings of the environment, its logs on stderr as JSON lines."""
    settings = load_settings()
    set_up_logs(settings.log_level)
    app = create_app(settings)
    with app.app_context():
        drain_on_sigterm(context().draining)
    return app
