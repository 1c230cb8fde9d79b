"""The door for webhooks against addresses inside: in a network where every address is this machine's own.

`run` starts this module again in namespaces of its own (unshare, needs root). There every IPv4 and IPv6 address leads
to one listener on port 443, so that each connection the door makes is a real one, and is counted by where it was meant
to go; and the machine's resolver asks a name server of ours, which changes its mind. Nothing leaves the machine.
"""

import argparse
import ipaddress
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from quality.faults.servers import NotInstalledError, find_program
from quality.faults.stack import ROOT
from workers.egress import Answer, Door

CASES = Path(__file__).with_name("addresses.yaml")
_NAME = "hooks.example"
_URL = f"https://{_NAME}/"
_PUBLIC = "8.8.8.8"
_ACCEPT_SECONDS = 0.3
_PRIVATE = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10")
# IPv6 that holds IPv4: compatible, mapped, translated (RFC 2765, 6052, 8215), 6to4, Teredo (its two places).
_EMBEDDINGS: tuple[Callable[[int], int], ...] = (
    lambda inside: inside,
    lambda inside: 0xFFFF << 32 | inside,
    lambda inside: 0xFFFF << 48 | inside,
    lambda inside: 0x64FF9B << 96 | inside,
    lambda inside: 0x64FF9B0001 << 80 | inside,
    lambda inside: 0x2002 << 112 | inside << 80 | 1,
    lambda inside: 0x20010000 << 96 | inside << 64 | 1,
    lambda inside: 0x20010000 << 96 | 0x08080808 << 64 | (inside ^ 0xFFFFFFFF),
)


def run(*, embeddings: int, deliveries: int, seed: int) -> dict[str, Any]:
    """NotInstalledError where this user may make no namespaces."""
    numbers = [str(number) for number in (embeddings, deliveries, seed)]
    unshare = [find_program("unshare"), "--net", "--mount"]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        raise NotInstalledError("this user may make no namespaces (unshare --net --mount)")
    command = [*unshare, sys.executable, "-m", "quality.faults.addresses", *numbers]
    ended = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True)
    if ended.returncode:
        raise RuntimeError(f"measuring in namespaces of its own ended with {ended.returncode}")
    result: dict[str, Any] = json.loads(ended.stdout)
    return result


# --- inside the namespaces ------------------------------------------------------------------------


def _measure(embeddings: int, deliveries: int, seed: int) -> dict[str, Any]:
    import yaml

    cases = yaml.safe_load(CASES.read_text("utf-8"))
    _own_every_address()
    with TemporaryDirectory() as folder:
        server = _resolve_by_ourselves(Path(folder))
        listener = _Listener()
        return {
            "public": _public(cases["public"], listener),
            "addresses": _refused([(_URL, one) for one in cases["private"]], listener),
            "spellings": _refused([(url, _PUBLIC) for url in cases["spellings"]], listener),
            "embeddings": _refused(((_URL, one) for one in _embedded(embeddings, seed)), listener),
            "rebinding": _rebinding(deliveries, listener, server),
        }


def _own_every_address() -> None:
    """Local routes for all of IPv4 and IPv6: whatever is dialled, our listener answers (ip-route(8), type local)."""
    find_program("ip")
    for words in ("link set lo up", "route add local 0.0.0.0/0 dev lo", "-6 route add local ::/0 dev lo"):
        subprocess.run(["ip", *words.split()], check=True)


def _resolve_by_ourselves(folder: Path) -> "Any":
    """A name server on port 53 that answers by turns with a public and a private address, both for no time at all."""
    from dnslib import AAAA, QTYPE, RR, A
    from dnslib.server import DNSLogger, DNSServer

    class Rebinding:
        def __init__(self) -> None:
            self.asked: Counter[str] = Counter()

        def resolve(self, request: Any, _handler: Any) -> Any:
            reply = request.reply()
            kind = QTYPE[request.q.qtype]
            self.asked[kind] += 1
            is_public = self.asked[kind] % 2 == 1
            if kind == "A":
                reply.add_answer(RR(request.q.qname, QTYPE.A, ttl=0, rdata=A(_PUBLIC if is_public else "127.0.0.1")))
            elif kind == "AAAA" and not is_public:
                reply.add_answer(RR(request.q.qname, QTYPE.AAAA, ttl=0, rdata=AAAA("::1")))
            return reply

    resolver = Rebinding()
    quiet = DNSLogger("-request,-reply,-truncated,-error")
    DNSServer(resolver, port=53, address="127.0.0.53", logger=quiet).start_thread()
    configuration = folder / "resolv.conf"
    configuration.write_text("nameserver 127.0.0.53\noptions timeout:2 attempts:2\n")
    subprocess.run(["mount", "--bind", str(configuration), "/etc/resolv.conf"], check=True)
    return resolver


class _Listener:
    """On port 443 of every address; ``dialled`` counts the connections by the address they were meant for."""

    def __init__(self) -> None:
        self.dialled: Counter[str] = Counter()
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            listener = socket.create_server((address, 443), family=family, backlog=512)
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                self.dialled[connection.getsockname()[0]] += 1

    def take(self) -> "Counter[str]":
        """What came since the last time. The last one may still wait to be accepted."""
        time.sleep(_ACCEPT_SECONDS)
        taken, self.dialled = self.dialled, Counter()
        return taken


def _public(addresses: Iterable[str], listener: _Listener) -> dict[str, Any]:
    """The counter-check: what may be dialled is dialled, and is seen."""
    answers = [_post(_URL, address) for address in addresses]
    return {"addresses": len(answers), "reached": listener.take().total()}


def _refused(cases: Iterable[tuple[str, str]], listener: _Listener) -> dict[str, Any]:
    """*cases*: the URL, and what its name is resolved to."""
    failures = Counter(_post(url, address).failure for url, address in cases)
    return {"count": failures.total(), "failures": dict(failures), "connections": listener.take().total()}


def _post(url: str, address: str) -> Answer:
    return Door(total_seconds=2.0, resolve=lambda _host, _port: [address]).post(url, b"{}", {})


def _embedded(count: int, seed: int) -> Iterator[str]:
    draw = random.Random(seed)
    networks = [ipaddress.IPv4Network(one) for one in _PRIVATE]
    for number in range(count):
        network = draw.choice(networks)
        inside = int(network.network_address) | draw.getrandbits(32 - network.prefixlen)
        yield str(ipaddress.IPv6Address(_EMBEDDINGS[number % len(_EMBEDDINGS)](inside)))


def _rebinding(deliveries: int, listener: _Listener, server: Any) -> dict[str, Any]:
    """With the machine's own resolver. ``connections``: to anywhere but the public address."""
    failures = Counter(Door(total_seconds=5.0).post(_URL, b"{}", {}).failure for _ in range(deliveries))
    dialled = listener.take()
    return {
        "deliveries": deliveries,
        "questions": dict(server.asked),
        "failures": dict(failures),
        "public_connections": dialled.pop(_PUBLIC, 0),
        "connections": dialled.total(),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("embeddings", "deliveries", "seed"):
        parser.add_argument(name, type=int)
    given = vars(parser.parse_args())
    print(json.dumps(_measure(**given)))
    sys.stdout.flush()
    os._exit(0)  # the listeners and the name server are threads that wait for ever
