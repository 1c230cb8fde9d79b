"""Rows of an installation that has worked for months, made by chance from a seed; times as the dialect writes them."""

import json
import random
import struct
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from models.similarity import NUMBERS, bands
from quality.review_queue.words import make_sentences, rare_word
from store.policy import LABELS
from store.sending import ATTEMPTS_KEPT
from store.tables import receiver_of

Rows = dict[str, list[tuple[Any, ...]]]
SPACING_MS = 8_640  # 10,000 articles a day
SHARES = {"newsroom": 60, "agency": 30, "desk": 9, "blog": 1}  # callers, and how many in a hundred are theirs
SOURCES, ORGANISATIONS, USERS, RECEIVERS = 300, 370, 20, 50
GERMAN, OWN = "wire-de", "agency-own"
_STORIES = 500
WAITING = 1_000  # one in so many is not read yet
COLUMNS = {
    "articles": (
        "id api_key_id state priority text title url source requested_language external_id callback_url created_at "
        "classified_at language text_sha256 versions action labels review_state severity failure deaths revision "
        "severity_rank certainty assignee claimed_until is_extracted"
    ),
    "article_labels": "label article_id",
    "article_organisations": "organisation_id article_id",
    "external_ids": "api_key_id external_id article_id content_sha256 created_at",
    "reports": "article_id classifier version status body created_at",
    "evidence": "article_id classifier finding label score start end text reason",
    "decisions": "id article_id reviewer action findings created_at kind evidence labels missed",
    "appeals": "id article_id state reason recorded_by created_at ruling ruled_by ruled_at decision_id",
    "endpoints": "id url receiver secret events headers is_enabled is_paused article_id created_at",
    "events": "id type article_id body created_at",
    "deliveries": "id event_id endpoint_id receiver state attempt_count next_attempt_at created_at",
    "attempts": "delivery_id number started_at duration_ms status",
    "audit_entries": "seq at actor action subject details previous_hash hash",
    "signatures": "number article_id numbers",
    "signature_bands": "band number",
    "suggestions": "id api_key_id text_sha256 scores languages created_at",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What the classifiers found in many articles at once: bodies by classifier, evidence, severity."""

    bodies: tuple[tuple[str, str], ...]
    evidence: tuple[tuple[Any, ...], ...]
    severity: int


@dataclass
class Maker:
    """Makes article after article, oldest first, with all that hangs on each. ``write_time``: the dialect's way."""

    number: int
    key_ids: dict[str, str]
    user_ids: list[str]
    endpoint_ids: list[str]
    write_time: Callable[[datetime], str]
    _chance: random.Random = field(default_factory=lambda: random.Random(8))
    _now_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    _entries: int = 1_000  # numbers of the audit log before are those of making keys and people

    def __post_init__(self) -> None:
        self._sentences = make_sentences(self._chance)
        self._reports = [_make_report(self._chance, is_violent=place % 2 == 0) for place in range(200)]
        self._stories = [[self._chance.getrandbits(32) for _ in range(NUMBERS // 4)] for _ in range(_STORIES)]
        self._keys = list(self.key_ids.values()), list(SHARES.values())

    def parts(self, size: int) -> Iterator[Rows]:
        for start in range(0, self.number, size):
            rows: Rows = defaultdict(list)
            for index in range(start, min(start + size, self.number)):
                self._add(rows, index)
            yield rows

    def _id(self, prefix: str, moment_ms: int) -> str:
        return f"{prefix}_{moment_ms:012x}{self._chance.getrandbits(80):020x}"

    def _add(self, rows: Rows, index: int) -> None:
        chance = self._chance
        left = self.number - index
        moment_ms = self._now_ms - left * SPACING_MS
        at = self._moment(moment_ms)
        article_id = self._id("art", moment_ms)
        (key_id,) = chance.choices(*self._keys)
        is_waiting = left <= max(20, self.number // WAITING)
        state = "queued" if is_waiting else "failed" if chance.random() < 0.002 else "classified"
        is_read = state == "classified"
        (review_state,) = chance.choices(("open", "escalated", "closed", "not_needed"), (18, 2, 30, 50))
        if is_waiting:
            review_state = "not_needed"
        (language,) = chance.choices(("en", "ru", "de"), (60, 39, 1))
        spoken = self._sentences.get(language, self._sentences["en"])
        text = f"{'. '.join(chance.choices(spoken, k=4))}. {rare_word(index)}"
        report = chance.choice(self._reports)
        labels = [name for place, name in enumerate(LABELS) if chance.random() < 0.6 / (place + 1) ** 2]
        (action,) = chance.choices(("allow", "label", "review", "block"), (50, 25, 22, 3))
        external_id = f"post-{index}" if index % 3 == 0 else None
        callback = f"https://host{index % RECEIVERS}.example/hook" if index % 5 == 0 else None
        is_held = review_state == "open" and chance.random() < 0.001
        source = self._source(key_id, language)
        rows["articles"].append((
            article_id, key_id, state, 1, text, text[:60] if index % 10 else None, None, source, language, external_id,
            callback, at, None if is_waiting else at, language if is_read else None, "0" * 64 if is_read else None,
            _VERSIONS if is_read else None, action if is_read else None, json.dumps(labels) if is_read else None,
            review_state, report.severity if is_read else None, None if state != "failed" else "cannot be read", 0, 0,
            7 - report.severity if is_read else 4, round(chance.random(), 4), chance.choice(self.user_ids) if is_held
            else None, self._moment(self._now_ms + 600_000) if is_held else None, False,
        ))  # fmt: skip
        if external_id is not None:
            rows["external_ids"].append((key_id, external_id, article_id, "0" * 64, at))
        endpoint = None
        if callback is not None:
            endpoint = self._id("ep", moment_ms), receiver_of(callback)
            rows["endpoints"].append(  # without a secret: a callback is signed with its key's
                (endpoint[0], callback, endpoint[1], "", '["article.classified"]', "{}", True, False, article_id, at)
            )
        if is_read:
            rows["article_labels"] += [(label, article_id) for label in labels]
            if chance.random() < 0.4:
                organisation = int(chance.paretovariate(0.7)) % ORGANISATIONS
                rows["article_organisations"].append((f"organisation-{organisation}", article_id))
            rows["reports"] += [(article_id, name, "1.0.0", "ok", body, at) for name, body in report.bodies]
            rows["evidence"] += [(article_id, *one) for one in report.evidence]
            self._add_event(rows, article_id, moment_ms, endpoint)
        if review_state == "closed" and is_read:
            self._add_decision(rows, article_id, moment_ms)
        if index % 10 == 0:
            self._add_signature(rows, article_id, index)
        if index % 100 == 0:
            rows["suggestions"].append((self._id("sug", moment_ms), key_id, "0" * 64, "{}", "[]", at))

    def _source(self, key_id: str, language: str) -> str | None:
        """Some never meet: German with any source but its own, the agency's own with another caller."""
        chance = self._chance
        if language == "de":
            return GERMAN
        if key_id == self.key_ids["agency"] and chance.random() < 0.3:
            return OWN
        return f"source-{min(SOURCES - 1, int(chance.paretovariate(0.8)))}" if chance.random() < 0.95 else None

    def _moment(self, moment_ms: int) -> str:
        return self.write_time(datetime.fromtimestamp(moment_ms / 1_000, UTC))

    def _add_event(self, rows: Rows, article_id: str, moment_ms: int, callback: tuple[str, str] | None) -> None:
        chance = self._chance
        at, event_id, delivery_id = self._moment(moment_ms), self._id("msg", moment_ms), self._id("dlv", moment_ms)
        rows["events"].append((event_id, "article.classified", article_id, '{"type":"article.classified"}', at))
        place = chance.choices((0, 1, 2), (90, 9, 1))[0]
        endpoint_id, receiver = callback or (self.endpoint_ids[place], f"own{place}.example:443")
        age_ms = self._now_ms - moment_ms
        is_new = age_ms < self.number * SPACING_MS // 200  # of the newest, some still wait for another attempt
        state = "pending" if is_new and chance.random() < 0.2 else "failed" if chance.random() < 0.01 else "delivered"
        due = self._moment(self._now_ms + chance.randrange(-600_000, 600_000)) if state == "pending" else None
        rows["deliveries"].append((delivery_id, event_id, endpoint_id, receiver, state, 1, due, at))
        if age_ms < ATTEMPTS_KEPT / timedelta(milliseconds=1) + 3_600_000:  # the last hour's turn to be forgotten
            status = 200 if state == "delivered" else 500
            rows["attempts"].append((delivery_id, 1, at, chance.randrange(20, 900), status))

    def _add_decision(self, rows: Rows, article_id: str, moment_ms: int) -> None:
        chance = self._chance
        decided_ms = min(self._now_ms, moment_ms + chance.randrange(60_000, 86_400_000))
        at, decision_id, reviewer = self._moment(decided_ms), self._id("dec", decided_ms), chance.choice(self.user_ids)
        said = json.dumps({"violence/0": chance.choice(("upheld", "upheld", "overturned", "unsure"))})
        action = chance.choice(("allow", "label", "block"))
        rows["decisions"].append((decision_id, article_id, reviewer, action, said, at, "decision", "{}", "{}", "[]"))
        self._entries += 1
        hashes = (f"{self._entries - 1:064x}", f"{self._entries:064x}")  # no chain: nothing here verifies it
        rows["audit_entries"].append((self._entries, at, reviewer, "decided", article_id, "{}", *hashes))
        if chance.random() < 0.05:
            is_ruled = chance.random() < 0.9
            ruled = ("upheld", reviewer, at, decision_id) if is_ruled else (None, None, None, None)
            appeal = self._id("app", decided_ms), article_id, "ruled" if is_ruled else "appealed"
            rows["appeals"].append((*appeal, "It was a drill.", "desk", at, *ruled))

    def _add_signature(self, rows: Rows, article_id: str, index: int) -> None:
        """A quarter of the numbers are those of one of the stories: so many articles have bands in common."""
        chance, number = self._chance, index // 10 + 1
        numbers = (*chance.choice(self._stories), *(chance.getrandbits(32) for _ in range(NUMBERS * 3 // 4)))
        rows["signatures"].append((number, article_id, struct.pack(f"<{NUMBERS}I", *numbers)))
        rows["signature_bands"] += [(band, number) for band in set(bands(numbers))]


_VERSIONS = json.dumps(
    {
        "report": {
            "violence": "1.0.0", "designations": "1.0.0", "source_bias": "1.0.0", "register": "2026-01-01",
            "policy": "default@1",
        },
        "language": {"code": "en", "score": 0.99, "supported": True},
    }
)  # fmt: skip


def _make_report(chance: random.Random, *, is_violent: bool) -> Report:
    from models.types import DesignationsReport, Evidence, Finding, Language, SourceBiasReport, ViolenceReport
    from models.types import Report as Read
    from models.wire import report_to_dict

    severity = chance.randrange(1, 8) if is_violent else 0
    words = Evidence(0, 12, "twelve signs", "These words say so.")
    score = round(chance.uniform(0.5, 1) if is_violent else chance.uniform(0, 0.5), 4)
    found = (Finding("violence.killing", score, (words,), severity=severity),) if is_violent else ()
    violence = ViolenceReport("ok", score, score / 4, score / 9, severity, findings=found)
    bias = SourceBiasReport("ok", round(chance.random(), 4))
    language = Language("en", 0.99, supported=True)
    body = report_to_dict(Read(language, "0" * 64, {}, violence, DesignationsReport("ok"), bias))
    names = ("violence", "designations", "source_bias")
    evidence = [
        ("violence", 0, one.label, one.score, words.start, words.end, words.text, words.reason) for one in found
    ]
    return Report(tuple((name, json.dumps(body[name])) for name in names), tuple(evidence), severity)
