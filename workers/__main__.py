"""``python -m workers classify|deliver|relay|redis|run``: one process each; ``run`` starts them all."""

import argparse
import sys
import threading
from collections.abc import Callable, Sequence

from store.settings import Settings, SettingsError, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument("program", choices=_PROGRAMS, metavar="|".join(_PROGRAMS))
    program = parser.parse_args(arguments).program
    try:
        settings = load_settings()
    except SettingsError as error:
        print(f"Obelus: a setting cannot be used.\n{error}", file=sys.stderr)  # noqa: T201
        return 2
    try:
        return _PROGRAMS[program](settings)
    except KeyboardInterrupt:  # before the program listens for it itself: nothing has been started yet
        return 0


def classify(settings: Settings) -> int:
    """Load the weights, then read articles until told to stop. Status 78 where the weights cannot be used."""
    from models.designations.register import RegisterError
    from models.encoder import WeightsError
    from models.loading import load_reader
    from models.source_bias.outlets import OutletRegisterError
    from models.types import Article
    from store.database import open_database
    from store.logs import set_up_logs
    from store.organisations import OrganisationsFileError, load_file
    from store.queues import CLASSIFY, open_queues
    from workers import process
    from workers.classify import Desk, use
    from workers.organisations import ReaderKeeper
    from workers.stack import UNUSABLE

    set_up_logs(settings.log_level)
    try:
        file = load_file(settings)
        reader = load_reader(rules=settings.rules, profile=settings.weights, threads=settings.encoder_threads)
    except (OrganisationsFileError, WeightsError, RegisterError, OutletRegisterError) as error:
        print(f"classify: {error}", file=sys.stderr, flush=True)  # noqa: T201 - one clear line, in the log too
        return UNUSABLE
    reader.read([Article(text="This loads what is loaded on first use."), Article(text="Это загружает остальное.")])
    database = open_database(settings.database)
    stop = threading.Event()
    desk = Desk(
        database=database,
        queues=open_queues(settings.redis),
        reader=reader,
        articles_per_claim=settings.articles_per_claim,
        lease_seconds=settings.lease_seconds,
        stop=stop,
        renew=ReaderKeeper(database, reader, file).current,
    )
    use(desk)
    keeper = process.Keeper(open_queues(settings.redis), desk.tend, stop)
    process.work_until_stopped(CLASSIFY, redis=open_queues(settings.redis, timeout_seconds=None), keeper=keeper)
    desk.wait_until_idle(process.LEAVE_SECONDS)
    database.dispose()
    return 0


def deliver(settings: Settings) -> int:
    """Send deliveries until told to stop."""
    from store.database import open_database
    from store.logs import set_up_logs
    from store.queues import DELIVER, open_queues
    from workers import process
    from workers.deliver import Sender, use
    from workers.egress import Door

    set_up_logs(settings.log_level)
    database = open_database(settings.database)
    stop = threading.Event()
    use(Sender(database, Door(allow_private=settings.allow_private_webhooks), stop))
    keeper = process.Keeper(open_queues(settings.redis), lambda _away: None, stop)
    process.work_until_stopped(DELIVER, redis=open_queues(settings.redis, timeout_seconds=None), keeper=keeper)
    database.dispose()
    return 0


def relay(settings: Settings) -> int:
    """Carry what waits from the database to Redis until told to stop."""
    from store.database import open_database
    from store.logs import set_up_logs
    from store.queues import open_queues
    from workers.relay import Relay
    from workers.signals import set_on_signal

    set_up_logs(settings.log_level)
    database = open_database(settings.database)
    stop = threading.Event()
    set_on_signal(stop)
    Relay(database, open_queues(settings.redis), deliver_workers=settings.deliver_workers, stop=stop).run()
    database.dispose()
    return 0


def redis(settings: Settings) -> int:
    """Become the bundled Redis."""
    from workers.redis_server import become_server

    return become_server(settings)


def run(settings: Settings) -> int:
    """Start everything."""
    from workers import launcher

    return launcher.run(settings)


_PROGRAMS: dict[str, Callable[[Settings], int]] = {
    "classify": classify,
    "deliver": deliver,
    "relay": relay,
    "redis": redis,
    "run": run,
}

if __name__ == "__main__":
    sys.exit(main())
