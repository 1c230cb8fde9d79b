"""What makes a sentence a claim, and what tells that somebody stands behind it; the lists are ``claims.*.txt``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from models.source_bias.lists import Listed, listed, phrases, read_lists
from models.source_bias.phrases import PhraseList, phrase_list

CLAIM_REASONS: Mapping[str, str] = {
    "known": "presents what follows as known or beyond doubt",
    "passive": "passes a report on in the passive, so that nobody reports it",
    "motive": "says what somebody secretly or really intends, which no reporter can see",
    "accusation": "charges somebody with wrongdoing as a fact",
    "toll": "gives a figure of people killed or hurt in fighting",
    "judgement": "judges somebody's work as a fact",
}
LANGUAGES = ("en", "ru")
_GROUPS = ("known", "passive", "motive", "intent", "accusation", "judgement")
_THAT = " что"  # a comma stands before it, so it is no part of a phrase
_DOING = ("is", "are", "keeps", "keep", "been")
_DONE = ("has", "have")


@dataclass(frozen=True, slots=True)
class ClaimWords:
    """What one language's claims are made of. ``intent`` needs a word of ``harm`` next to it, ``accusation`` one of
    ``actors`` or a name before it, ``motive`` and ``judgement`` one of these or of ``works``; a word of ``behind`` or
    ``exactly`` tells that somebody stands behind the sentence. ``before_that`` count before «, что» alone."""

    phrases: PhraseList
    before_that: frozenset[str]
    harm: Listed
    actors: Listed
    works: Listed
    behind: Listed
    exactly: Listed
    sport: Listed
    refused: Listed
    deaths: Listed
    fighting: Listed
    amounts: Listed
    units: Listed


@cache
def claim_words(language: str) -> ClaimWords:
    """The lists of one of ``LANGUAGES``, read when the first text needs them."""
    lists = read_lists(f"claims.{language}.txt")
    groups = {group: phrases(lists[group]) for group in _GROUPS}
    made = [f"{verb} {word}" for verb in _DOING for word in lists.get("doing", "").split()]
    made += [f"{verb} {word}" for verb in _DONE for word in lists.get("done", "").split()]
    groups["accusation"] += "\n" + "\n".join(made)
    lines = [line for listing in groups.values() for line in listing.splitlines()]
    before_that = frozenset(line.removesuffix(_THAT) for line in lines if line.endswith(_THAT))
    return ClaimWords(
        phrases=phrase_list(
            {group: listing.replace(_THAT + "\n", "\n").removesuffix(_THAT) for group, listing in groups.items()}
        ),
        before_that=before_that - set(lines),
        **{name: listed(listing) for name, listing in lists.items() if name not in (*_GROUPS, "doing", "done")},
    )
