"""``Reader.read(articles) -> reports``: the only door the other rooms use.

All sentences of all articles go through the shared encoder in one call; then each classifier, a plain function,
reads each article. A classifier that raises is reported as ``failed`` for that article, never as clean.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from models import text
from models.designations import classifier as designations
from models.designations.register import Register
from models.encoder import SentenceScores
from models.source_bias import classifier as source_bias
from models.source_bias.outlets import OutletRegister
from models.text import PreparedArticle
from models.types import Article, DesignationsReport, Report, Rules, SourceBiasReport, ViolenceReport
from models.violence import classifier as violence

log = logging.getLogger(__name__)
AnyReport = TypeVar("AnyReport", ViolenceReport, DesignationsReport, SourceBiasReport)


class SentenceScorer(Protocol):
    """What the reader needs of an encoder; tests hand in a small fake."""

    @property
    def version(self) -> str: ...

    def score(self, sentences: Sequence[str]) -> SentenceScores: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """Everything that is loaded once: network, registers and rules."""

    encoder: SentenceScorer
    register: Register
    outlets: OutletRegister
    rules: Rules

    def versions(self) -> dict[str, str]:
        return {
            "violence": violence.VERSION,
            "designations": designations.VERSION,
            "source_bias": source_bias.VERSION,
            "register": self.register.version,
            "weights": self.encoder.version,
        }

    def identity(self) -> str:
        """Names all that decides what a report says besides the article: readers of one identity say the same."""
        return repr((sorted(self.versions().items()), self.rules))

    def read(self, articles: Sequence[Article]) -> list[Report]:
        """One report per article, in order. Never raises for what an article holds."""
        prepared = [text.prepare(article) for article in articles]
        return [self._report(page, scores) for page, scores in zip(prepared, self._scores(prepared), strict=True)]

    def _scores(self, prepared: list[PreparedArticle]) -> list[SentenceScores | None]:
        """Sentence scores per article, of the heads that speak its language; None where the language is not read or
        the encoder failed."""
        readable = [page for page in prepared if page.language.supported]
        try:
            scores = self.encoder.score([sentence.text for page in readable for sentence in page.sentences])
        except Exception:
            log.exception("encoder.failed", extra={"articles": len(readable)})
            return [None] * len(prepared)
        result: list[SentenceScores | None] = []
        start = 0
        for page in prepared:
            if not page.language.supported:
                result.append(None)
                continue
            end = start + len(page.sentences)
            result.append(scores.slice(start, end).speaking(page.language.code))
            start = end
        return result

    def _report(self, page: PreparedArticle, scores: SentenceScores | None) -> Report:
        return Report(
            language=page.language,
            text_sha256=hashlib.sha256(page.text.encode()).hexdigest(),
            versions=self.versions(),
            violence=_guarded("violence", lambda: violence.classify(page, scores), ViolenceReport),
            designations=_guarded(
                "designations", lambda: designations.classify(page, self.register, self.rules), DesignationsReport
            ),
            source_bias=_guarded(
                "source_bias", lambda: source_bias.classify(page, scores, self.outlets), SourceBiasReport
            ),
        )


def _guarded(name: str, classify: Callable[[], AnyReport], report: type[AnyReport]) -> AnyReport:
    try:
        return classify()
    except Exception:
        # The trace names code, never the text of the article.
        log.exception("classifier.failed", extra={"classifier": name})
        return report(status="failed")
