"""A checkpoint in ONNX form: what it scores, whom it speaks for, and one clear line for each way to be unusable."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from models.checkpoint import Checkpoint, load_checkpoint, with_checkpoint
from models.checkpoint_labels import CheckpointError
from models.encoder import WEIGHTS_FOLDER, WeightsError
from models.loading import Own, load_reader
from models.types import Article, Rules
from tests.fakes import FakeScorer
from tests.models.checkpoint.conftest import ID2LABEL, LABELS, TINY, write_json

CASES = yaml.safe_load((Path(__file__).parent / "labels.yaml").read_text("utf-8"))
KNIFE = float(np.exp(4) / (np.exp(4) + 2))  # softmax of 0, 4, 0


def scores_of(checkpoint: Checkpoint, head: str, *sentences: str) -> list[float]:
    return [float(score) for score in checkpoint.score(sentences).of(head)]


def test_a_head_is_the_sum_of_its_labels(folder: Path) -> None:
    """Under softmax labels exclude each other, so their chances add up."""
    checkpoint = load_checkpoint(folder)
    knife, beware, tea = scores_of(checkpoint, "violence.describes", "the knife", "beware", "tea")
    assert knife == pytest.approx(KNIFE + 1 / (np.exp(4) + 2))
    assert (beware, tea) == (pytest.approx(knife), pytest.approx(1 - KNIFE))
    assert scores_of(checkpoint, "violence.inciting", "beware") == [pytest.approx(KNIFE)]


def test_under_sigmoid_a_head_is_its_surest_label(folder: Path) -> None:
    write_json(folder / "obelus-labels.json", LABELS | {"activation": "sigmoid"})
    checkpoint = load_checkpoint(folder)
    knife, tea = scores_of(checkpoint, "violence.describes", "knife", "tea")
    assert (knife, tea) == (pytest.approx(1 / (1 + np.exp(-4))), pytest.approx(0.5))


def test_a_long_sentence_is_read_to_its_end(folder: Path) -> None:
    """The window has 16 tokens; nothing is cut off."""
    long = "a long one " * 20
    calm, violent = scores_of(load_checkpoint(folder), "violence.describes", long, long + "knife")
    assert calm == pytest.approx(2 / 3)
    assert violent == pytest.approx(KNIFE + 1 / (np.exp(4) + 2))


def test_a_score_does_not_depend_on_neighbours(folder: Path) -> None:
    checkpoint = load_checkpoint(folder)
    sentences = ["knife", "tea", "", "  ", "knife", "\u200b", "👍🏽" * 50]
    together = checkpoint.score(sentences).values
    apart = np.concatenate([checkpoint.score([sentence]).values for sentence in sentences])
    np.testing.assert_array_equal(together, apart)
    assert checkpoint.score([]).values.shape == (0, 2)


def test_a_file_may_be_named_and_the_labels_lie_elsewhere(folder: Path, tmp_path: Path) -> None:
    (folder / "obelus-labels.json").rename(tmp_path / "ours.json")
    (folder / "config.json").unlink()
    write_json(tmp_path / "ours.json", LABELS | {"labels": list(ID2LABEL.values())})
    checkpoint = load_checkpoint(folder / "model.onnx", tmp_path / "ours.json")
    assert scores_of(checkpoint, "violence.inciting", "beware") == [pytest.approx(KNIFE)]


def test_the_version_is_the_model_files_own(folder: Path) -> None:
    expected = hashlib.sha256((TINY / "model.onnx").read_bytes()).hexdigest()[:8]
    joined = with_checkpoint(FakeScorer(("violence.describes",), version="research@1.0.0"), load_checkpoint(folder))
    assert joined.version == f"research@1.0.0+checkpoint-{expected}"


# --- whom it speaks for ---------------------------------------------------------------------------

SHIPPED = FakeScorer(("bias.biased", "violence.describes"), lambda head, _: 0.25 if head == "bias.biased" else 0.125)


def test_it_speaks_in_its_languages_only(folder: Path) -> None:
    """A Russian page keeps the shipped scores; an English one gets the checkpoint's, and a head the weights lack."""
    scores = with_checkpoint(SHIPPED, load_checkpoint(folder)).score(["tea", "knife", "нож"])
    assert scores.speaking("ru").heads == SHIPPED.heads
    assert scores.speaking("ru").of("violence.describes").tolist() == [0.125] * 3
    english = scores.slice(1, 3).speaking("en")
    assert english.heads == (*SHIPPED.heads, "violence.inciting")
    assert english.of("bias.biased").tolist() == [0.25] * 2
    assert english.of("violence.describes").tolist() == [pytest.approx(1 - 1 / (np.exp(4) + 2)), 0.125]


def test_it_may_speak_in_both_languages(folder: Path) -> None:
    write_json(folder / "obelus-labels.json", LABELS | {"languages": ["en", "ru"]})
    scores = with_checkpoint(SHIPPED, load_checkpoint(folder)).score(["нож"])
    high = pytest.approx(1 - 1 / (np.exp(4) + 2))
    assert [scores.speaking(code).of("violence.describes")[0] for code in ("en", "ru")] == [high, high]


def test_no_sentences_give_no_rows(folder: Path) -> None:
    assert with_checkpoint(SHIPPED, load_checkpoint(folder)).score([]).speaking("en").values.shape == (0, 3)


