"""``obelus-labels.json``: which labels of a checkpoint of your own mean which violence head of ours.

The format is in ``docs/operations.md``, "A violence model of your own".
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.encoder import WeightsError
from models.violence.labels import GRAPHIC, INCITING, TYPES

Scores = npt.NDArray[np.float32]

LABELS_FILE = "obelus-labels.json"
NEEDED_HEAD = "violence.describes"  # without it nothing of an article's violence is known
HEADS = frozenset({NEEDED_HEAD, GRAPHIC, INCITING, "violence.severity", *(f"violence.type.{name}" for name in TYPES)})
_LANGUAGES = frozenset({"en", "ru"})
_ACTIVATIONS = ("softmax", "sigmoid")
_KEYS = frozenset({"activation", "heads", "languages", "max_tokens", "labels"})
_FEWEST_TOKENS, _MOST_TOKENS = 8, 8192
_MOST_SHOWN = 20


class CheckpointError(WeightsError):
    """A checkpoint of your own, or its file of labels, cannot be used; one line that names the file."""


@dataclass(frozen=True, slots=True)
class LabelMapping:
    """What ``obelus-labels.json`` says, checked. ``labels`` are the checkpoint's in the order of its outputs, where
    the file names them itself."""

    name: str
    softmax: bool
    heads: Mapping[str, tuple[str, ...]]
    languages: frozenset[str]
    max_tokens: int = 256
    labels: tuple[str, ...] | None = None

    def bind(self, labels: Sequence[str]) -> "BoundLabels":
        """Find each label among those of the checkpoint. CheckpointError names one that is not there."""
        if len(set(labels)) < len(labels):
            raise CheckpointError(f"{self.name}: two of the checkpoint's labels have the same name")
        if self.softmax and len(labels) < 2:
            raise CheckpointError(f"{self.name}: softmax over one label is always 1; write sigmoid")
        for head, names in self.heads.items():
            if missing := [name for name in names if name not in labels]:
                raise CheckpointError(
                    f"{self.name}: {head} names {_list(missing)}, but the checkpoint's labels are {_list(labels)}"
                )
        columns = {head: tuple(labels.index(name) for name in names) for head, names in self.heads.items()}
        return BoundLabels(softmax=self.softmax, width=len(labels), columns=columns)


@dataclass(frozen=True, slots=True)
class BoundLabels:
    """From a checkpoint's outputs to scores of our heads."""

    softmax: bool
    width: int
    columns: Mapping[str, tuple[int, ...]]

    def scores(self, logits: Scores) -> Scores:
        """One row of outputs in, one score a head out. Softmax: labels exclude each other, so a head is the sum of its
        own; sigmoid: each stands alone, so a head is its surest. ValueError where the outputs are not what they should
        be: no score is better than a made-up one."""
        if logits.shape != (self.width,) or not np.isfinite(logits).all():
            raise ValueError(f"the checkpoint gave outputs of shape {logits.shape}, or such that are no numbers")
        wide = logits.astype(np.float64)
        if self.softmax:
            powers = np.exp(wide - wide.max())
            chances = powers / powers.sum()
            found = [chances[list(columns)].sum() for columns in self.columns.values()]
        else:
            chances = 0.5 * (1.0 + np.tanh(0.5 * wide))  # the logistic function, without overflow
            found = [chances[list(columns)].max() for columns in self.columns.values()]
        return np.clip(np.array(found, dtype=np.float32), 0.0, 1.0)


def read_mapping(path: Path) -> LabelMapping:
    """Read and check the file. CheckpointError, one line, says what is wrong with it."""
    found = read_json(path, missing="it says which labels of the checkpoint mean what")
    if unknown := found.keys() - _KEYS:
        raise CheckpointError(f"{path.name}: unknown key {_list(sorted(unknown))}; known are {_list(sorted(_KEYS))}")
    activation, max_tokens = found.get("activation"), found.get("max_tokens", 256)
    if activation not in _ACTIVATIONS:
        raise CheckpointError(f'{path.name}: activation must be "softmax" or "sigmoid"')
    if type(max_tokens) is not int or not _FEWEST_TOKENS <= max_tokens <= _MOST_TOKENS:
        raise CheckpointError(f"{path.name}: max_tokens must be a number from {_FEWEST_TOKENS} to {_MOST_TOKENS}")
    languages = frozenset(_names(path, "languages", found.get("languages")))
    if strange := languages - _LANGUAGES:
        raise CheckpointError(f"{path.name}: unknown language {_list(sorted(strange))}; known are en and ru")
    return LabelMapping(
        name=path.name,
        softmax=activation == "softmax",
        heads=_heads(path, found.get("heads")),
        languages=languages,
        max_tokens=max_tokens,
        labels=_names(path, "labels", found["labels"]) if "labels" in found else None,
    )


def read_json(path: Path, *, missing: str = "") -> dict[str, Any]:
    """A JSON object from a small file. CheckpointError names the file, never the folders above it."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{path.name} is missing{': ' + missing if missing else ''}") from None
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise CheckpointError(f"{path.name} is not JSON") from None
    if not isinstance(found, dict):
        raise CheckpointError(f"{path.name} is not a JSON object")
    return found


def _heads(path: Path, found: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(found, dict) or not found:
        raise CheckpointError(f"{path.name}: heads must say which labels each head is made of")
    if unknown := found.keys() - HEADS:
        raise CheckpointError(f"{path.name}: unknown head {_list(sorted(unknown))}; known are {_list(sorted(HEADS))}")
    if NEEDED_HEAD not in found:
        raise CheckpointError(f"{path.name}: heads must have {NEEDED_HEAD}")
    return {head: _names(path, head, labels) for head, labels in found.items()}


def _names(path: Path, key: str, found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or not found or not all(isinstance(name, str) and name for name in found):
        raise CheckpointError(f"{path.name}: {key} must be a list of at least one name")
    if len(set(found)) < len(found):
        raise CheckpointError(f"{path.name}: {key} names something twice")
    return tuple(found)


def _list(names: Sequence[str]) -> str:
    """At most twenty, so that a model of a thousand labels does not fill the log, and on one line."""
    shown = ", ".join("".join(c if c.isprintable() else "?" for c in name[:60]) for name in names[:_MOST_SHOWN])
    return shown + (f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else "")
