"""Small working stand-ins for what is heavy or far away. They keep the promises of the real ones."""

import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from models.types import (
    Article,
    DesignationsReport,
    Evidence,
    Finding,
    Language,
    Report,
    SourceBiasReport,
    ViolenceReport,
)

VERSIONS = {"violence": "1.0.0", "designations": "1.0.0", "source_bias": "1.0.0", "register": "2026-01-01"}


def report_on(text: str) -> Report:
    """A true report shape: the word "shelled" is a finding of violence, all else is quiet."""
    start = text.find("shelled")
    findings = (
        (
            Finding(
                "violence.bombing", 0.9, (Evidence(start, start + 7, "shelled", "It tells of shelling."),), severity=4
            ),
        )
        if start >= 0
        else ()
    )
    score = 0.9 if findings else 0.1
    return Report(
        language=Language("en", 0.99, supported=True),
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        versions=VERSIONS,
        violence=ViolenceReport("ok", score, 0.0, 0.0, 4 if findings else 0, findings=findings),
        designations=DesignationsReport("ok"),
        source_bias=SourceBiasReport("ok", 0.0),
    )


@dataclass
class FakeReader:
    """Reads at once, or *seconds* an article; raises on a text that holds *cursed*; keeps what it was given."""

    seconds: float = 0.0
    cursed: str | None = None
    before: Callable[[Sequence[Article]], None] | None = None
    name: str | None = None
    batches: list[list[Article]] = field(default_factory=list)

    def identity(self) -> str:
        """Another one each time, so that all is read, unless the test says that it stays."""
        return self.name or secrets.token_hex()

    def read(self, articles: Sequence[Article]) -> list[Report]:
        self.batches.append(list(articles))
        if self.before is not None:
            self.before(articles)
        time.sleep(self.seconds * len(articles))
        if self.cursed is not None and any(self.cursed in article.text for article in articles):
            raise ValueError(f"no sense in: {articles[0].text}")
        return [report_on(article.text) for article in articles]
