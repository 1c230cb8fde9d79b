"""``python -m workers.health classify|deliver``: does this host's worker give signs of life? For container checks."""

import argparse
import socket
import sys
from collections.abc import Sequence

from redis.exceptions import RedisError

from store.queues import CLASSIFY, DELIVER, open_queues
from store.settings import SettingsError, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0: alive; 1: silent for too long, or Redis does not answer."""
    parser = argparse.ArgumentParser(prog="python -m workers.health", description=__doc__)
    parser.add_argument("queue", choices=(CLASSIFY, DELIVER))
    queue = parser.parse_args(arguments).queue
    try:
        is_alive = open_queues(load_settings().redis).has_live_worker(queue, hostname=socket.gethostname())
    except SettingsError as error:
        print(f"a setting cannot be used.\n{error}", file=sys.stderr)  # noqa: T201
        return 1
    except RedisError as error:
        print(f"Redis does not answer: {type(error).__name__}", file=sys.stderr)  # noqa: T201 - shown by the engine
        return 1
    if not is_alive:
        print(f"no sign of life of a {queue} worker on this host", file=sys.stderr)  # noqa: T201
    return 0 if is_alive else 1


if __name__ == "__main__":
    sys.exit(main())
