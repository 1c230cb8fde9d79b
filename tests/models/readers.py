"""A whole reader on real registers, with sentence scores from a small function."""

from functools import cache

from models.designations.register import Register, load_register
from models.reader import Reader
from models.source_bias.outlets import OutletRegister, load_outlets
from models.types import Rules
from models.violence.labels import GRAPHIC, INCITING, TYPES
from tests.fakes import BIAS_HEADS, FakeScorer

HEADS = ("violence.describes", GRAPHIC, INCITING, *(f"violence.{name}" for name in TYPES), *BIAS_HEADS)


@cache
def registers() -> tuple[Register, OutletRegister]:
    return load_register(), load_outlets()


def make_reader(scorer: FakeScorer | None = None, *, rules: Rules | None = None) -> Reader:
    register, outlets = registers()
    return Reader(scorer or FakeScorer(HEADS), register, outlets, rules or Rules())
