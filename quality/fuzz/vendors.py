"""The routes under /compat, which our own document leaves out: their shapes are the vendors'. As it would hold them."""

from typing import Any

_TEXTS = {
    "english": "Fighters shelled the town on Friday, killing four people.",
    "russian": "Боевики обстреляли посёлок в пятницу, погибли четыре человека.",
}


def _operation(*values: Any, is_google: bool) -> dict[str, Any]:
    key = [{"name": "key", "in": "query"}] if is_google else []
    examples = {str(number): {"value": value} for number, value in enumerate(values)}
    body = {"content": {"application/json": {"examples": examples}}} if values else {}
    return {"security": [{"key": []}], "parameters": key, "requestBody": body}


def _comment(text: str, **more: Any) -> dict[str, Any]:
    return {"comment": {"text": text}, "languages": ["en"], "doNotStore": True, "clientToken": "t", **more}


_PERSPECTIVE = "/compat/perspective"
_SCORES = {"THREAT": {"summaryScore": {"value": 0.5}}}
VENDORS: dict[str, Any] = {
    "/compat/openai/v1/moderations": {
        "post": _operation(
            *({"input": text, "model": "omni-moderation-latest"} for text in _TEXTS.values()),
            {"input": [*_TEXTS.values()]},
            {"input": [{"type": "text", "text": _TEXTS["english"]}]},
            is_google=False,
        )
    },
    f"{_PERSPECTIVE}/v1alpha1/comments:analyze": {
        "post": _operation(
            *(
                _comment(text, requestedAttributes={"THREAT": {}, "VIOLENCE": {"scoreThreshold": 0.2}})
                for text in _TEXTS.values()
            ),
            is_google=True,
        )
    },
    f"{_PERSPECTIVE}/v1alpha1/comments:suggestscore": {
        "post": _operation(*(_comment(text, attributeScores=_SCORES) for text in _TEXTS.values()), is_google=True)
    },
    f"{_PERSPECTIVE}/$discovery/rest": {"get": {**_operation(is_google=False), "requestBody": {}}},
}
