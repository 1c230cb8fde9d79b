"""A small Russian encoder of our own, because the base reads English only.

Three steps on unlabelled Russian text: a WordPiece vocabulary, token vectors by skip-gram (Mikolov et al. 2013), then
a small transformer learns to fill in masked tokens (Devlin et al. 2019) from those vectors on. The vectors bring most
of what so little text can teach; the transformer learns to read them in order.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from gensim.models import Word2Vec
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.trainers import WordPieceTrainer
from torch.nn import functional
from transformers import BertConfig, BertForMaskedLM, BertModel

from models.disguise import unmask
from training.network import DEVICE, half_precision
from training.rows import is_free, read_jsonl

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_PAD, _MASK = 0, 4
_MASKED = 0.15  # share of tokens to fill in


@dataclass(frozen=True, slots=True)
class BodySettings:
    """What decides the Russian encoder besides its texts."""

    seed: int = 20261124
    vocabulary: int = 16_000
    width: int = 256
    layers: int = 2
    heads: int = 4
    inner: int = 1024
    positions: int = 256
    window: int = 64  # tokens of a training piece
    batch: int = 40
    steps: int = 4_000
    rate: float = 7e-4
    word_epochs: int = 3


def read_texts(data: Path, *, free_only: bool) -> Iterator[str]:
    """Unlabelled Russian texts; *free_only* those whose source states a licence that allows commercial use."""
    for row in read_jsonl(data / "unlabelled/ru.jsonl.xz"):
        if not free_only or is_free(str(row["licence"])):
            yield row["text"]
    for row in read_jsonl(data / "news/clean_news_ru.jsonl"):
        if not free_only or is_free(str(row["provenance"].get("licence", ""))):
            yield row["text"]


def prepare_russian(work: Path, data: Path, *, free_only: bool, settings: BodySettings) -> tuple[Path, BertModel]:
    """``tokenizer.json`` and the encoder, from *work* where they are, else learned and kept there."""
    home = work / ("russian-free" if free_only else "russian")
    vocabulary, weights = home / "tokenizer.json", home / "body"
    if not weights.exists():
        home.mkdir(parents=True, exist_ok=True)
        texts = [unmask(text) for text in read_texts(data, free_only=free_only)]
        tokenizer = learn_vocabulary(texts, settings)
        tokenizer.save(str(vocabulary))
        learn_body(texts, tokenizer, settings).bert.save_pretrained(weights)
    return vocabulary, BertModel.from_pretrained(weights, add_pooling_layer=False, local_files_only=True)


def learn_vocabulary(texts: Sequence[str], settings: BodySettings) -> Tokenizer:
    tokenizer = Tokenizer(WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(strip_accents=False, handle_chinese_chars=False)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    trainer = WordPieceTrainer(
        vocab_size=settings.vocabulary, special_tokens=list(_SPECIAL), limit_alphabet=200, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def learn_body(texts: Sequence[str], tokenizer: Tokenizer, settings: BodySettings) -> BertForMaskedLM:
    """Skip-gram vectors, then masked tokens for a fixed number of steps."""
    torch.manual_seed(settings.seed)
    ids = [encoding.ids for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False)]
    model = BertForMaskedLM(
        BertConfig(
            vocab_size=tokenizer.get_vocab_size(),
            hidden_size=settings.width,
            num_hidden_layers=settings.layers,
            num_attention_heads=settings.heads,
            intermediate_size=settings.inner,
            max_position_embeddings=settings.positions,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
    )
    print(f"  vectors of {sum(map(len, ids))} tokens", flush=True)
    with torch.no_grad():
        model.bert.embeddings.word_embeddings.weight.copy_(_token_vectors(ids, tokenizer, settings))
    _fill_in(model, np.concatenate([np.array(one, dtype=np.int32) for one in ids]), settings)
    return model.eval()


def _token_vectors(ids: Sequence[list[int]], tokenizer: Tokenizer, settings: BodySettings) -> torch.Tensor:
    pieces = [list(map(str, one[at : at + 1000])) for one in ids for at in range(0, len(one), 1000)]
    learned = Word2Vec(
        pieces, vector_size=settings.width, window=6, min_count=3, sg=1, negative=8, epochs=settings.word_epochs,
        workers=2, seed=settings.seed,
    )  # fmt: skip
    random = np.random.default_rng(settings.seed)
    vectors = random.normal(0, 0.02, (tokenizer.get_vocab_size(), settings.width)).astype(np.float32)
    for token in learned.wv.index_to_key:
        vectors[int(token)] = learned.wv[token]
    vectors[len(_SPECIAL) :] *= 0.05 / vectors[len(_SPECIAL) :].std()
    return torch.from_numpy(vectors)


def _fill_in(model: BertForMaskedLM, tokens: npt.NDArray[np.int32], settings: BodySettings) -> None:
    random = np.random.default_rng(settings.seed)
    torch.manual_seed(settings.seed)
    optimiser = torch.optim.AdamW(model.parameters(), lr=settings.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=settings.rate, total_steps=settings.steps, pct_start=0.1
    )
    model.to(DEVICE).train()
    began = time.monotonic()
    for step in range(settings.steps):
        starts = random.integers(0, len(tokens) - settings.window, settings.batch)
        batch = torch.from_numpy(np.stack([tokens[s : s + settings.window] for s in starts]).astype(np.int64)).to(
            DEVICE
        )
        hidden = torch.rand(batch.shape, device=DEVICE) < _MASKED
        shown = torch.where(hidden, torch.full_like(batch, _MASK), batch)
        with half_precision():
            states = model.bert(input_ids=shown).last_hidden_state[hidden]
            found = model.cls(states)  # only where a token was hidden
        loss = functional.cross_entropy(found.float(), batch[hidden])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 100 == 99:
            spent = time.monotonic() - began
            print(f"  masked tokens: step {step + 1}, loss {loss.item():.2f}, {spent:.0f} s", flush=True)
    model.to("cpu")
