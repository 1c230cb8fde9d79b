"""The discovery document of our two methods: what Google's API clients build themselves from."""

from typing import Any

Json = dict[str, Any]
REVISION = "20261124"
_STRING = {"type": "string"}
_BOOLEAN = {"type": "boolean"}
_SCORE_TYPES = ["SCORE_TYPE_UNSPECIFIED", "PROBABILITY"]


def make_discovery(root_url: str) -> Json:
    """For a service that is reached under *root_url*, which ends with a slash."""
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "version": "v1alpha1",
        "revision": REVISION,
        "title": "Obelus, in the shape of the Perspective Comment Analyzer API",
        "description": "Scores of violence, designated organisations and source bias, with the words behind them.",
        "ownerDomain": "obelus",
        "ownerName": "Obelus",
        "protocol": "rest",
        "rootUrl": root_url,
        "servicePath": "",
        "baseUrl": root_url,
        "batchPath": "batch",
        "parameters": {
            "key": _parameter("Your API key."),
            "alt": {**_parameter("Data format of the response."), "default": "json", "enum": ["json"]},
            "prettyPrint": {"type": "boolean", "location": "query", "description": "Has no effect."},
        },
        "schemas": {name: {"id": name, "type": "object", **schema} for name, schema in _SCHEMAS.items()},
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method("analyze", "AnalyzeComment", "Score a comment by the requested attributes."),
                    "suggestscore": _method(
                        "suggestscore", "SuggestCommentScore", "Say what the score of a comment should have been."
                    ),
                }
            }
        },
    }


def _parameter(description: str) -> Json:
    return {"type": "string", "location": "query", "description": description}


def _method(name: str, message: str, description: str) -> Json:
    path = f"v1alpha1/comments:{name}"
    return {
        "id": f"commentanalyzer.comments.{name}",
        "path": path,
        "flatPath": path,
        "httpMethod": "POST",
        "description": description,
        "parameters": {},
        "parameterOrder": [],
        "request": {"$ref": f"{message}Request"},
        "response": {"$ref": f"{message}Response"},
    }


def _refer(name: str, description: str) -> Json:
    return {"$ref": name, "description": description}


def _text(description: str) -> Json:
    return {**_STRING, "description": description}


def _flag(description: str) -> Json:
    return {**_BOOLEAN, "description": description}


def _strings(description: str) -> Json:
    return {"type": "array", "items": _STRING, "description": description}


def _map(name: str, description: str) -> Json:
    return {"type": "object", "additionalProperties": {"$ref": name}, "description": description}


def _place(description: str) -> Json:
    return {"type": "integer", "format": "int32", "description": description}


_ASKED: Json = {
    "comment": _refer("TextEntry", "The comment."),
    "context": _refer("Context", "What the comment answers; taken and not read."),
    "languages": _strings("Languages of the comment: en, ru. What is found in the text comes first."),
    "clientToken": _text("Comes back in the answer."),
    "sessionId": _text("Taken and not used."),
    "communityId": _text("Which community the comment is from; kept with a suggestion."),
}
_SCHEMAS: dict[str, Json] = {
    "TextEntry": {
        "description": "A text.",
        "properties": {
            "text": _text("UTF-8; spans count its UTF-16 code units."),
            "type": {**_text("How to read it."), "enum": ["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"]},
        },
    },
    "ArticleAndParentComment": {
        "properties": {
            "article": _refer("TextEntry", "The article."),
            "parentComment": _refer("TextEntry", "The comment that is answered."),
        }
    },
    "Context": {
        "properties": {
            "entries": {"type": "array", "items": {"$ref": "TextEntry"}},
            "articleAndParentComment": {"$ref": "ArticleAndParentComment"},
        }
    },
    "AttributeParameters": {
        "properties": {
            "scoreType": {**_text("The only one is PROBABILITY."), "enum": _SCORE_TYPES},
            "scoreThreshold": {
                "type": "number",
                "format": "float",
                "description": "Scores below it are left out.",
            },
        }
    },
    "Score": {
        "properties": {
            "value": {"type": "number", "format": "float", "description": "0 to 1."},
            "type": {**_text("Of the value."), "enum": _SCORE_TYPES},
        }
    },
    "SpanScore": {
        "properties": {
            "begin": _place("First UTF-16 code unit."),
            "end": _place("One past the last."),
            "score": {"$ref": "Score"},
        }
    },
    "AttributeScores": {
        "properties": {
            "summaryScore": _refer("Score", "Of the whole text."),
            "spanScores": {"type": "array", "items": {"$ref": "SpanScore"}},
        }
    },
    "AnalyzeCommentRequest": {
        "properties": {
            **_ASKED,
            "requestedAttributes": _map("AttributeParameters", "By name, such as THREAT or VIOLENCE."),
            "spanAnnotations": _flag("Give the score of each sentence, or of the words that count."),
            "doNotStore": _flag("Has no effect: nothing is stored."),
            "dropUnsupportedAttributes": _flag("Leave out what is not scored, rather than answer with an error."),
        }
    },
    "AnalyzeCommentResponse": {
        "properties": {
            "attributeScores": _map("AttributeScores", "By name of the attribute."),
            "languages": _strings("As they were asked for, or found."),
            "detectedLanguages": _strings("In which it was read."),
            "clientToken": _text("As it was sent."),
        }
    },
    "SuggestCommentScoreRequest": {
        "properties": {
            **_ASKED,
            "attributeScores": _map("AttributeScores", "What the scores should have been."),
            "doNotStore": _flag("Keep the hash of the text in its place."),
        }
    },
    "SuggestCommentScoreResponse": {
        "properties": {
            "clientToken": _text("As it was sent."),
            "detectedLanguages": _strings("Empty: a suggestion is not read."),
            "requestedLanguages": _strings("As they were sent."),
        }
    },
}
