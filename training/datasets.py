"""Every set we learn from (``datasets.tsv``): its licence, whether a commercial user may have weights learned from
it, what it feeds, and its reader.

Profile ``permissive`` takes only sets whose stated licence allows commercial use without share-alike;
``research`` takes all. Sets marked "figures only" never reach training.
"""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from training.data import attribution, comments, conflict, labelled, news, ordinary, own, russian, techniques, wording
from training.rows import Part, Row, normalised, part_of

Profile = Literal["research", "permissive"]
Reader = Callable[[Path], Iterator[Row]]
PROFILES: tuple[Profile, ...] = ("research", "permissive")
DATASETS_FILE = Path(__file__).with_name("datasets.tsv")
_LABELLED = "_labelled"  # sentences of a set that we read ourselves
_FREE = "_free"  # the part of a set that the permissive profile may use
_MODULES = (attribution, comments, conflict, labelled, news, ordinary, own, russian, techniques, wording)
_READERS: dict[str, Reader] = {
    f"{module.__name__.rsplit('.', 1)[1]}.{name}": reader
    for module in _MODULES
    for name, reader in vars(module).items()
    if name.startswith("read_") and name != "read_jsonl"
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """``file`` is relative to the data folder ("-": the set is our own); ``profile`` the strictest that may use it;
    ``most`` how many of its rows an epoch of training takes at most."""

    name: str
    file: str
    licence: str
    profile: str
    feeds: str
    reader: str
    most: int

    @property
    def is_figures_only(self) -> bool:
        return "figures only" in self.feeds

    @property
    def is_read(self) -> bool:
        """Whether people read its sentences for violence, so that its figures and frequencies mean something."""
        return self.feeds.startswith("violence, words")

    @property
    def is_weak(self) -> bool:
        """Its labels are of sources, not of sentences: never in figures."""
        return "weak" in self.feeds

    @property
    def is_ordinary(self) -> bool:
        """Whether it shows what news is mostly like: few of its sentences may reach 0.5 of a bias head."""
        return self.is_weak and "plain wording" in self.feeds

    def rows(self, data: Path) -> Iterator[Row]:
        return _READERS[self.reader](data / self.file)


@dataclass(frozen=True, slots=True)
class Example:
    """A row with its set and the part it is in."""

    row: Row
    dataset: str
    part: Part


def load_datasets() -> tuple[Dataset, ...]:
    lines = DATASETS_FILE.read_text("utf-8").splitlines()[1:]
    fields = (line.split("\t") for line in lines)
    return tuple(Dataset(*texts, most=int(most)) for *texts, most in fields)


def datasets_of(profile: Profile) -> tuple[Dataset, ...]:
    """The sets one profile learns from; ``research`` reads the whole of what ``permissive`` reads in part."""
    if profile == "permissive":
        return tuple(d for d in load_datasets() if d.profile == "permissive")
    return tuple(d for d in load_datasets() if not d.name.endswith(_FREE))


def measured_with(profile: Profile) -> tuple[Dataset, ...]:
    """Sets whose held-out part says how good a profile's heads are though it may not learn from them."""
    own = datasets_of(profile)
    names = {d.name.removesuffix(_FREE) for d in own}
    return tuple(d for d in datasets_of("research") if d.name not in names)


def read_examples(datasets: tuple[Dataset, ...], data: Path) -> list[Example]:
    """All examples with their parts; both profiles hold out the same groups.

    A text that stands in a held-out part of any set is not trained on, and where we read a sentence ourselves, what
    its set says of violence is left out.
    """
    examples = [
        Example(_stripped(row), d.name, row.part or part_of(d.name.removesuffix(_FREE), row.group))
        for d in datasets
        for row in d.rows(data)
        if row.text.strip()
    ]
    ours = {normalised(e.row.text) for e in examples if e.dataset.endswith(_LABELLED)}
    examples = [e for e in examples if e.dataset.endswith(_LABELLED) or not _is_overruled(e, ours)]
    held_out = {normalised(example.row.text) for example in examples if example.part != "train"}
    return [e for e in examples if e.part != "train" or normalised(e.row.text) not in held_out]


def _is_overruled(example: Example, ours: Container[str]) -> bool:
    return any(head.startswith("violence.") for head in example.row.labels) and normalised(example.row.text) in ours


def _stripped(row: Row) -> Row:
    return replace(row, text=row.text.strip())
