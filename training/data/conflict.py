"""English news and reports about violence: MUC-4, SATP, UCDP headlines, RAMS, GVDB, HRDsAttack, Current Events.

Document labels become sentence labels only where a trigger stands in the sentence: a relevant article is not
violent in every line, and an irrelevant one may still mention an old attack.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.rows import Part, Row, keep, peaceful_labels, read_jsonl, sentences_of, trigger_types, violent_labels

_MUC_TYPES = {"ATTACK": "armed_attack", "BOMBING": "bombing", "KIDNAPPING": "abduction"}
_MUC_SHARE = 0.55  # one domain of one decade must not outweigh the rest
_SATP_TYPES = {"c1": "armed_attack", "c2": "bombing", "c3": "abduction"}  # names inferred by the set's README
_HRDS_TYPES = {"killing": "killing", "torture": "torture", "kidnapping": "abduction"}
_RAMS_TYPES = {
    "life.die.deathcausedbyviolentevents": "killing",
    "life.injure.injurycausedbyviolentevents": "casualties",
    "conflict.attack.bombing": "bombing",
    "conflict.attack.airstrikemissilestrike": "bombing",
    "conflict.attack.setfire": "armed_attack",
    "conflict.attack.stabbing": "armed_attack",
    "conflict.attack.firearmattack": "armed_attack",
    "conflict.attack.selfdirectedbattle": "armed_attack",
    "conflict.attack.n/a": "armed_attack",
}
_PEACEFUL_TOPICS = {"Sports", "Business_Finance", "Entertainment_Culture", "Technology_Internet", "Politics"}
_PLOVER_VIOLENT = {"FIGHT", "ASSAULT"}
_PLOVER_PEACEFUL = {"AGREE", "CONSULT", "AID", "SUPPORT", "COOPERATE", "DISAPPROVE", "REJECT", "DEMAND", "INVESTIGATE"}


def _dev(row: dict[str, Any]) -> Part | None:
    return "dev" if row.get("split") == "dev" else None


def _muc_severity(incident: dict[str, Any]) -> int:
    effects = " ".join(incident["hum_tgt_effect"])
    return 5 if "DEATH" in effects else 4 if "INJURY" in effects.replace("NO INJURY", "") else 3


def read_muc4(path: Path) -> Iterator[Row]:
    """Relevant reports: sentences with a trigger. Irrelevant ones: sentences without."""
    for row in read_jsonl(path):
        incidents = row["labels"]["incidents"]
        severity = max(map(_muc_severity, incidents), default=None)
        for sentence in sentences_of(row["text"]):
            named = trigger_types(sentence, "en")
            if not keep(f"{row['id']}{sentence}", _MUC_SHARE):
                continue
            if row["labels"]["relevant"] and named:
                labels = violent_labels(sentence, "en", severity=severity)
            elif not row["labels"]["relevant"] and not named:
                labels = peaceful_labels()
            else:
                continue
            yield Row(sentence, "en", row["id"], labels, _dev(row))


def read_satp(path: Path) -> Iterator[Row]:
    """Incident summaries, all violent; a summary of one incident type lends it to its sentences with triggers."""
    for row in read_jsonl(path):
        types = [name for code, name in _SATP_TYPES.items() if row["labels"][code]]
        sentences = [s for s in sentences_of(row["text"]) if trigger_types(s, "en")]
        for sentence in sentences:
            given = types if len(sentences) == 1 else []
            yield Row(sentence, "en", row["text"][:60], violent_labels(sentence, "en", types=given), _dev(row))


def read_ucdp(path: Path) -> Iterator[Row]:
    """Headlines of deadly events; those that do not themselves name violence are left out."""
    for row in read_jsonl(path):
        if trigger_types(row["text"], "en"):
            # Many headlines are one template: the same opening stays in one part.
            yield Row(row["text"], "en", row["text"][:24].lower(), violent_labels(row["text"], "en"))


def read_rams(path: Path) -> Iterator[Row]:
    """Sentences that hold the hand-marked trigger of a violent event. Only one event a window is marked, so
    nothing here is a negative."""
    for row in read_jsonl(path):
        for span in row["spans"]:
            name = _RAMS_TYPES.get(span["label"])
            if span["kind"] != "trigger" or name is None:
                continue
            for start, end in row["sents"]:
                if start <= span["start"] < end:
                    sentence = row["text"][start:end]
                    labels = violent_labels(sentence, "en", types=[name])
                    yield Row(sentence, "en", str(row["source_url"]), labels)


def read_gvdb(path: Path) -> Iterator[Row]:
    """Local reports of shootings: sentences with a trigger."""
    for row in read_jsonl(path):
        for sentence in sentences_of(row["text"]):
            if trigger_types(sentence, "en"):
                yield Row(sentence, "en", row["id"].rsplit("-", 1)[0], violent_labels(sentence, "en"))


def read_hrds(path: Path) -> Iterator[Row]:
    """Attacks on rights defenders: a violation type of the article belongs to sentences whose triggers name it."""
    for row in read_jsonl(path):
        stated = {_HRDS_TYPES[name] for name in row["labels"]["violation_types"] if name in _HRDS_TYPES}
        for sentence in sentences_of(row["text"]):
            if stated & trigger_types(sentence, "en"):
                yield Row(sentence, "en", row["id"], violent_labels(sentence, "en"), _dev(row))


def read_current_events(path: Path) -> Iterator[Row]:
    """Kept whole for figures: the category is a human's and owes nothing to our triggers."""
    for row in read_jsonl(path):
        category = row["labels"]["category"]
        if category == "War_Conflict":
            yield Row(row["text"], "en", row["id"], {"violence.describes": 1.0}, "dev")
        elif category in _PEACEFUL_TOPICS:
            yield Row(row["text"], "en", row["id"], {"violence.describes": 0.0}, "dev")


def read_plover(path: Path) -> Iterator[Row]:
    """Kept whole for figures: fights and assaults beside hard verbal negatives ("condemn", "reject")."""
    for row in read_jsonl(path):
        event = row["labels"]["event"]
        if event in _PLOVER_VIOLENT | _PLOVER_PEACEFUL:
            labels = {"violence.describes": float(event in _PLOVER_VIOLENT), "violence.inciting": 0.0}
            yield Row(row["text"], "en", row["id"], labels, "dev")