@pytest.mark.weights
def test_a_report_is_made_with_it_and_says_so(folder: Path) -> None:
    """The whole reader: violence is the checkpoint's, the rest the shipped weights'; Russian is as without it."""
    articles = [Article("The knife. The knife.", language="en"), Article("Военные убили двоих. Нож.", language="ru")]
    plain = load_reader(rules=Rules())
    joined = load_reader(rules=Rules(), own=Own(violence_model=folder))
    english, russian = joined.read(articles)
    assert english.violence.score == pytest.approx(1 - 1 / (np.exp(4) + 2))
    assert english.source_bias == plain.read(articles)[0].source_bias
    assert russian.violence == plain.read(articles)[1].violence
    assert english.versions["weights"].startswith(f"{plain.encoder.version}+checkpoint-")


# --- what cannot be used --------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_wrong_labels_are_named(folder: Path, case: dict[str, Any]) -> None:
    changed = {key: value for key, value in (LABELS | case["change"]).items() if value is not None}
    write_json(folder / "obelus-labels.json", changed)
    assert case["says"] in said_of(folder)


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def write(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: void((folder / name).write_bytes(content))


def void(_: object) -> None:
    return None


def config(**found: object) -> Callable[[Path], None]:
    return lambda folder: write_json(folder / "config.json", found)


def only_pickle(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'false'\ntR.")


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "no labels": (remove("obelus-labels.json"), "obelus-labels.json is missing"),
    "labels not JSON": (write("obelus-labels.json", b"{"), "obelus-labels.json is not JSON"),
    "labels not UTF-8": (write("obelus-labels.json", b"\xff"), "obelus-labels.json is not JSON"),
    "labels deep": (write("obelus-labels.json", b"[" * 100_000), "obelus-labels.json is not JSON"),
    "labels a list": (write("obelus-labels.json", b"[]"), "obelus-labels.json is not a JSON object"),
    "no network": (remove("model.onnx"), "my-model holds neither model.safetensors nor an ONNX file"),
    "only a pickle": (only_pickle, "my-model/pytorch_model.bin is a pickle"),
    "empty network": (write("model.onnx", b""), "my-model/model.onnx is no network that runs here"),
    "damaged network": (
        write("model.onnx", (TINY / "model.onnx").read_bytes()[:700]),
        "my-model/model.onnx is no network that runs here",
    ),
    "no tokenizer": (remove("tokenizer.json"), "tokenizer.json is missing beside model.onnx"),
    "damaged tokenizer": (write("tokenizer.json", b"{}"), "my-model/tokenizer.json is no tokenizer"),
    "no names of labels": (config(), "no config.json names the outputs"),
    "labels numbered from 1": (config(id2label={"1": "A", "2": "B"}), "does not number its labels from 0"),
    "another's tokenizer": (
        config(id2label=ID2LABEL, vocab_size=5),
        "the tokenizer beside model.onnx has 12 tokens, the network only 5",
    ),
}


@pytest.mark.parametrize(("spoil", "says"), BROKEN.values(), ids=BROKEN)
def test_a_broken_folder_is_named(folder: Path, spoil: Callable[[Path], None], says: str) -> None:
    spoil(folder)
    assert says in said_of(folder)


def test_a_hub_name_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert said_of(Path("somebody/a-model")) == "a-model is no folder or file here; nothing is fetched from a hub"


def test_a_file_that_is_no_network_is_refused(folder: Path) -> None:
    assert "config.json is not an ONNX file" in said_of(folder / "config.json")


def test_of_several_networks_one_must_be_named(folder: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        (folder / name).write_bytes((TINY / "model.onnx").read_bytes())
    load_checkpoint(folder)  # model.onnx is the one
    (folder / "model.onnx").unlink()
    assert "several ONNX files" in said_of(folder)
    load_checkpoint(folder / "b.onnx")


@pytest.mark.weights
def test_a_network_with_other_inputs_is_refused(folder: Path) -> None:
    """Such as our own."""
    (folder / "model.onnx").write_bytes((WEIGHTS_FOLDER / "research/model.onnx").read_bytes())
    assert "; a sequence classifier takes input_ids, attention_mask and token_type_ids" in said_of(folder)


def test_outputs_that_are_no_numbers_give_no_score(folder: Path) -> None:
    bound = load_checkpoint(folder).bound
    for outputs in ([0, np.nan, 0], [0, np.inf, 0], [0, 0]):
        with pytest.raises(ValueError, match="the checkpoint gave outputs"):
            bound.scores(np.array(outputs, dtype=np.float32))
    high = bound.scores(np.array([-1e30, 1e30, 0], dtype=np.float32))
    assert high.tolist() == [1.0, 0.0]


def test_a_folder_without_torch_says_what_to_install(folder: Path) -> None:
    """The test environment has no torch; where it is there, test_torch_folder.py takes over."""
    try:
        import torch  # noqa: F401
    except ImportError:
        (folder / "model.onnx").rename(folder / "model.safetensors")
        assert "needs torch and transformers: pip install -r requirements.txt" in said_of(folder)


def said_of(path: Path) -> str:
    """One line without folders, and an error that those who catch WeightsError catch."""
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    message = str(caught.value)
    assert isinstance(caught.value, WeightsError)
    assert "\n" not in message
    assert message.isprintable()
    assert str(path.absolute().parent) not in message
    return message


def test_the_tiny_network_is_small() -> None:
    assert sum(file.stat().st_size for file in TINY.iterdir()) < 20_000
    assert json.loads((TINY / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]["knife"] == 4
