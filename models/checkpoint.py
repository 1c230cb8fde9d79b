"""A sequence-classification checkpoint of your own in the place of the violence heads.

Either a folder as Hugging Face's ``save_pretrained`` writes it (config.json, model.safetensors, tokenizer), which needs
torch and transformers, or an ONNX file with tokenizer.json beside it, which needs neither. Only local files are read, a
pickle never, and no code that comes with a checkpoint is run. A checkpoint whose classification head is missing is
refused: transformers would make one up from random numbers.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

from models.checkpoint_labels import LABELS_FILE, BoundLabels, CheckpointError, Scores, read_json, read_mapping
from models.encoder import (
    Pause,
    SentenceScores,
    WeightsError,
    go_on,
    is_cyrillic,
    open_session,
    open_tokenizer,
)
from models.reader import SentenceScorer

Logits = npt.NDArray[np.floating[Any]]
Network = Callable[[Encoding], Logits]

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_TOKENIZERS = ("vocab.txt", "vocab.json", "spiece.model", "spm.model", "sentencepiece.bpe.model", "tokenizer.model")
_ONNX_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}
_ONNX_WHOLE = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded checkpoint: sentences in, a score for each head it stands for out. Never fork after."""

    network: Network
    tokenizer: Tokenizer
    bound: BoundLabels
    languages: frozenset[str]
    version: str
    pause: Pause = go_on

    @property
    def heads(self) -> tuple[str, ...]:
        return tuple(self.bound.columns)

    def score(self, sentences: Sequence[str]) -> SentenceScores:
        """Each distinct sentence once and alone, a long one in windows, as the shared encoder does it."""
        rows = {sentence: self._score(sentence) for sentence in dict.fromkeys(sentences)}
        values = np.array([rows[sentence] for sentence in sentences], dtype=np.float32)
        return SentenceScores(self.heads, values.reshape(len(sentences), len(self.heads)))

    def _score(self, sentence: str) -> Scores:
        self.pause()
        whole = self.tokenizer.encode(sentence)
        windows = [window for window in (whole, *whole.overflowing) if window.ids]
        if not windows:  # a tokenizer without a beginning and an end makes nothing of a sentence of spaces
            return np.zeros(len(self.heads), dtype=np.float32)
        highest: Scores = np.max([self.bound.scores(self.network(window)) for window in windows], axis=0)
        return highest


@dataclass(frozen=True, slots=True)
class ReplacedScores(SentenceScores):
    """The shipped heads' scores, and ``theirs``, which take their place on a page in one of ``languages``."""

    theirs: Mapping[str, Scores] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()

    def slice(self, start: int, end: int) -> "ReplacedScores":
        theirs = {head: scores[start:end] for head, scores in self.theirs.items()}
        return _replaced(SentenceScores.slice(self, start, end), theirs, self.languages)

    def speaking(self, language: str) -> SentenceScores:
        shipped = SentenceScores.speaking(self, language)
        if language not in self.languages:
            return shipped
        columns = {head: shipped.of(head) for head in shipped.heads} | dict(self.theirs)
        return replace(shipped, heads=tuple(columns), values=np.stack(list(columns.values()), axis=1))


def _replaced(shipped: SentenceScores, theirs: Mapping[str, Scores], languages: frozenset[str]) -> ReplacedScores:
    """With all that *shipped* holds."""
    kept: dict[str, Any] = {one.name: getattr(shipped, one.name) for one in fields(SentenceScores)}
    return ReplacedScores(**kept, theirs=theirs, languages=languages)


@dataclass(frozen=True, slots=True)
class WithCheckpoint:
    """The shared encoder, with a checkpoint in the place of some of its heads."""

    encoder: SentenceScorer
    checkpoint: Checkpoint

    @property
    def version(self) -> str:
        return f"{self.encoder.version}+{self.checkpoint.version}"

    def score(self, sentences: Sequence[str]) -> ReplacedScores:
        """The checkpoint reads what is in its languages by script. A sentence in the other script, such as a quotation,
        keeps the shipped heads' scores (0 where they lack the head): a model that never saw Cyrillic has no say."""
        shipped, checkpoint = self.encoder.score(sentences), self.checkpoint
        rows = [row for row, text in enumerate(sentences) if _script(text) in checkpoint.languages]
        read = checkpoint.score([sentences[row] for row in rows])
        theirs = {}
        for head in checkpoint.heads:
            column = shipped.of(head).copy() if head in shipped.heads else np.zeros(len(sentences), dtype=np.float32)
            column[rows] = read.of(head)
            theirs[head] = column
        return _replaced(shipped, theirs, checkpoint.languages)


