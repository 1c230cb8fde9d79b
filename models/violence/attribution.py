"""Whether a sentence plainly says who reports it: enough for a reason, not yet an attribution graph."""

import re

_ATTRIBUTIONS = {
    "en": re.compile(
        r"\baccording to [^,.;:]{2,60}|"
        r"\b(?:[\w'’.-]+ ){0,4}(?:said|says|reported|reports|stated|claimed|told [\w ]{2,20})\b|"
        r"\b(?:is|are|was|were) (?:accused|suspected)\b|\ballegedly\b",
        re.IGNORECASE,
    ),
    "ru": re.compile(
        r"по (?:данным|словам|информации|сообщению|версии) [^,.;:]{2,60}|"
        r"как (?:сообща|заяв|переда)\w{1,8}[^,.;:]{0,40}|"
        r"(?:сообщил|заявил|рассказал|утвержда|отметил)\w{0,4}\b(?: [\w«»-]+){0,3}|\bякобы\b",
        re.IGNORECASE,
    ),
}


def find_attribution(sentence: str, language: str) -> str | None:
    """The words that attribute the sentence, or None."""
    pattern = _ATTRIBUTIONS.get(language)
    match = pattern.search(sentence) if pattern else None
    return " ".join(match.group().split()) if match else None
