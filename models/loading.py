"""Putting a reader together from the files that ship: weights, register of designations, register of outlets."""

from dataclasses import dataclass, replace
from pathlib import Path

from models.designations.register import Register, load_register
from models.encoder import Pause, go_on, load_encoder
from models.reader import Reader, SentenceScorer
from models.source_bias.outlets import load_outlets
from models.types import Rules


@dataclass(frozen=True, slots=True)
class Own:
    """What of the reader's own takes part: a file of organisations (docs/register.md), a checkpoint that speaks in the
    place of the violence heads, and its file of labels where that does not lie beside it (models/checkpoint.py)."""

    organisations: Path | None = None
    violence_model: Path | None = None
    violence_labels: Path | None = None


def load_reader(
    *, rules: Rules, profile: str = "research", threads: int = 1, own: Own | None = None, pause: Pause = go_on
) -> Reader:
    """Load everything once; takes a second or two. Never fork after.

    *profile* is the folder of weights (``research`` or ``permissive``), *threads* how many sentences are read
    at the same time, *pause* is called between them.
    Raises WeightsError, RegisterError or OutletRegisterError, naming the file, where one is missing or damaged.
    """
    own = own or Own()
    encoder: SentenceScorer = replace(load_encoder(profile, threads=threads), pause=pause)
    if own.violence_model is not None:
        from models.checkpoint import load_checkpoint, with_checkpoint

        checkpoint = load_checkpoint(own.violence_model, own.violence_labels, threads=threads)
        encoder = with_checkpoint(encoder, replace(checkpoint, pause=pause))
    register = load_register()
    if own.organisations is not None:
        register = add_own(register, own.organisations, rules)
        register.matcher.find("")  # built here, not in the first article
    return Reader(
        encoder=encoder,
        register=register,
        outlets=load_outlets(),
        rules=rules,
    )


def add_own(register: Register, path: Path, rules: Rules) -> Register:
    """The register that also knows the organisations of the file. `RegisterError` with the line that does not hold.

    Jurisdictions that are read by default count as read: *rules* may leave some out this time only.
    """
    from models.designations.custom import Scope, read_file, with_custom  # pydantic, only where there is a file

    asked = (*rules.jurisdictions, *rules.label_duty, *Rules().jurisdictions)
    return with_custom(register, read_file(path, Scope.of(asked, register)), (), version=0)