def with_checkpoint(encoder: SentenceScorer, checkpoint: Checkpoint) -> WithCheckpoint:
    """Let *checkpoint* speak for the heads it is mapped to; all others stay *encoder*'s."""
    return WithCheckpoint(encoder, checkpoint)


def _script(sentence: str) -> str:
    return "ru" if is_cyrillic(sentence) else "en"


# --- loading --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Opened:
    """A network with what lies beside it; ``files`` hold its weights."""

    network: Network
    tokenizer: Tokenizer
    config: Mapping[str, Any]
    files: Sequence[Path]


def load_checkpoint(path: Path, labels: Path | None = None, *, threads: int = 1) -> Checkpoint:
    """Load and check a checkpoint and its ``obelus-labels.json`` (*labels*, where that lies elsewhere).

    Raises CheckpointError, one line that names the file, where something is missing, damaged or does not fit together.
    """
    path = path.absolute()  # whose last part is a name also where it is "."
    try:
        return _load(path, labels, threads)
    except CheckpointError:
        raise
    except WeightsError as error:
        raise CheckpointError(str(error)) from None
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror or type(error).__name__}") from None


def _load(path: Path, labels: Path | None, threads: int) -> Checkpoint:
    if not path.exists():
        raise CheckpointError(f"{path.name} is no folder or file here; nothing is fetched from a hub")
    network = _find_network(path)
    mapping = read_mapping(labels or network.with_name(LABELS_FILE))
    opened = _open_onnx(network, threads) if network.suffix == ".onnx" else _open_folder(network, threads)
    names = mapping.labels or _labels_of(opened.config)
    if names is None:
        raise CheckpointError(f'{mapping.name}: no config.json names the outputs; list them in order under "labels"')
    opened.tokenizer.no_padding()
    opened.tokenizer.enable_truncation(max_length=mapping.max_tokens)
    checkpoint = Checkpoint(
        network=opened.network,
        tokenizer=opened.tokenizer,
        bound=mapping.bind(names),
        languages=mapping.languages,
        version=f"checkpoint-{_sha256(opened.files)[:8]}",
    )
    _try(checkpoint, opened, network.name, max_tokens=mapping.max_tokens)
    return checkpoint


def _find_network(path: Path) -> Path:
    """The file that holds the network; a pickle is named and never opened."""
    if path.is_file():
        if path.suffix == ".onnx":
            return path
        raise CheckpointError(f"{path.name} is not an ONNX file; name its folder if it is a Hugging Face checkpoint")
    networks = sorted(path.glob("*.onnx"))
    if (path / "model.onnx") in networks:
        return path / "model.onnx"
    if len(networks) == 1:
        return networks[0]
    if networks:
        raise CheckpointError(f"{path.name} holds several ONNX files; name one of them")
    for name in ("model.safetensors", "model.safetensors.index.json"):
        if (path / name).is_file():
            return path / name
    if pickles := sorted(file.name for file in path.iterdir() if file.suffix in _PICKLES):
        raise CheckpointError(
            f"{path.name}/{pickles[0]} is a pickle, which can run code when it is opened; save it as model.safetensors"
        )
    raise CheckpointError(f"{path.name} holds neither model.safetensors nor an ONNX file")


def _open_onnx(path: Path, threads: int) -> _Opened:
    """With onnxruntime alone."""
    config = path.with_name("config.json")
    tokenizer = path.with_name("tokenizer.json")
    if not tokenizer.is_file():
        raise CheckpointError(f"tokenizer.json is missing beside {path.name}")
    session = open_session(path, threads=threads)
    wanted = {one.name: _ONNX_WHOLE.get(one.type) for one in session.get_inputs()}
    if "input_ids" not in wanted or not wanted.keys() <= _ONNX_INPUTS or None in wanted.values():
        raise CheckpointError(
            f"{path.name} takes {', '.join(sorted(wanted))}; "
            "a sequence classifier takes input_ids, attention_mask and token_type_ids, whole numbers"
        )
    outputs = [one.name for one in session.get_outputs()]
    output = "logits" if "logits" in outputs else outputs[0]

    def run(tokens: Encoding) -> Logits:
        given = {"input_ids": tokens.ids, "attention_mask": tokens.attention_mask, "token_type_ids": tokens.type_ids}
        (logits,) = session.run([output], {name: np.array([given[name]], dtype=kind) for name, kind in wanted.items()})
        first: Logits = logits[0]
        return first

    weights = [path, *sorted(path.parent.glob(f"{path.name}?data"))]  # where weights of over 2 GB lie
    return _Opened(run, open_tokenizer(tokenizer), read_json(config) if config.is_file() else {}, weights)


