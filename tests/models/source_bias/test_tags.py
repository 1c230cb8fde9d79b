"""Attributions where the encoder marks words: its tags lead, rules pair and complete them."""

from dataclasses import replace

import numpy as np
import pytest

from models.encoder import SentenceScores, WordSpan
from models.source_bias.attribution import find_attributions
from models.source_bias.phrases import read_words
from models.source_bias.quotes import find_quotations
from models.source_bias.tags import tags_of
from models.text import split_sentences

UNKNOWN = "The mayor pooh-poohed the plan of the council."  # a verb no list has


def tag(text: str, part: str, words: str) -> WordSpan:
    start = text.index(words)
    return WordSpan(start, start + len(words), f"attribution.{part}", 0.9)


def read(text: str, *tags: WordSpan) -> list[tuple[str, ...]]:
    found = find_attributions(
        text,
        split_sentences(text),
        read_words(text),
        find_quotations(text),
        "en",
        tags=sorted(tags, key=lambda t: t.start),
    )
    return [tuple(span.text for span in (a.source, a.cue, a.content) if span) for a in found]


def test_a_tagged_cue_that_no_list_has_is_read_by_the_rules_of_its_place() -> None:
    """It needs its source and content tagged as well; the rules say how far they reach."""
    tags = [
        tag(UNKNOWN, "cue", "pooh-poohed"),
        tag(UNKNOWN, "source", "mayor"),
        tag(UNKNOWN, "content", "of the council"),
    ]

    assert read(UNKNOWN) == []
    assert read(UNKNOWN, *tags) == [("mayor", "pooh-poohed", "the plan of the council")]
    assert read(UNKNOWN, *tags[:2]) == read(UNKNOWN, tags[0], tags[2]) == []


def test_tagged_source_and_content_stand_in_for_the_rules() -> None:
    text = "Long ago the old mayor of Ham pooh-poohed the plan on a Sunday."
    tags = [
        tag(text, "cue", "pooh-poohed"),
        tag(text, "source", "the old mayor of Ham"),
        tag(text, "content", "the plan"),
    ]

    assert read(text, *tags) == [("the old mayor of Ham", "pooh-poohed", "the plan")]


def test_where_there_are_tags_a_rule_needs_its_cue_tagged() -> None:
    """Source and content it places by itself. *Wants* alone is no plain speech, but sure once it is tagged."""
    text = "The mayor said that the bridge is old. Anna Bell wants a new one."

    assert read(text) == [("The mayor", "said", "the bridge is old"), ("Anna Bell", "wants", "a new one")]
    assert read(text, tag(text, "cue", "said")) == [("The mayor", "said", "the bridge is old")]
    assert read(text, tag(text, "cue", "wants")) == [("Anna Bell", "wants", "a new one")]
    assert read(text, tag(text, "source", "Anna Bell")) == []


def test_what_the_rules_doubt_needs_a_surer_cue_and_its_source() -> None:
    """“That said” is seldom a source with its cue."""
    text = "The plan is good but that said nothing of the bridge."
    source, cue = tag(text, "source", "that"), tag(text, "cue", "said")

    assert read(text) == []
    assert read(text, cue) == []
    assert read(text, source, cue) == [("that", "said", "nothing of the bridge")]
    assert read(text, source, replace(cue, score=0.6)) == []


def test_a_tagged_content_that_begins_late_is_completed() -> None:
    text = "The mayor called for a new bridge over the river."
    tags = [tag(text, "cue", "called for"), tag(text, "content", "the river")]

    assert read(text, *tags) == [("The mayor", "called for", "a new bridge over the river")]


def test_a_content_that_tags_put_elsewhere_stays_where_the_rules_have_it() -> None:
    text = "On the plan of the council, the mayor talked about the bridge."

    assert read(text, tag(text, "cue", "talked"), tag(text, "content", "the plan")) == [
        ("the mayor", "talked about", "the bridge")
    ]


def test_a_content_within_another_keeps_to_its_own_words() -> None:
    """The tags of both run together; the inner one is cut by its cue."""
    text = "The mayor said the council believes the bridge is old."
    tags = [
        tag(text, "source", "The mayor"),
        tag(text, "cue", "said"),
        tag(text, "content", "the council believes the bridge is old"),
        tag(text, "source", "the council"),
        tag(text, "cue", "believes"),
    ]

    assert read(text, *tags) == [
        ("The mayor", "said", "the council believes the bridge is old"),
        ("the council", "believes", "the bridge is old"),
    ]


def test_the_marks_of_a_quotation_belong_to_its_content() -> None:
    text = "“Nobody will come here,” pooh-poohed Bell."
    tags = [tag(text, "cue", "pooh-poohed"), tag(text, "source", "Bell"), tag(text, "content", "Nobody will come here")]

    assert read(text, *tags) == [("Bell", "pooh-poohed", "“Nobody will come here,”")]


def test_tags_without_cue_or_source_attribute_nothing() -> None:
    text = "Rain fell on the old bridge."

    assert read(text, tag(text, "content", "the old bridge")) == []
    assert read(text, tag(text, "source", "Rain")) == []


def test_tags_of_moves_the_encoder_s_words_to_the_text() -> None:
    """Only attribution labels, in order, with the offsets of the text; rows are those of the scores."""
    text = "Rain fell. Bell said no."
    sentences = split_sentences(text)
    words = (
        (),
        (),
        (
            WordSpan(5, 9, "attribution.cue", 0.8),
            WordSpan(0, 4, "attribution.source", 0.7),
            WordSpan(0, 4, "violence.perpetrator", 0.9),
        ),
    )
    scores = SentenceScores((), np.zeros((3, 0), dtype=np.float32), words=words)

    found = tags_of(scores, (1, 2), sentences)

    assert [(text[t.start : t.end], t.label) for t in found] == [
        ("Bell", "attribution.source"),
        ("said", "attribution.cue"),
    ]


@pytest.mark.parametrize("language", ["ru", "de"])
def test_tags_of_other_languages_are_borne(language: str) -> None:
    text = "Мэр заявил, что мост закрыт."
    spans = [WordSpan(0, 3, "attribution.source", 0.9), WordSpan(4, 10, "attribution.cue", 0.9)]
    found = find_attributions(text, split_sentences(text), read_words(text), (), language, tags=spans)

    assert [a.content.text for a in found if a.content] == (["мост закрыт"] if language == "ru" else [])
