"""Putting a reader together from the files that ship: weights, register of designations, register of outlets."""

from models.designations.register import load_register
from models.encoder import load_encoder
from models.reader import Reader
from models.source_bias.outlets import load_outlets
from models.types import Rules


def load_reader(*, rules: Rules, profile: str = "research", threads: int = 1) -> Reader:
    """Load everything once; takes a second or two. Never fork after.

    *profile* is the folder of weights (``research`` or ``permissive``), *threads* how many the encoder may use.
    Raises WeightsError, RegisterError or OutletRegisterError, naming the file, where one is missing or damaged.
    """
    return Reader(
        encoder=load_encoder(profile, threads=threads),
        register=load_register(),
        outlets=load_outlets(),
        rules=rules,
    )