def _open_folder(weights: Path, threads: int) -> _Opened:
    """With torch and transformers."""
    home = weights.parent
    config = read_json(home / "config.json")
    if (home / "adapter_config.json").exists():
        raise CheckpointError(f"{home.name} holds an adapter; merge it into its model first")
    try:
        import torch
        import transformers
    except ImportError:
        raise CheckpointError(
            f"{home.name} needs torch and transformers: pip install -r requirements.txt, or export it to ONNX"
        ) from None
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(threads)
    tokenizer = _tokenizer_of(home, transformers)
    model = _model_of(home, transformers, torch, asks_for_code="auto_map" in config)

    def run(tokens: Encoding) -> Logits:
        given = {"input_ids": torch.tensor([tokens.ids]), "attention_mask": torch.tensor([tokens.attention_mask])}
        if any(tokens.type_ids):
            given["token_type_ids"] = torch.tensor([tokens.type_ids])
        with torch.inference_mode():
            logits: Logits = model(**given).logits[0].numpy()
        return logits

    files = [weights] if weights.suffix == ".safetensors" else sorted(home.glob("model-*.safetensors"))
    names = {str(number): name for number, name in model.config.id2label.items()}  # config.json leaves out LABEL_0 …
    return _Opened(run, tokenizer, {**config, "id2label": names}, files)


def _model_of(home: Path, transformers: Any, torch: Any, *, asks_for_code: bool) -> Any:
    try:
        model, found = transformers.AutoModelForSequenceClassification.from_pretrained(
            str(home),
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
            dtype=torch.float32,
            attn_implementation="eager",  # never a kernel that a configuration names on a hub
        )
    except Exception as error:  # whatever a damaged file brings about; messages hold paths and run over many lines
        hint = "; it asks for code of its own, which is never run" if asks_for_code else ""
        raise CheckpointError(f"{home.name} cannot be loaded by transformers: {type(error).__name__}{hint}") from None
    if absent := sorted({*found["missing_keys"], *(str(key[0]) for key in found.get("mismatched_keys", ()))}):
        raise CheckpointError(f"{home.name}/model.safetensors lacks {absent[0]}: a head would be made up from nothing")
    return model.eval()


def _tokenizer_of(home: Path, transformers: Any) -> Tokenizer:
    if (home / "tokenizer.json").is_file():
        return open_tokenizer(home / "tokenizer.json")
    if not any((home / name).is_file() for name in _TOKENIZERS):  # transformers would make up an empty one
        raise CheckpointError(f"{home.name} holds no tokenizer.json")
    try:
        made = transformers.AutoTokenizer.from_pretrained(str(home), local_files_only=True, trust_remote_code=False)
        tokenizer: Tokenizer = made.backend_tokenizer
    except Exception as error:
        raise CheckpointError(f"the tokenizer of {home.name} cannot be loaded: {type(error).__name__}") from None
    return tokenizer


def _labels_of(config: Mapping[str, Any]) -> tuple[str, ...] | None:
    """``id2label`` of config.json, in the order of the outputs."""
    found = config.get("id2label")
    if not isinstance(found, dict) or not found:
        return None
    try:
        return tuple(str(found[str(number)]) for number in range(len(found)))
    except KeyError:
        raise CheckpointError("config.json: id2label does not number its labels from 0") from None


def _sha256(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _try(checkpoint: Checkpoint, opened: _Opened, name: str, *, max_tokens: int) -> None:
    """Read a short sentence and one longer than the window, so that what does not fit together shows now."""
    size = opened.tokenizer.get_vocab_size(with_added_tokens=False)  # of those some stand in no text, such as padding
    vocabulary = opened.config.get("vocab_size")
    if isinstance(vocabulary, int) and size > vocabulary:
        raise CheckpointError(f"the tokenizer beside {name} has {size} tokens, the network only {vocabulary}")
    try:
        checkpoint.score(["A short sentence.", "a long one " * max_tokens])
    except ValueError as error:
        raise CheckpointError(f"{name} does not fit its labels or tokenizer: {error}") from None
    except Exception as error:
        raise CheckpointError(
            f"{name} cannot read a sentence of {max_tokens} tokens (max_tokens): {type(error).__name__}"
        ) from None
