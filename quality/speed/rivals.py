"""``python -m quality.speed.rivals``: our pipeline beside three that a platform might run in its place.

- ``bert``: Hugging Face ``pipeline("text-classification")`` on a BERT-base in torch, the article in one
  window of 512 tokens;
- ``bert-int8``: the same network, exported to ONNX, its nodes fused and its products quantised to int8;
- ``bart``: ``pipeline("zero-shot-classification")`` on a network of the size of BART-large-MNLI, one hypothesis for
  each of `HYPOTHESES`, as its users call it.

Their weights are random, for the cost is the same. They read the tokens of the vocabulary of bert-base-uncased (30,522
pieces), which is also that of our English encoder, so its ``tokenizer.json`` is theirs: the numbers of tokens are those
of a real BERT-base. BART's own pieces are others; of English news both make numbers that differ by a few per cent.

Each runs in a process of its own with two threads, loads its network from files, and reads the sample article again and
again; ours (all three classifiers) reads it without its memory for sentences, and others like it in batches. What needs
torch runs under ``.venv-train``.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from quality.faults.figures import percentile

ROOT = Path(__file__).parents[2]
SEED = ROOT / "models" / "samples" / "islamic_state_retreat.txt"
TORCH_PYTHON = ROOT / ".venv-train" / "bin" / "python"
HYPOTHESES = ("violence", "terrorism", "bias")
THREADS = 2
BATCHES = (8, 32)
_TOKENIZER = ROOT / "models" / "weights" / "research" / "tokenizer.json"
_SPECIAL = {
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "mask_token": "[MASK]",
}
_PAD, _CLS, _SEP = 0, 101, 102  # their numbers in that vocabulary
_FEWEST = 3  # readings, however long they take

Figures = dict[str, Any]
Read = Callable[[str], object]


class TorchMissingError(RuntimeError):
    """The rivals need torch and transformers, which a running Obelus does not have."""


def run(*, seconds: float) -> Figures:
    """Figures of ``ours`` and of each rival, each read for so long, and how many times theirs is our rate."""
    if not TORCH_PYTHON.exists():
        raise TorchMissingError("the rivals need torch and transformers: `make .venv-train/.installed` gets them")
    with tempfile.TemporaryDirectory(prefix="obelus-rivals-") as name:
        folder = Path(name)
        _start([TORCH_PYTHON, "make"], folder, seconds)
        found: Figures = {"ours": _start([Path(sys.executable), "ours"], folder, seconds)}
        for rival in ("bert", "bert-int8", "bart"):
            found[rival] = _start([TORCH_PYTHON, rival], folder, seconds)
    ours = found["ours"]
    for rival in ("bert", "bert-int8", "bart"):
        found[rival]["times_slower"] = _times(ours["articles_per_second"], found[rival]["articles_per_second"])
        found[rival]["times_slower_in_processor_time"] = _times(found[rival]["cpu_ms"], ours["cpu_ms"])
    return found


def torch_versions() -> dict[str, str]:
    code = (
        "import importlib.metadata as m, json; print(json.dumps({n: m.version(n) for n in ('torch', 'transformers')}))"
    )
    found: dict[str, str] = json.loads(subprocess.check_output([TORCH_PYTHON, "-c", code]))
    return found


def _times(more: float, less: float) -> float:
    return round(more / less, 1)


def _start(command: Sequence[Path | str], folder: Path, seconds: float) -> Figures:
    """RuntimeError with the last it said where the child fails."""
    python, part = command
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": str(THREADS),
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    arguments = [str(python), "-m", "quality.speed.rivals", part, "--folder", str(folder), "--seconds", str(seconds)]
    began = time.time()
    done = subprocess.run(
        [*arguments, "--began", str(began)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{part}: {done.stderr[-2_000:]}")
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


# --- in the child ---------------------------------------------------------------------------------


def _measure(read: Read, began: float, seconds: float) -> Figures:
    """*began*: when the process was started; it is up when it has read its first article."""
    text = SEED.read_text("utf-8")
    read(text)
    start = time.time() - began
    clock: list[float] = []
    processor = time.process_time()
    ends_at = time.perf_counter() + seconds
    while len(clock) < _FEWEST or time.perf_counter() < ends_at:
        at = time.perf_counter()
        read(text)
        clock.append(time.perf_counter() - at)
    processor = time.process_time() - processor
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        "articles": len(clock),
        "articles_per_second": round(len(clock) / sum(clock), 3),
        "p50_ms": round(percentile(clock, 0.5) * 1000, 1),
        "p99_ms": round(percentile(clock, 0.99) * 1000, 1),
        "cpu_ms": round(processor / len(clock) * 1000, 1),
        "peak_mb": int(status["VmHWM"].split()[0]) // 1024,
        "start_s": round(start, 2),
    }


def _ours(_folder: Path, began: float, seconds: float) -> Figures:
    from models.types import Article
    from quality.speed.reading import load_forgetful, varied

    reader, _ = load_forgetful(threads=THREADS)
    found = _measure(lambda text: reader.read([Article(text=text)]), began, seconds)
    for size in BATCHES:
        articles = [Article(text=varied(number)) for number in range(size)]
        rounds: list[float] = []
        ends_at = time.perf_counter() + seconds / 2
        while not rounds or time.perf_counter() < ends_at:
            at = time.perf_counter()
            reader.read(articles)
            rounds.append(time.perf_counter() - at)
        found[f"articles_per_second_in_batches_of_{size}"] = round(size * len(rounds) / sum(rounds), 3)
    return found


def _bert(folder: Path, began: float, seconds: float) -> Figures:
    from transformers import pipeline

    _limit_torch()
    classify = pipeline("text-classification", model=str(folder / "bert"), device="cpu")
    return _measure(lambda text: classify(text, truncation=True, max_length=512, top_k=None), began, seconds)


def _bert_int8(folder: Path, began: float, seconds: float) -> Figures:
    import numpy as np
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    path = str(folder / "bert-int8.onnx")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(_TOKENIZER))
    tokenizer.enable_truncation(512)

    def read(text: str) -> object:
        ids = np.array([tokenizer.encode(text).ids])
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        return session.run(None, given)

    return _measure(read, began, seconds)


def _bart(folder: Path, began: float, seconds: float) -> Figures:
    from transformers import pipeline

    _limit_torch()
    classify = pipeline("zero-shot-classification", model=str(folder / "bart"), device="cpu")
    return _measure(lambda text: classify(text, list(HYPOTHESES), multi_label=True), began, seconds)


def _limit_torch() -> None:
    import torch

    torch.set_num_threads(THREADS)


def _make(folder: Path, _began: float, _seconds: float) -> Figures:
    """The files that the rivals load, as somebody who uses them has them on disk."""
    from transformers import (
        BartConfig,
        BartForSequenceClassification,
        BertConfig,
        BertForSequenceClassification,
        PreTrainedTokenizerFast,
    )

    bert = BertForSequenceClassification(BertConfig(num_labels=len(HYPOTHESES))).eval()  # the defaults are BERT-base
    tokens = PreTrainedTokenizerFast(tokenizer_file=str(_TOKENIZER), model_max_length=512, **_SPECIAL)
    bert.save_pretrained(folder / "bert")
    tokens.save_pretrained(folder / "bert")
    _export(bert, folder)
    labels = ("contradiction", "neutral", "entailment")
    ends = {"pad_token_id": _PAD, "bos_token_id": _CLS, "eos_token_id": _SEP, "decoder_start_token_id": _SEP}
    # The defaults are BART-large: 12 + 12 layers of 1,024. Hypotheses are told apart by their own end, as pairs are.
    config = BartConfig(id2label=dict(enumerate(labels)), label2id={one: at for at, one in enumerate(labels)}, **ends)
    BartForSequenceClassification(config).save_pretrained(folder / "bart")
    inputs = ["input_ids", "attention_mask"]
    tokens = PreTrainedTokenizerFast(
        tokenizer_file=str(_TOKENIZER), model_max_length=1024, model_input_names=inputs, **_SPECIAL
    )
    tokens.save_pretrained(folder / "bart")
    return {}


def _export(bert: Any, folder: Path) -> None:
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer

    names = ["input_ids", "attention_mask", "token_type_ids"]
    example = torch.ones((1, 16), dtype=torch.long)
    exported, fused = folder / "bert.onnx", folder / "bert-fused.onnx"
    torch.onnx.export(
        bert, (example, example, example), str(exported), dynamo=False, opset_version=17,
        input_names=names, output_names=["logits"], dynamic_axes={name: {0: "texts", 1: "tokens"} for name in names},
    )  # fmt: skip
    optimizer.optimize_model(str(exported), "bert", num_heads=12, hidden_size=768).save_model_to_file(str(fused))
    quantize_dynamic(
        str(fused), str(folder / "bert-int8.onnx"), weight_type=QuantType.QInt8, per_channel=True,
        extra_options={"DefaultTensorType": 1},  # floats: what the fused nodes give is known to nobody else
    )  # fmt: skip


_PARTS = {"make": _make, "ours": _ours, "bert": _bert, "bert-int8": _bert_int8, "bart": _bart}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", choices=_PARTS, help="in this process; without it all, each in its own")
    parser.add_argument("--seconds", type=float, default=20.0, help="that each reads for")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--began", type=float, default=time.time(), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part is None:
        print(json.dumps(run(seconds=given.seconds), indent=1))
    else:
        print(json.dumps(_PARTS[given.part](given.folder, given.began, given.seconds)))


if __name__ == "__main__":
    main()
