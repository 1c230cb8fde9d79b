"""The commands of ``python -m store``, one module a subject; each adds its own to the parser."""

import os
from pathlib import Path
from typing import BinaryIO


def say(line: str) -> None:
    print(line)  # noqa: T201 - the answer of a command


def new_file(path: str | Path) -> BinaryIO:
    """To be written, readable by its owner alone; ValueError where it is there already or cannot be made."""
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        raise ValueError(f"cannot write {path}: {os.strerror(error.errno or 0)}") from None
