"""What the classifier is held against: a list of violent words, our triggers, a bag of words, the encoder as it came.

Each baseline is a function of head, texts and language that gives a score 0..1 for each text, or None where it has
nothing to say. None of them saw a held-out row: the word lists were written without looking at any, the others learn
from the training rows of the profile and are put on the same scale as the network, by its calibration rows.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.violence.triggers import find_triggers
from quality.figures import Flags, Vector
from training.datasets import Example

Baseline = Callable[[str, Sequence[str], str], Vector | None]

_ENGLISH = """
kill* murder* shoot* shot gun* bomb* explo* blast* attack* assault* stab* knif* dead death* die died dies wound* injur*
massacre* slaughter* execut* behead* hang hanged tortur* rape* kidnap* abduct* hostage* terror* militant* insurgent*
guerrilla* airstrike* missile* rocket* shell* mortar* artillery grenade* ambush* assassin* lynch* beat beaten riot*
clash* fight* battl* war violen* genocid* strangl* corpse* victim* casualt* weapon* rifle* threat* siege
"""
_RUSSIAN = """
уби* убой* застрел* стрел* выстрел* расстрел* бомб* взрыв* взорв* подорв* атак* напад* напал* зарез* ножев* ножом мертв*
погиб* смерт* умер* ранен* ранил* резн* казн* обезглав* повес* пытк* пытал* изнасил* похи* заложник* террор* боевик*
повстан* авиаудар* ракет* обстрел* снаряд* миномет* миномёт* артиллер* гранат* засад* линч* изби* избил* погром*
столкнов* бой боя бои боев войн* насил* геноцид* задуш* труп* жертв* пострада* оруж* автомат* угро* осад*
"""
_AT_MOST = 4000  # rows that the frozen encoder reads to learn from, for speed
_TOKENS = 128
_MIN_POSITIVES = 5  # of the calibration rows; with fewer, scores stay as learned


def _words(listed: str) -> re.Pattern[str]:
    stems = (re.escape(word).replace(r"\*", r"\w*") for word in listed.split())
    return re.compile(rf"\b(?:{'|'.join(stems)})\b", re.IGNORECASE)


_VIOLENT = {"en": _words(_ENGLISH), "ru": _words(_RUSSIAN)}


def violent_words(head: str, texts: Sequence[str], language: str) -> Vector | None:
    """The floor: does any of about sixty words stand there? One answer for every axis."""
    if head.startswith("violence.type.") or head == "violence.severity":
        return None
    return np.array([float(bool(_VIOLENT[language].search(text))) for text in texts])


def triggers(head: str, texts: Sequence[str], language: str) -> Vector | None:
    """Our own list alone. Of incitement it knows the words of threats, of graphic detail nothing."""
    wanted = "threat" if head == "violence.inciting" else head.removeprefix("violence.type.")
    if head in ("violence.graphic", "violence.severity"):
        return None
    named = [{trigger.type for trigger in find_triggers(text, language)} for text in texts]
    return np.array([float(bool(types) if head == "violence.describes" else wanted in types) for types in named])


def trained_baselines(learned: Sequence[Example], base: Path | None = None) -> dict[str, Baseline]:
    """All four by name, those that learn trained on *learned* when first asked for a head and a language."""
    return {
        "words": violent_words,
        "triggers": triggers,
        "bag of words": bag_of_words(learned),
        "frozen encoder": frozen_encoder(learned, base),
    }


def bag_of_words(learned: Sequence[Example]) -> Baseline:
    """Words and pairs of words (tf-idf) under a logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-not-found]

    vectorizers: dict[str, Any] = {}

    def represent(texts: Sequence[str], language: str) -> Any:
        if language not in vectorizers:
            known = [e.row.text for e in learned if e.part == "train" and e.row.language == language]
            vectorizers[language] = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit(known)
        return vectorizers[language].transform(list(texts))

    return _linear(learned, represent, languages=("en", "ru"))


