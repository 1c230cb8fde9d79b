"""``python -m quality.designations.relabelling``: whether real articles, labelled twice, are as labelled once.

Every article of the sets that name organisations, for each jurisdiction; only numbers and ids are printed, never texts.
"""

import json
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from models.designations.classifier import classify
from models.designations.labelling import LabelRequest, label_text
from models.designations.register import Register, load_register
from models.text import prepare
from models.types import Article, Language, Report, Rules, SourceBiasReport, ViolenceReport
from models.wire import report_to_dict
from quality.designations.cases import DATE
from quality.designations.real import DATA

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
SETS = ("footnoted_en", "footnoted_ru", "mentions_unmarked")
JURISDICTIONS = ("RU", "US", "UN", "EU", "GB")


def read_articles(data: Path = DATA) -> Iterator[dict[str, Any]]:
    for name in SETS:
        with (data / "news" / f"{name}.jsonl").open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def label(text: str, language: str, register: Register, request: LabelRequest) -> str:
    """The labelled text, by way of the section of a stored report."""
    article = Article(text=text, language=language, published_at=request.on)
    found = classify(prepare(article), register, Rules(jurisdictions=JURISDICTIONS, marking=request.marking))
    whole = Report(Language(language, 1.0, supported=True), "", {}, ViolenceReport("ok"), found, SourceBiasReport("ok"))
    return label_text(text, report_to_dict(whole)["designations"], request).text


def main() -> None:
    register = load_register()
    read = labelled = changed = 0
    for row in read_articles():
        language = row["lang"]
        day = _DAY.match(row.get("date") or "")
        on = date.fromisoformat(day[0]) if day else DATE
        for jurisdiction in JURISDICTIONS:
            request = LabelRequest(jurisdiction, on, language, "every")
            once = label(row["text"], language, register, request)
            read += 1
            labelled += once != row["text"]
            if label(once, language, register, request) != once:
                changed += 1
                print(f"{row['id']} {jurisdiction}: changed by a second pass")
    print(f"{read} read, {labelled} labelled, {changed} changed by a second pass")
    sys.exit(1 if changed else 0)


if __name__ == "__main__":
    main()
