"""The shared encoder on the shipped weights: one score per sentence, whatever stands beside it."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.encoder import WEIGHTS_FOLDER, Encoder, SentenceScores, WeightsError, load_encoder
from models.memory import Memory

SENTENCES = [
    "A grenade was thrown into the yard.",
    "Скидки на чайники продлены до пятницы.",
    "Rain is expected on Sunday.",
]


@pytest.fixture(scope="module", params=["research", "permissive"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    """It remembers nothing: what is compared here has to be read each time."""
    return replace(load_encoder(request.param), memory=Memory(size=0))


@pytest.mark.weights
def test_no_sentences_give_no_rows(encoder: Encoder) -> None:
    assert encoder.score([]).values.shape == (0, len(encoder.heads))


@pytest.mark.weights
def test_a_score_does_not_depend_on_neighbours_or_order(encoder: Encoder) -> None:
    together = encoder.score(SENTENCES).values
    apart = np.concatenate([encoder.score([sentence]).values for sentence in reversed(SENTENCES)])[::-1]
    np.testing.assert_array_equal(together, apart)


@pytest.mark.weights
def test_threads_read_what_one_reads(encoder: Encoder) -> None:
    """Bit for bit, in the order of the sentences, the words of each at its own."""
    sentences = [f"{sentence} {number}" for number in range(9) for sentence in SENTENCES]
    alone, together = encoder.score(sentences), replace(encoder, threads=4).score(sentences)
    np.testing.assert_array_equal(alone.values, together.values)
    assert alone.words == together.words


@pytest.mark.weights
def test_duplicates_have_the_same_row(encoder: Encoder) -> None:
    values = encoder.score([SENTENCES[0], SENTENCES[1], SENTENCES[0]]).values
    np.testing.assert_array_equal(values[0], values[2])
    assert values.shape[0] == 3


@pytest.mark.weights
def test_what_is_remembered_is_not_read_again(encoder: Encoder) -> None:
    """And comes out the same, words and all, beside sentences that are new."""
    asked: list[None] = []
    knowing = replace(encoder, memory=Memory(), pause=lambda: asked.append(None))
    first = knowing.score(SENTENCES)
    assert len(asked) == len(SENTENCES)
    again = knowing.score(["A new sentence.", *SENTENCES])
    assert len(asked) == len(SENTENCES) + 1
    assert (knowing.memory.hits, knowing.memory.misses) == (len(SENTENCES), len(SENTENCES) + 1)
    np.testing.assert_array_equal(first.values, again.values[1:])
    assert first.words == again.words[1:]


@pytest.mark.weights
def test_scores_are_between_0_and_1_on_hostile_text(encoder: Encoder) -> None:
    texts = [
        "",
        " ",
        "\u200b",
        "👍🏽" * 50,
        "\u202eabc\u202c",
        "<b>x</b>\r\n",
        "e\u0301" * 400,
        "漢字" * 300,
        "я" * 900,
    ]
    values = encoder.score(texts).values
    assert np.isfinite(values).all()
    assert ((values >= 0) & (values <= 1)).all()


@pytest.mark.weights
def test_the_end_of_a_sentence_longer_than_the_window_is_read(encoder: Encoder) -> None:
    """Nothing is cut off: the violent end of a very long calm sentence still counts."""
    calm = "the committee read the minutes of its last meeting and " * 40
    end = "gunmen killed nine villagers with rifles"
    calm_score = encoder.score([calm]).of("violence.describes")[0]
    assert encoder.score([calm + end]).of("violence.describes")[0] > max(0.5, calm_score)


@pytest.mark.weights
def test_a_head_is_named_or_refused(encoder: Encoder) -> None:
    scores = encoder.score(SENTENCES)
    assert scores.of("violence.inciting").shape == (3,)
    assert scores.slice(1, 2).values.shape == (1, len(encoder.heads))
    with pytest.raises(KeyError):
        scores.of("violence.no_such_head")


@pytest.mark.weights
@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Gunmen shot dead two herders near the lake.", "shot"),
        ("Неизвестные застрелили двух пастухов у озера.", "застрелили"),
    ],
)
def test_the_words_of_violence_are_marked_where_they_stand(encoder: Encoder, sentence: str, words: str) -> None:
    (spans,) = encoder.score([sentence]).words
    assert any(words in sentence[span.start : span.end] for span in spans)
    assert all(0 <= span.start < span.end <= len(sentence) and 0.5 <= span.score <= 1 for span in spans)


@pytest.mark.weights
@pytest.mark.parametrize(
    "disguised",
    ["Gunmen k1lled nine villagers.", "Gunmen k\u200billed nine villagers.", "Gunmen kіllеd nine villagers."],
)
def test_a_disguise_changes_no_score(encoder: Encoder, disguised: str) -> None:
    plain, masked = encoder.score(["Gunmen killed nine villagers.", disguised]).of("violence.describes")
    assert masked == pytest.approx(plain, abs=0.02)


def test_columns_are_found_by_name() -> None:
    scores = SentenceScores(("a", "b"), np.array([[0.1, 0.9]], dtype=np.float32))
    assert scores.of("b").tolist() == pytest.approx([0.9])


def test_a_silent_head_is_missing_in_its_language_alone() -> None:
    """What was not learned in a language cannot be taken for a score of 0 there."""
    values = np.array([[0.1, 0.9], [0.2, 0.8]], dtype=np.float32)
    scores = SentenceScores(("a", "b"), values, {"ru": frozenset({"a"}), "en": frozenset()}).slice(1, 2)
    assert scores.speaking("en").heads == ("a", "b")
    russian = scores.speaking("ru")
    assert russian.heads == ("b",)
    assert russian.of("b").tolist() == pytest.approx([0.8])
    with pytest.raises(KeyError):
        russian.of("a")


@pytest.mark.weights
def test_the_silent_heads_are_those_of_the_manifest(encoder: Encoder) -> None:
    """And in its own language a silent head gives nothing but zeros, which is why it must not be read."""
    profile = encoder.version.split("@")[0]
    manifest = json.loads((WEIGHTS_FOLDER / profile / "manifest.json").read_text("utf-8"))
    scores = encoder.score([SENTENCES[1]])
    assert scores.silent == {language: frozenset(heads) for language, heads in manifest["silent"].items()}
    assert set(scores.silent) == {"en", "ru"}
    assert all(scores.of(head)[0] < 1e-6 for head in scores.silent["ru"])
    assert set(scores.speaking("ru").heads) == set(encoder.heads) - scores.silent["ru"]


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"manifest\.json is missing"):
        load_encoder("research", folder=tmp_path)


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("{", "is not JSON"),
        ("{}", "is of format None; this Obelus reads format 2"),
        ('{"format": 1}', "is of format 1"),
        ("[]", "is not"),
        ('{"format": 2, "version": "1"}', "lacks files, heads, silent, span_labels"),
        (
            '{"format": 2, "version": "1", "files": {}, "heads": {}, "silent": {}, "span_labels": "8"}',
            "has no usable heads, span_labels",
        ),
    ],
)
def test_a_broken_manifest_is_named(tmp_path: Path, manifest: str, message: str) -> None:
    """In one line without the folders above the weights: `/readyz` shows it."""
    (tmp_path / "research").mkdir()
    (tmp_path / "research/manifest.json").write_text(manifest, "utf-8")
    with pytest.raises(WeightsError, match=rf"research/manifest\.json {message}") as caught:
        load_encoder("research", folder=tmp_path)
    assert str(tmp_path) not in str(caught.value)


def test_a_file_that_the_manifest_does_not_know_is_refused(tmp_path: Path) -> None:
    """A damaged or exchanged network is never run."""
    home = tmp_path / "research"
    home.mkdir()
    facts = {"format": 2, "version": "1", "heads": ["a"], "silent": {}, "span_labels": []}
    files = dict.fromkeys(("model.onnx", "tokenizer.json", "tokenizer.ru.json"), "0" * 64)
    (home / "manifest.json").write_text(json.dumps(facts | {"files": files}), "utf-8")
    with pytest.raises(WeightsError, match=r"model\.onnx is missing"):
        load_encoder("research", folder=tmp_path)
    (home / "model.onnx").write_bytes(b"something else")
    with pytest.raises(WeightsError, match="damaged"):
        load_encoder("research", folder=tmp_path)
    (home / "manifest.json").write_text(json.dumps(facts | {"files": {}}), "utf-8")
    with pytest.raises(WeightsError, match=r"model\.onnx"):
        load_encoder("research", folder=tmp_path)


@pytest.mark.weights
def test_one_changed_byte_in_the_shipped_network_is_noticed(tmp_path: Path) -> None:
    shutil.copytree(WEIGHTS_FOLDER / "permissive", tmp_path / "permissive")
    network = tmp_path / "permissive/model.onnx"
    content = bytearray(network.read_bytes())
    content[len(content) // 2] ^= 1
    network.write_bytes(content)
    with pytest.raises(WeightsError, match="damaged"):
        load_encoder("permissive", folder=tmp_path)


@pytest.mark.weights
@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.onnx", b"", r"permissive/model\.onnx is no network that runs here"),
        ("tokenizer.json", b"{}", r"permissive/tokenizer\.json is no tokenizer"),
        ("heads", b"", r"permissive/manifest\.json names other heads than model\.onnx has"),
    ],
)
def test_a_damaged_file_that_the_manifest_agrees_to_is_named(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    """Such as a file that was damaged before its SHA-256 was taken."""
    home = tmp_path / "permissive"
    shutil.copytree(WEIGHTS_FOLDER / "permissive", home)
    manifest = json.loads((home / "manifest.json").read_text("utf-8"))
    if name == "heads":
        manifest["heads"].append("violence.made_up")
    else:
        (home / name).write_bytes(content)
        manifest["files"][name] = hashlib.sha256(content).hexdigest()
    (home / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(WeightsError, match=message) as caught:
        load_encoder("permissive", folder=tmp_path)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.weights
@pytest.mark.parametrize("profile", ["research", "permissive"])
def test_the_manifest_says_what_the_weights_are(profile: str) -> None:
    manifest = json.loads((WEIGHTS_FOLDER / profile / "manifest.json").read_text("utf-8"))
    assert manifest["profile"] == profile
    assert {"model.onnx", "tokenizer.json", "tokenizer.ru.json"} == set(manifest["files"])
    assert all({"set", "licence", "train"} <= set(row) for row in manifest["data"])
    assert {"licence", "settings", "results", "libraries", "base"} <= set(manifest)
    assert sum((WEIGHTS_FOLDER / profile / name).stat().st_size for name in manifest["files"]) <= 30_000_000
    assert (WEIGHTS_FOLDER / profile / "adapters.safetensors").stat().st_size <= 10_000_000
