"""Deliveries as they came over the wire, and changed by one bit each, judged by the npm library of our receivers."""

import base64
import json
import random
import subprocess
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from quality.faults import articles
from quality.faults.chaos import HOOK, subscribe
from quality.faults.load import Callers
from quality.faults.receivers import Received, Receiver
from quality.faults.servers import find_program
from quality.faults.stack import running

VERIFIER = Path(__file__).parent / "verify"
_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Signed:
    """What a receiver verifies. ``now``: the second in which it came; ``body`` in base64."""

    secret: str
    id: str
    timestamp: str
    signature: str
    body: str
    now: int


def run(*, deliveries: int, changes: int, seed: int) -> dict[str, Any]:
    """True signatures of *deliveries* articles, and *changes* of them, each by one bit of one of the four parts."""
    install_verifier()
    true = record(deliveries)
    draw = random.Random(seed)
    changed = [change(draw.choice(true), draw) for _ in range(changes)]
    accepted = verify([*true, *changed])
    return {
        "library": json.loads((VERIFIER / "package.json").read_text("utf-8"))["dependencies"],
        "true": len(true),
        "true_accepted": sum(accepted[: len(true)]),
        "changed": len(changed),
        "changed_accepted": sum(accepted[len(true) :]),
    }


def record(count: int) -> list[Signed]:
    """Requests that a real installation sent for *count* articles. TimeoutError."""
    with closing(Receiver()) as receiver, running() as installation:
        secret = subscribe(installation, receiver.base_url + HOOK)
        planted = [articles.plant(number) for number in range(1, count + 1)]
        load = Callers(installation.client, planted).run()
        if load.failures:
            raise RuntimeError(load.failures[0])
        ends_at = time.monotonic() + _SECONDS
        while len({one.event_id for one in receiver.received if one.was_answered}) < count:
            installation.check()
            if time.monotonic() > ends_at:
                raise TimeoutError(f"{len(receiver.received)} deliveries of {count} came in {_SECONDS:.0f} s")
            time.sleep(0.2)
        return [_signed(one, secret) for one in receiver.received]


def _signed(one: Received, secret: str) -> Signed:
    body = base64.b64encode(one.body).decode()
    return Signed(secret, one.event_id, one.timestamp, one.signature, body, int(one.received_at))


def change(one: Signed, draw: random.Random) -> Signed:
    """Another by one bit of id, timestamp, signature (its text) or body."""
    part = draw.choice(("id", "timestamp", "signature", "body"))
    if part == "body":
        return replace(one, body=base64.b64encode(_turn_bit(base64.b64decode(one.body), draw)).decode())
    turned = _turn_bit(getattr(one, part).encode("ascii"), draw, bits=7)  # within ASCII, as a header may hold it
    return Signed(**{**asdict(one), part: turned.decode("ascii")})


def _turn_bit(value: bytes, draw: random.Random, *, bits: int = 8) -> bytes:
    place = draw.randrange(len(value))
    return value[:place] + bytes([value[place] ^ 1 << draw.randrange(bits)]) + value[place + 1 :]


def install_verifier() -> None:
    """The pinned library, once. NotInstalledError without node and npm; CalledProcessError without its registry."""
    find_program("node")
    if not (VERIFIER / "node_modules" / "standardwebhooks").exists():
        command = [find_program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=VERIFIER, check=True, stdout=subprocess.DEVNULL)


def verify(signed: Iterable[Signed]) -> Sequence[bool]:
    """Whether the library accepts each."""
    lines = "".join(json.dumps(asdict(one)) + "\n" for one in signed)
    answered = subprocess.run(
        [find_program("node"), "verify.mjs"], cwd=VERIFIER, input=lines, capture_output=True, text=True, check=True
    )
    return [answer == "1" for answer in answered.stdout.strip()]
