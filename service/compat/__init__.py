"""Other vendors' shapes in front of our reading: a client of theirs moves to us by changing a URL."""

from apiflask import APIFlask

from service.compat import openai, perspective


def register_compat(app: APIFlask) -> None:
    """Add the adapters' routes. Their shapes are the vendors', so they stay out of our OpenAPI document: Perspective's
    clients read a discovery document of its own, OpenAI's need none."""
    for blueprint in (openai.blueprint, perspective.blueprint):
        blueprint.enable_openapi = False
        app.register_blueprint(blueprint)
