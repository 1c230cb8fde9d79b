"""Every set we learn from: its licence, whether a commercial user may have weights learned from it, what it feeds.

Profile ``permissive`` takes only sets whose stated licence allows commercial use without share-alike;
``research`` takes all. Rows marked "figures only" never reach training.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from training.data import comments, conflict, news, own, russian, techniques, wording
from training.rows import Part, Row, normalised, part_of

Profile = Literal["research", "permissive"]
PROFILES: tuple[Profile, ...] = ("research", "permissive")


@dataclass(frozen=True, slots=True)
class Dataset:
    """``file`` is relative to the data folder; ``permissive`` says whether the commercial profile may use it."""

    name: str
    file: str
    licence: str
    permissive: bool
    feeds: str
    read: Callable[[Path], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Example:
    """A row with its set and the part it is in."""

    row: Row
    dataset: str
    part: Part


_V = "violence/{}.jsonl"
_B = "bias/{}.jsonl"
DATASETS: tuple[Dataset, ...] = (
    Dataset("own_sentences", "", "Apache-2.0 (this project)", True, "violence, wording", own.read_own),
    Dataset("muc4", _V.format("muc4"), "MIT (repository; none stated for the wire texts)", True, "violence", conflict.read_muc4),
    Dataset("gvdb", _V.format("gvdb_dev_test"), "Apache-2.0", True, "violence", conflict.read_gvdb),
    Dataset("hrds_attack", _V.format("hrds_attack"), "MIT", True, "violence", conflict.read_hrds),
    Dataset("lenta_crime", _V.format("lenta_crime_ru"), "Apache-2.0", True, "violence", russian.read_lenta_crime),
    Dataset("tgcontest", _V.format("tgcontest_categories"), "Apache-2.0", True, "violence (negatives)", news.read_categories),
    Dataset("factrueval", _V.format("factrueval_ru_unlabelled"), "MIT", True, "violence (negatives)", news.read_factrueval),
    Dataset("threatgram", _V.format("threatgram101"), "CC BY 4.0", True, "inciting", comments.read_threatgram),
    Dataset("edos", _V.format("edos"), "CC0", True, "inciting", comments.read_edos),
    Dataset("trigger_warnings", _V.format("trigger_warning_passages"), "MIT", True, "graphic", comments.read_trigger_warnings),
    Dataset("slavicnlp2025", _B.format("slavicnlp2025_ru"), "MIT", True, "techniques, wording", techniques.read_slavicnlp),
    Dataset("clean_news_en_free", "news/clean_news_en.jsonl", "MIT, Apache-2.0 or CC BY 4.0 a row", True, "violence (negatives)", news.read_free_clean_news),
    Dataset("clean_news_ru_free", "news/clean_news_ru.jsonl", "MIT, Apache-2.0 or CC BY 4.0 a row", True, "violence (negatives)", news.read_free_clean_news),
    Dataset("clean_news_en", "news/clean_news_en.jsonl", "mixed, some without", False, "violence (negatives)", news.read_clean_news),
    Dataset("clean_news_ru", "news/clean_news_ru.jsonl", "mixed, some without", False, "violence (negatives)", news.read_clean_news),
    Dataset("ag_news", _V.format("ag_news_test"), "non-commercial", False, "violence (hard negatives)", news.read_ag_news),
    Dataset("satp", _V.format("satp"), "none stated", False, "violence", conflict.read_satp),
    Dataset("ucdp_headlines", _V.format("ucdp_headlines"), "none stated", False, "violence", conflict.read_ucdp),
    Dataset("rams", _V.format("rams_dev_test"), "none stated", False, "violence", conflict.read_rams),
    Dataset("nerel", _V.format("nerel_ru"), "none stated", False, "violence", russian.read_nerel),
    Dataset("viina", _V.format("viina_extract_ru_uk"), "ODbL 1.0 (share-alike)", False, "violence", russian.read_viina),
    Dataset("current_events", _V.format("wiki_current_events_2015_09"), "CC BY-SA", False, "violence (figures only)", conflict.read_current_events),
    Dataset("plover", _V.format("plover_gsr_cameo"), "CC BY-SA 4.0", False, "violence (figures only)", conflict.read_plover),
    Dataset("babe", _B.format("babe_sg2"), "AGPL-3.0 repository, CC BY-NC 4.0 models", False, "biased, subjective", wording.read_babe),
    Dataset("basil", _B.format("basil"), "none stated", False, "biased", wording.read_basil),
    Dataset("lim2020", _B.format("lim2020_biased_sentences"), "GPL-3.0 repository", False, "biased", wording.read_lim),
    Dataset("checkthat", _B.format("checkthat_subjectivity_en"), "CC BY-NC-SA 4.0", False, "subjective", wording.read_checkthat),
    Dataset("ptc", _B.format("ptc_v2"), "none stated", False, "techniques", techniques.read_ptc),
    Dataset("semeval2023_ru", _B.format("semeval23_t3_ru_paragraphs"), "none stated", False, "techniques, wording", techniques.read_semeval_ru),
    Dataset("unlp2025", _B.format("unlp2025_manipulation_ru"), "CC BY-NC-SA 4.0", False, "techniques, biased", techniques.read_unlp),
)  # fmt: skip


def datasets_of(profile: Profile) -> tuple[Dataset, ...]:
    """The sets one profile learns from; ``research`` reads the whole of what ``permissive`` reads in part."""
    if profile == "permissive":
        return tuple(d for d in DATASETS if d.permissive)
    return tuple(d for d in DATASETS if not d.name.endswith("_free"))


def is_figures_only(dataset: Dataset) -> bool:
    return "figures only" in dataset.feeds


def read_examples(datasets: tuple[Dataset, ...], data: Path) -> list[Example]:
    """All examples with their parts; both profiles hold out the same groups. A text that stands in a held-out part anywhere is not trained on."""
    examples = [
        Example(
            replace(row, text=row.text.strip()),
            dataset.name,
            row.part or part_of(dataset.name.removesuffix("_free"), row.group),
        )
        for dataset in datasets
        for row in dataset.read(data / dataset.file)
        if row.text.strip()
    ]
    held_out = {normalised(example.row.text) for example in examples if example.part != "train"}
    return [e for e in examples if e.part != "train" or normalised(e.row.text) not in held_out]
