"""Other vendors' shapes in front of our reading: a client of theirs moves to us by changing a URL."""

from apiflask import APIFlask

from service.compat import openai, perspective


def register_compat(app: APIFlask) -> None:
    """Add the adapters' routes, and to the OpenAPI document where Google's clients put a key."""
    app.security_schemes = dict(perspective.SECURITY_SCHEMES)
    for blueprint in (openai.blueprint, perspective.blueprint):
        app.register_blueprint(blueprint)
