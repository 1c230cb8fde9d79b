"""Every sentence with which a classifier says why has its Russian, and no text can make it slow or unsafe."""

import ast
import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from functools import cache
from itertools import chain
from pathlib import Path
from string import Formatter
from types import ModuleType
from typing import Any

import numpy as np
import orjson
import pytest
import yaml

import models
from models.designations.labels import FOOTNOTE_KINDS
from models.designations.register import KINDS, STATUSES
from models.encoder import SentenceScores, WordSpan, load_encoder
from models.reader import Reader
from models.types import Article, Rules
from models.violence.labels import GRAPHIC, INCITING, TYPES
from quality.designations.cases import read_cases
from service.review.highlight import FAMILIES, Family
from service.review.reason_messages import RULES
from service.review.reasons import Said, in_russian
from tests.fakes import BIAS_HEADS
from tests.models.readers import registers
from tests.timing import cpu_seconds

ROOT = Path(models.__file__).parents[1]
TABLES = [*ROOT.glob("tests/models/*.yaml"), *ROOT.glob("tests/models/*/*.yaml"), *ROOT.glob("quality/*/*.yaml")]
HEADS = ("violence.describes", GRAPHIC, INCITING, *(f"violence.type.{name}" for name in TYPES), *BIAS_HEADS)
READS_WORDS = ("victim", "agent", "weapon", "killing")
_NOT_SHOWN = {"STRUCTURE"}  # sentences about labels, which no reason is made of


class SureScorer:
    """Scores 1 for every head, but incitement for every other sentence; calls the first words victim, agent, …"""

    version = "sure@0"

    def score(self, sentences: Sequence[str]) -> SentenceScores:
        values = np.ones((len(sentences), len(HEADS)), dtype=np.float32)
        values[::2, HEADS.index(INCITING)] = 0.0
        return SentenceScores(HEADS, values, words=tuple(tuple(self._words(sentence)) for sentence in sentences))

    def _words(self, sentence: str) -> Iterator[WordSpan]:
        for label, word in zip(READS_WORDS, re.finditer(r"\S+", sentence), strict=False):
            yield WordSpan(word.start(), word.end(), label, 0.9)


def sure_reader() -> Reader:
    return Reader(SureScorer(), *registers(), Rules(label_duty=("RU", "KZ", "US")))


@cache
def english_of_the_catalogue() -> str:
    """All that stands between fields."""
    return "\0".join(chain.from_iterable(literals(english) for rule in RULES.values() for english in rule)).casefold()


def literals(text: str) -> list[str]:
    try:
        return [literal for literal, *_ in Formatter().parse(text)]
    except ValueError:  # no template
        return [text]


def reasons_of(reports: Sequence[Any]) -> Iterator[tuple[Family, str]]:
    for report in reports:
        for family in FAMILIES:
            found = asdict(getattr(report, family))
            yield from ((family, mention["reason"]) for mention in found.get("mentions", ()))
            yield from ((family, piece["reason"]) for finding in found["findings"] for piece in finding["evidence"])


def untranslated(reports: Sequence[Any]) -> list[tuple[Family, str]]:
    return [
        (family, sentence.text)
        for family, reason in {*reasons_of(reports)}
        for sentence in in_russian(family, reason)
        if sentence.language != "ru"
    ]


def texts_in(row: Any) -> Iterator[str]:
    """Every ``text`` of a table, however deep it lies."""
    if isinstance(row, dict):
        yield from (value for key, value in row.items() if key == "text" and isinstance(value, str))
        row = list(row.values())
    if isinstance(row, list):
        yield from chain.from_iterable(map(texts_in, row))


def table_articles() -> list[Article]:
    tables = [text for path in TABLES for text in texts_in(yaml.safe_load(path.read_text("utf-8")))]
    samples = [path.read_text("utf-8") for path in sorted((ROOT / "models/samples").glob("*.txt"))]
    cases = [Article(case.text, language=case.language, published_at=case.on) for case in read_cases()]
    return [*map(Article, (*tables, *samples)), *cases]


