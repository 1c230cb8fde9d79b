"""Words that tell what kind a source is (``sides.*.txt``), and of which country (``countries.tsv``)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from models.source_bias.lists import Listed, listed, phrases, read_lists
from models.source_bias.phrases import PhraseList, phrase_list, words

LANGUAGES = ("en", "ru")
COUNTRIES_FILE = Path(__file__).with_name("countries.tsv")
DETERMINERS = words("the a an official officials in of for at and government its his her their в во на и из")
ACRONYMS: Mapping[str, str] = {"US": "US", "U.S": "US", "USA": "US", "UK": "GB", "U.K": "GB", "UAE": "AE"}
_ANAPHORS = "anaphors"


@cache
def role_words(language: str) -> PhraseList:
    """Kinds of sources by group."""
    lists = read_lists(f"sides.{language}.txt")
    return phrase_list({kind: phrases(listing) for kind, listing in lists.items() if kind != _ANAPHORS})


@cache
def anaphors(language: str) -> Listed:
    """``the ministry``, «в ведомстве»: bodies and offices that take up what was named before."""
    return listed(read_lists(f"sides.{language}.txt")[_ANAPHORS])


@cache
def country_words() -> PhraseList:
    """Countries, their people and their seats of government in both languages; the group is the ISO code."""
    found = {}
    for line in COUNTRIES_FILE.read_text("utf-8").splitlines():
        code, *listings = line.split("\t")
        found[code] = phrases("|".join(listings))
    return phrase_list(found)
