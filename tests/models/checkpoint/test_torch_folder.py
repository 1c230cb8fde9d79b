"""A Hugging Face folder, with a tiny BERT built here. Runs where torch is installed:

.venv-train/bin/pip install pytest pytest-socket && .venv-train/bin/python -m pytest tests/models/checkpoint
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from models.checkpoint import load_checkpoint  # noqa: E402
from models.checkpoint_labels import CheckpointError  # noqa: E402
from tests.models.checkpoint.conftest import LABELS, TINY, write_json  # noqa: E402

SENTENCES = ["the knife", "tea", "a long one " * 30 + "beware", ""]


def make_config(**changed: Any) -> Any:
    return transformers.BertConfig(
        vocab_size=12,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
        **changed,
    )


@pytest.fixture
def bert(tmp_path: Path) -> Path:
    """Two layers of seeded random weights, with labels of its own."""
    torch.manual_seed(7)
    home = tmp_path / "tiny-bert"
    names = {0: "CALM", 1: "VIOLENT", 2: "THREAT"}
    model = transformers.BertForSequenceClassification(make_config(id2label=names))
    torch.nn.init.normal_(model.classifier.weight, std=2.0)  # so that scores differ
    model.save_pretrained(home)
    (home / "tokenizer.json").write_bytes((TINY / "tokenizer.json").read_bytes())
    write_json(home / "obelus-labels.json", LABELS)
    return home


def test_the_scores_are_the_models_own(bert: Path) -> None:
    """The same numbers as transformers gives when asked directly."""
    checkpoint = load_checkpoint(bert)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(bert).eval()
    with torch.inference_mode():
        chances = model(torch.tensor([[2, 9, 4, 3]])).logits.softmax(-1)[0]
    scores = checkpoint.score(["the knife", "tea"])
    assert scores.of("violence.inciting")[0] == pytest.approx(float(chances[2]), abs=1e-6)
    assert scores.of("violence.describes")[0] == pytest.approx(float(chances[1] + chances[2]), abs=1e-6)
    assert scores.values[0].tolist() != scores.values[1].tolist()
    assert checkpoint.version.startswith("checkpoint-")


def test_a_score_does_not_depend_on_neighbours(bert: Path) -> None:
    """And no random drop-out is left on."""
    checkpoint = load_checkpoint(bert)
    together = checkpoint.score(SENTENCES).values
    apart = np.concatenate([checkpoint.score([sentence]).values for sentence in SENTENCES])
    np.testing.assert_array_equal(together, apart)


def test_a_vocabulary_alone_is_a_tokenizer(bert: Path) -> None:
    """Older checkpoints have vocab.txt in the place of tokenizer.json."""
    before = load_checkpoint(bert).score(SENTENCES).values
    words = json.loads((bert / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    (bert / "vocab.txt").write_text("\n".join(sorted(words, key=words.__getitem__)) + "\n", "utf-8")
    (bert / "tokenizer.json").unlink()
    np.testing.assert_array_equal(load_checkpoint(bert).score(SENTENCES).values, before)


def test_names_that_the_configuration_leaves_out_are_those_of_transformers(bert: Path) -> None:
    torch.manual_seed(7)
    transformers.BertForSequenceClassification(make_config()).save_pretrained(bert)
    assert "id2label" not in json.loads((bert / "config.json").read_text("utf-8"))
    write_json(bert / "obelus-labels.json", LABELS | {"heads": {"violence.describes": ["LABEL_1"]}})
    assert load_checkpoint(bert).heads == ("violence.describes",)


def test_weights_in_several_files_are_read(bert: Path) -> None:
    before = load_checkpoint(bert).score(SENTENCES).values
    model = transformers.AutoModelForSequenceClassification.from_pretrained(bert)
    (bert / "model.safetensors").unlink()
    model.save_pretrained(bert, max_shard_size="20kB")
    assert (bert / "model.safetensors.index.json").exists()
    np.testing.assert_array_equal(load_checkpoint(bert).score(SENTENCES).values, before)


# --- what cannot be used --------------------------------------------------------------------------


def without_head(home: Path) -> None:
    transformers.BertModel(make_config(id2label={0: "CALM", 1: "VIOLENT", 2: "THREAT"})).save_pretrained(home)


def head_of_another_size(home: Path) -> None:
    change_config(home, id2label={str(n): name for n, name in enumerate(["CALM", "VIOLENT", "THREAT", "MORE"])})


def no_numbers(home: Path) -> None:
    model = transformers.AutoModelForSequenceClassification.from_pretrained(home)
    torch.nn.init.constant_(model.classifier.bias, float("nan"))
    model.save_pretrained(home)


def cut(home: Path) -> None:
    content = (home / "model.safetensors").read_bytes()
    (home / "model.safetensors").write_bytes(content[: len(content) // 2])


def only_pickle(home: Path) -> None:
    model = transformers.AutoModelForSequenceClassification.from_pretrained(home)
    (home / "model.safetensors").unlink()
    torch.save(model.state_dict(), home / "pytorch_model.bin")


def foreign_code(home: Path) -> None:
    """Code that would leave a mark if anybody ran it."""
    (home / "theirs.py").write_text(f"open({str(home / 'was-run')!r}, 'w')\n", "utf-8")
    names = {"AutoConfig": "theirs.C", "AutoModelForSequenceClassification": "theirs.M"}
    change_config(home, model_type="theirs", auto_map=names)


def change_config(home: Path, **changed: object) -> None:
    write_json(home / "config.json", json.loads((home / "config.json").read_text("utf-8")) | changed)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no classification head": (without_head, "tiny-bert/model.safetensors lacks classifier.bias"),
    "a head of another size": (head_of_another_size, "tiny-bert cannot be loaded by transformers"),
    "weights that are no numbers": (no_numbers, "model.safetensors does not fit its labels or tokenizer"),
    "cut off": (cut, "tiny-bert cannot be loaded by transformers: SafetensorError"),
    "empty": (lambda home: (home / "model.safetensors").write_bytes(b""), "tiny-bert cannot be loaded by transformers"),
    "only a pickle": (only_pickle, "tiny-bert/pytorch_model.bin is a pickle"),
    "code of its own": (foreign_code, "it asks for code of its own, which is never run"),
    "no configuration": (lambda home: (home / "config.json").unlink(), "config.json is missing"),
    "no tokenizer": (lambda home: (home / "tokenizer.json").unlink(), "tiny-bert holds no tokenizer.json"),
    "an adapter": (lambda home: write_json(home / "adapter_config.json", {}), "tiny-bert holds an adapter"),
    "unknown kind": (lambda home: change_config(home, model_type="never-heard-of"), "cannot be loaded by transformers"),
    "window too long": (
        lambda home: write_json(home / "obelus-labels.json", LABELS | {"max_tokens": 40}),
        "model.safetensors cannot read a sentence of 40 tokens (max_tokens)",
    ),
}


@pytest.mark.parametrize(("spoil", "says"), BROKEN.values(), ids=BROKEN)
def test_a_broken_folder_is_named(bert: Path, spoil: Callable[[Path], object], says: str) -> None:
    """One line, and never an answer from a head of random numbers."""
    spoil(bert)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(bert)
    message = str(caught.value)
    assert says in message
    assert "\n" not in message
    assert str(bert.parent) not in message
    assert not (bert / "was-run").exists()


def test_a_pickle_beside_good_weights_is_not_opened(bert: Path) -> None:
    """Nor do a pickled optimiser or arguments of training matter."""
    (bert / "training_args.bin").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    (bert / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    assert load_checkpoint(bert).heads == ("violence.describes", "violence.inciting")
