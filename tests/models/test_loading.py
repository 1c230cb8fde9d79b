"""Both shipped profiles read the project's own samples whole."""

from pathlib import Path

import pytest

from models.loading import load_reader
from models.types import Article, Rules


@pytest.mark.weights
@pytest.mark.parametrize("profile", ["research", "permissive"])
def test_no_classifier_fails_on_a_sample(profile: str, root: Path) -> None:
    """Whichever weights a user picks, each classifier answers in each language."""
    reader = load_reader(rules=Rules(), profile=profile)
    texts = [path.read_text("utf-8") for path in sorted((root / "models" / "samples").glob("*.txt"))]
    reports = reader.read([Article(text) for text in texts])

    assert {report.language.code for report in reports} == {"en", "ru"}
    for report in reports:
        assert {report.violence.status, report.designations.status, report.source_bias.status} == {"ok"}
        assert report.versions["weights"].startswith(profile)
        assert report.violence.findings