def frozen_encoder(learned: Sequence[Example], base: Path | None = None) -> Baseline:
    """The base as its makers left it, mean of its tokens, under a logistic regression. It reads no Russian."""
    loaded: list[Callable[[Sequence[str]], Vector]] = []
    known: dict[str, Vector] = {}

    def represent(texts: Sequence[str], _language: str) -> Any:
        if not loaded:
            loaded.append(_embedder(base))
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, loaded[0](new), strict=True))
        return np.stack([known[text] for text in texts])

    return _linear(learned, represent, languages=("en",), at_most=_AT_MOST)


def _embedder(base: Path | None) -> Callable[[Sequence[str]], Vector]:
    import torch  # type: ignore[import-not-found]
    from tokenizers import Tokenizer

    from training.base import find_base, load_base

    folder = find_base(base)
    body, tokenizer = load_base(folder), Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(_TOKENS)
    tokenizer.no_padding()

    def embed(texts: Sequence[str]) -> Vector:
        vectors = np.zeros((len(texts), body.config.hidden_size))
        for row, text in enumerate(texts):  # one by one: on two busy cores batches gain nothing, padding loses
            ids = torch.tensor([tokenizer.encode(text).ids])
            with torch.inference_mode():
                vectors[row] = body(ids).last_hidden_state[0].mean(0).numpy()
        lengths: Vector = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.maximum(lengths, 1e-9)

    return embed


def _linear(
    learned: Sequence[Example],
    represent: Callable[[Sequence[str], str], Any],
    *,
    languages: Sequence[str],
    at_most: int | None = None,
) -> Baseline:
    models: dict[tuple[str, str], Callable[[Any], Vector] | None] = {}

    def score(head: str, texts: Sequence[str], language: str) -> Vector | None:
        if language not in languages or head == "violence.severity":
            return None
        if (head, language) not in models:
            known = [e for e in learned if e.row.language == language and head in e.row.labels]
            models[head, language] = _fit(
                head, known, lambda rows: represent([e.row.text for e in rows], language), at_most
            )
        model = models[head, language]
        return model(represent(texts, language)) if model and texts else None

    return score


def _fit(
    head: str, known: Sequence[Example], represent: Callable[[Sequence[Example]], Any], at_most: int | None
) -> Callable[[Any], Vector] | None:
    """A logistic regression on the training rows and Platt's scale on the calibration rows, weighed as in training."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-not-found]

    from training.calibration import Calibration, calibrate_probability

    rows, others = (_sample(head, [e for e in known if e.part == part], at_most) for part in ("train", "calibration"))
    if not 0 < _positive(head, rows).sum() < len(rows):
        return None
    model = LogisticRegression(C=10.0, max_iter=500, solver="liblinear")
    model.fit(represent(rows), _positive(head, rows), sample_weight=_weights(rows))
    scale = Calibration(1.0, 0.0)
    if _positive(head, others).sum() >= _MIN_POSITIVES:
        logits = np.asarray(model.decision_function(represent(others)), dtype=np.float32)
        targets = _positive(head, others).astype(np.float32)
        scale = calibrate_probability(logits, targets, _weights(others))

    def score(features: Any) -> Vector:
        logits: Vector = np.asarray(model.decision_function(features), dtype=np.float64)
        return 1 / (1 + np.exp(-(scale.scale * logits + scale.bias)))

    return score


def _sample(head: str, rows: Sequence[Example], at_most: int | None) -> list[Example]:
    """At most so many rows, alike for all heads; of the rarer class as many as there are, up to half."""
    if at_most is None or len(rows) <= at_most:
        return list(rows)
    shuffled = sorted(rows, key=lambda e: hashlib.sha256(e.row.text.encode()).digest())
    positive = [e for e in shuffled if e.row.labels[head] >= 0.5]
    negative = [e for e in shuffled if e.row.labels[head] < 0.5]
    few, many = sorted((positive, negative), key=len)
    few = few[: at_most // 2]
    return [*few, *many[: at_most - len(few)]]


def _positive(head: str, rows: Sequence[Example]) -> Flags:
    return np.array([e.row.labels[head] >= 0.5 for e in rows], dtype=np.bool_)


def _weights(rows: Sequence[Example]) -> Any:
    return np.array([e.row.weight for e in rows], dtype=np.float32)
