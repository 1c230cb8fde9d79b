"""Every sentence is there in both languages, and every sentence a page asks for is there."""

import re
from pathlib import Path
from string import Formatter

import pytest

import service.review
import service.review.figures
import service.review.keys
import service.review.people
from models.designations.labels import LABELS as DESIGNATION_LABELS
from models.source_bias.labels import LABELS as BIAS_LABELS
from models.violence.labels import LABELS as VIOLENCE_LABELS
from service.review import comfort, endpoints, queue, queue_query
from service.review.highlight import FAMILIES
from service.review.labels import LABEL_NAMES
from service.review.messages import MESSAGES
from store import appeals, audit, bulk, figures, keys, review_queue, roles, signs
from store.deliveries import STATES
from store.policy import LABELS
from store.reviews import FINDING_DECISIONS, KINDS

FOLDER = Path(service.review.__file__).parent
SOURCES = [*FOLDER.glob("templates/review/*.html"), *FOLDER.glob("*.py")]
_LITERAL_KEY = re.compile(r"""\b(?:t|translate)\(\s*['"]([a-z_.0-9]+)['"]\s*[,)]""")
_PREFIX = re.compile(r"""\bt\(\s*['"]([a-z_.]+\.)['"]\s*~""")
_OWN_SCRIPT = re.compile(
    r"""<script src="\{\{ url_for\('review\.static', filename='[a-z]+\.js'\) \}\}" defer></script>"""
)
_BUILT = {
    "role.": roles.ROLES,
    "action.": queue_query.CHOICES["decision"],
    "labelled.kind.": ("marker", "bracket", "footnote"),
    "comfort.": comfort.CHOICES,
    "comfort.about.": comfort.CHOICES,
    "decision.": tuple(FINDING_DECISIONS),
    "decision.kind.": tuple(kind for kind in KINDS if kind != "decision"),
    "classifier.": FAMILIES,
    "status.": ("failed", "unsupported_language"),
    "state.": ("not_needed", "open", "escalated", "closed"),
    "queue.filter.": queue_query.SHOWN_STATES,
    "queue.order.": tuple(review_queue.ORDERS),
    "queue.by.": queue_query.FILTERS,
    "queue.language.": queue_query.LANGUAGES,
    "queue.reading.": review_queue.READINGS,
    "queue.judged.": queue_query.CHOICES["judged"],
    "queue.done.": queue.DONE,
    "bulk.deed.": (*bulk.DEEDS, "undo"),
    "bulk.hindrance.": ("claimed", "changed", "not_read", "same"),
    "history.verdict.": (*FINDING_DECISIONS, "relabelled", "missed"),
    "appeal.state.": appeals.STATES,
    "appeal.ruling.": tuple(appeals.RULINGS),
    "score.": ("violence", "graphic", "inciting"),
    "audit.action.": tuple(audit.ACTIONS),
    "audit.actor.": (audit.CLI, audit.SYSTEM),
    "audit.column.": ("when", "who", "what", "subject", "details"),
    "event.": endpoints.EVENTS,
    "endpoint.act.": tuple(endpoints._ACTIONS),
    "endpoint.done.": endpoints.DONE,
    "delivery.": STATES,
    "key.scope.": tuple(keys.SCOPES),
    "key.sees.": ("", *keys.SEES),
    "key.limit.": tuple(keys.LIMITS),
    "key.quota.": ("requests", "articles", "characters"),
    "key.state.": ("live", "expired", "revoked"),
    "key.done.": service.review.keys.DONE,
    "figures.span.": tuple(figures.SPANS),
    "figures.": service.review.figures.STATES,
    "figures.part.": tuple(service.review.figures.PARTS),
    "person.done.": service.review.people.DONE,
    "system.program.": signs.PROGRAMS,
}


@pytest.mark.parametrize("key", MESSAGES)
def test_a_message_has_both_languages_and_the_same_values(key: str) -> None:
    english, russian = MESSAGES[key]

    assert english
    assert russian
    assert _fields(english) == _fields(russian)


def _fields(message: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(message) if name}


def test_every_key_that_is_asked_for_exists() -> None:
    asked = {key for path in SOURCES for key in _LITERAL_KEY.findall(path.read_text("utf-8"))}

    assert len(asked) > 50, "the pattern no longer finds the keys"
    assert asked - set(MESSAGES) == set()


def test_every_key_that_is_put_together_exists() -> None:
    prefixes = {prefix for path in SOURCES for prefix in _PREFIX.findall(path.read_text("utf-8"))}

    assert prefixes == set(_BUILT)
    assert [prefix + value for prefix in prefixes for value in _BUILT[prefix] if prefix + value not in MESSAGES] == []


def test_no_message_is_left_over() -> None:
    """A key stands in a template or module, or begins with a prefix that codes are looked up under."""
    text = "".join(path.read_text("utf-8") for path in SOURCES if not path.name.endswith("messages.py"))
    looked_up = (
        *_BUILT,
        "jurisdiction.",
        "queue.whose.",
        "kind.",
        "listing.",
        "ownership.",
        "duty.",
        "error.title.",
        "failure.",
        "reason.",
        "endpoint.refused.",
        "key.refused.",
        "view.refused.",
        "policy.refused.",
        "span.",
        "unit.",
        "version.",
    )

    left_over = [key for key in MESSAGES if f"'{key}'" not in text and f'"{key}"' not in text]
    assert [key for key in left_over if not key.startswith(looked_up)] == []


def test_every_label_has_a_name_in_both_languages() -> None:
    found = set(LABELS) | set(VIOLENCE_LABELS) | set(DESIGNATION_LABELS) | set(BIAS_LABELS)
    assert set(LABEL_NAMES) == found
    assert all(english and russian for english, russian in LABEL_NAMES.values())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("templates/review/*.html")), ids=lambda path: path.name)
def test_a_template_trusts_no_text_and_holds_no_script_or_style(path: Path) -> None:
    """Escaping is never switched off, and the content security policy has nothing to forbid."""
    source = _OWN_SCRIPT.sub("", path.read_text("utf-8"))

    assert not re.search(r"\|\s*safe\b|autoescape|Markup", source)
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:|https?://", source, re.IGNORECASE)


def test_no_module_marks_text_as_safe_html() -> None:
    assert [path.name for path in FOLDER.glob("*.py") if "Markup" in path.read_text("utf-8")] == []