def training_articles() -> list[Article]:
    """Our own sentences, in articles of twenty; with the marks of their annotation, which are only more text."""
    data = ROOT / "training/data"
    rows = [
        (path.name, orjson.loads(line)["text"])
        for path in sorted(data.glob("own*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]
    rows += [
        (path.name, line.rsplit("\t", 1)[-1])
        for path in sorted(data.glob("*/*.tsv"))
        for line in path.read_text("utf-8").splitlines()
    ]
    texts = [text for _, text in rows]
    return [Article("\n".join(texts[start : start + 20])) for start in range(0, len(texts), 20)]


# --- what the classifiers say -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("articles", [table_articles, training_articles], ids=["case tables", "training sentences"])
def test_every_reason_of_our_texts_has_its_russian(articles: Any) -> None:
    reports = sure_reader().read(articles())
    said = {family for family, _ in reasons_of(reports)}

    assert {"violence", "source_bias"} <= said
    assert untranslated(reports) == []


def test_every_organisation_and_outlet_has_its_russian() -> None:
    """Names and lists of the registers are what fields hold most; dates before, between and after the listings."""
    register, outlets = registers()
    named = [
        Article(f"«{organisation.name}» и «{name.text}»* молчат.", language="ru", published_at=on)
        for organisation in register.by_id.values()
        for name in organisation.names[:1]
        for on in (date(1990, 1, 1), date(2014, 6, 1), date(2026, 6, 1))
    ]
    published = [
        Article("The bridge opened. The road is closed.", language="en", url=f"https://{record.domains[0]}/")
        for record in outlets.records
        if record.domains
    ]
    reports = sure_reader().read([*named, *published])

    assert sum("outlet register" in reason for _, reason in reasons_of(reports)) > 500
    assert sum("Listed by" in reason for _, reason in reasons_of(reports)) > 300
    assert untranslated(reports) == []


@pytest.mark.weights
def test_every_reason_that_the_shipped_weights_lead_to_has_its_russian() -> None:
    reader = Reader(load_encoder("research"), *registers(), Rules(label_duty=("RU",)))
    reports = reader.read([*table_articles()[::5], *training_articles()[::5]])

    assert untranslated(reports) == []


@pytest.mark.parametrize("rule", [*FAMILIES, "designations_after", "source_bias_after", "refusal", "failure"])
def test_a_sentence_of_the_catalogue_is_read_as_itself(rule: str) -> None:
    """No sentence takes another's place, whatever its fields hold."""
    family: Family = rule.removesuffix("_after")  # type: ignore[assignment]
    for sentence, russian in RULES[rule].items():
        values = {field: example(field) for _, field, *_ in Formatter().parse(sentence) if field}
        english = sentence.format(**{field: value for field, (value, _) in values.items()})
        *_, said = in_russian(family, english if rule == family else f"Before it. {english}")
        assert said == Said(russian.format(**{field: value for field, (_, value) in values.items()}), "ru")


EXAMPLES = {
    "event": ("explosives were used (by whom: a; b)", "применена взрывчатка (кто действовал — a; b)"),
    "listing": ("RU list: A (b), c, since 2014-12", "Россия: A (b), c, с 2014-12"),
    "listings": ("RU (A (b), c, date not seen); DE (D)", "Россия (A (b), c, дата не найдена); DE (D)"),
    "jurisdictions": ("UN, DE", "ООН, DE"),
    "jurisdiction": ("RU", "Россия"),
    "country": ("country unknown", "страна не указана"),
    "side": ("the government and army of one country (NO)", "власти и армия одной страны (NO)"),
    "dateline": ("filed from A, b, credited to C", "место — A, b, агентство — C"),
    "date": ("2014-12-29", "2014-12-29"),
    "typology": ("SC", "SC"),
    **dict.fromkeys(("number", "more", "whole", "hundredths"), ("3", "3")),
}


def example(field: str) -> tuple[str, str]:
    """Something the field may hold, and its Russian: one of its phrases, or else any text."""
    return EXAMPLES.get(field) or next(iter(RULES.get(field, {"A (b), “c” d; e. F": "A (b), “c” d; e. F"}).items()))


# --- what the source holds --------------------------------------------------------------------------------------------


def reason_modules() -> list[Path]:
    """Modules that make evidence, candidates or mentions: each of these has a reason."""
    paths = chain.from_iterable(sorted((ROOT / "models" / family).glob("*.py")) for family in FAMILIES)
    return [path for path in paths if re.search(r"\b(?:Evidence|Candidate|Mention)\(", path.read_text("utf-8"))]


def prose_of(path: Path) -> Iterator[str]:
    """The English that stands in a module: all strings, and pieces of f-strings, with a space and a letter, that are no
    documentation, pattern, word list or error."""
    tree = ast.parse(path.read_text("utf-8"))
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(id(node.value))
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and _called(node) in _NO_PROSE):
            left_out |= {id(each) for each in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            for literal in literals(node.value):
                if " " in literal and re.search("[A-Za-z]{2}", literal) and not re.search(r"[\\\n]", literal):
                    yield literal.strip(' .,;:()"“”')


_NO_PROSE = {"compile", "words", "startswith", "endswith"}


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


@pytest.mark.parametrize("path", reason_modules(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_all_english_of_a_module_that_gives_reasons_is_in_the_catalogue(path: Path) -> None:
    """A new sentence, or a changed one, fails here until ``reason_messages.py`` has its Russian."""
    assert [words for words in prose_of(path) if words.casefold() not in english_of_the_catalogue()] == []


def test_the_modules_are_found_and_so_is_what_is_missing(tmp_path: Path) -> None:
    found = {f"{path.parent.name}/{path.name}" for path in reason_modules()}
    new = tmp_path / "new.py"
    new.write_text('def find(x):\n    """No reason at all."""\n    return Evidence(f"A new thing is {x}.")\n', "utf-8")

    assert {"designations/findings.py", "violence/classifier.py", "source_bias/residue.py"} <= found
    assert list(prose_of(new)) == ["A new thing is"]
    assert "a new thing is" not in english_of_the_catalogue()


def tables_of(module: ModuleType) -> Iterator[str]:
    """Sentences in tables that a module has or has taken from another."""
    for name, table in vars(module).items():
        if name.isupper() and name not in _NOT_SHOWN and isinstance(table, Mapping):
            yield from (
                value for value in table.values() if isinstance(value, str) and re.search(r"[a-z] [a-z]", value)
            )


@pytest.mark.parametrize("path", reason_modules(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_tables_that_a_module_takes_its_words_from_are_in_the_catalogue(path: Path) -> None:
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    sentences = [piece for value in tables_of(module) if "\\" not in value for piece in literals(value)]

    assert [piece for piece in sentences if piece.strip("“” ").casefold() not in english_of_the_catalogue()] == []


def refusals_of(path: Path, *, raised: str, assigned: str = "") -> Iterator[str]:
    """What a module says where it raises or calls *raised*, or gives the name *assigned*; 7 stands in every field."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        said: list[ast.expr] = []
        if isinstance(node, ast.Call) and re.fullmatch(raised, _called(node)):
            said = node.args
        elif isinstance(node, ast.Assign) and any(
            isinstance(to, ast.Name) and to.id == assigned for to in node.targets
        ):
            said = [node.value]
        for one in said:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value
            elif isinstance(one, ast.JoinedStr):
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in one.values)


def test_why_a_decision_or_appeal_is_refused_and_an_article_failed_is_in_the_catalogue() -> None:
    deciding = [ROOT / name for name in ("store/reviews.py", "store/appeals.py", "service/review/deciding.py")]
    refusals = [said for path in deciding for said in refusals_of(path, raised="(Decision|Appeal|Claimed)Error")]
    failures = [*refusals_of(ROOT / "workers/classify.py", raised="_fail")]
    failures += refusals_of(ROOT / "store/claims.py", raised="_fail", assigned="failure")

    assert len(refusals) > 30
    assert len(failures) == 3
    for rule, english in [*(("refusal", said) for said in refusals), *(("failure", said) for said in failures)]:
        assert [said.language for said in in_russian(rule, english)] == ["ru"], english


def test_kinds_and_states_of_listings_are_in_the_catalogue() -> None:
    kinds = {kind.replace("_", " ") for kind in (*KINDS, *FOOTNOTE_KINDS)}

    assert kinds == set(RULES["kind"])
    assert set(STATUSES) - {"listed"} <= set(RULES["list_part"])


def test_russian_takes_every_field_of_the_english() -> None:
    for english, russian in chain.from_iterable(rule.items() for rule in RULES.values()):
        fields = [{name for _, name, *_ in Formatter().parse(side) if name} for side in (english, russian)]
        assert fields[0] == fields[1], english


# --- hostile text -----------------------------------------------------------------------------------------------------


def test_words_of_an_article_say_nothing_of_their_own() -> None:
    """A victim is called like a reason: it stays a victim."""
    reason = (
        "The sentence says that explosives were used (to whom: a; reported. It stands in the headline. {0} (b); "
        "by whom: c; reported, attributed in the sentence (“d”).); reported, attributed in the sentence "
        "(“police said”)."
    )
    (said,) = in_russian("violence", reason)

    assert said.language == "ru"
    assert said.text.startswith("В предложении сказано: применена взрывчатка (кто пострадал — a; reported. It stands")
    assert said.text.endswith("; текст об этом сообщает, источник указан тут же: «police said».")


def test_nothing_that_a_field_holds_is_lost() -> None:
    (said,) = in_russian(
        "violence", "The sentence says that explosives were used (to whom: ; ; a; by whom: {b}); reported."
    )

    assert "(кто пострадал — ; ; a; кто действовал — {b})" in said.text


def test_a_sentence_without_russian_is_shown_in_english_and_called_so() -> None:
    said = in_russian("designations", "An older wording of ours. It stands in the headline.")

    assert said == (Said("An older wording of ours.", "en"), Said("Название стоит в заголовке.", "ru"))
    assert in_russian("violence", "the older wording") == (Said("the older wording", "en"),)
    assert in_russian("violence", "") == (Said("", "en"),)


HOSTILE = (
    "The sentence says that {0}; reported, attributed in the sentence (“",
    "“{0}” ",
    'Read as {0}, because it stands in quotes near "',
    "An unambiguous name of X. Listed by RU (",
    "X was not listed on 2014: RU list: a, since 2014",
    " (RU) is recognised by a credit in the text",
    ". It stands in the headline.",
    "; by whom: ",
    "; RU (",
    ", since 2014-12-29",
)
AROUND: Mapping[Family, str] = {
    "violence": "The sentence says that explosives were used (to whom: {words}); reported.",
    "designations": "An unambiguous name of X. No label stands with it; RU list: {words}.",
    "source_bias": "The text opens with a dateline: filed from {words}.",
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("piece", HOSTILE)
def test_the_time_grows_with_the_text_only(family: Family, piece: str) -> None:
    """Eight times the text may take about eight times as long; what is tried twice would take sixty-four."""
    for around in ("{words}", AROUND[family]):
        texts = [around.replace("{words}", piece * times) for times in (1_000, 8_000)]
        short, long = (cpu_seconds(lambda text=text: in_russian(family, text)) for text in texts)  # type: ignore[misc]
        assert long < 30 * short + 0.05
