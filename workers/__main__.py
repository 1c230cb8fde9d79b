"""``python -m workers classify|deliver|relay|redis|run``: one process each; ``run`` starts them all."""

import argparse
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from store.settings import Settings, SettingsError, load_settings
from workers.stack import CannotStartError

if TYPE_CHECKING:
    from models.designations.custom import OrganisationsFile
    from models.reader import Reader


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
    except CannotStartError as error:
        return _refuse(program, str(error), settings)


def _refuse(program: str, reason: str, settings: Settings) -> int:
    from store.queues import open_queues
    from workers.process import refuse_to_start

    return refuse_to_start(program, reason, queues=open_queues(settings.redis))


def classify(settings: Settings) -> int:
    """Load the weights, then read articles until told to stop.

    CannotStartError where the weights cannot be used; then `/readyz` says why, and nothing is read with anything else.
    """
    from store.database import open_database
    from store.interactive import Lane
    from store.logs import set_up_logs
    from store.queues import CLASSIFY, Bell, open_queues
    from workers import process
    from workers.classify import SLOWEST_CHECKPOINT, SLOWEST_READING, Desk, use
    from workers.interactive import Window
    from workers.outage import describe
    from workers.turns import Turns

    set_up_logs(settings.log_level)
    turns = Turns()
    queues = open_queues(settings.redis)
    try:
        from workers.organisations import ReaderKeeper

        reader, file = _load(settings, turns.give_way)
    except CannotStartError:
        raise
    except Exception as error:  # such as a library that is not installed: starting again would change nothing
        raise CannotStartError(f"it cannot load what it needs: {describe(error)}") from error
    queues.forget_failed_start(CLASSIFY)
    database = open_database(settings.database)
    stop = threading.Event()
    desk = Desk(
        database=database,
        queues=queues,
        reader=reader,
        articles_per_claim=settings.articles_per_claim,
        lease_seconds=settings.lease_seconds,
        slowest_code_points_per_second=SLOWEST_READING if settings.violence_model is None else SLOWEST_CHECKPOINT,
        gives_again=settings.violence_model is None,  # its labels may change under one version (decision 7)
        stop=stop,
        bell=Bell(queues, CLASSIFY),
        renew=ReaderKeeper(database, reader, file).current,
        turns=turns,
    )
    use(desk)
    window = Window(Lane(open_queues(settings.redis, timeout_seconds=5.0).redis), desk, stop)
    window.open()

    def tend() -> None:
        window.tend()
        desk.tend()

    keeper = process.Keeper(open_queues(settings.redis), tend, stop)
    process.work_until_stopped(CLASSIFY, redis=open_queues(settings.redis, timeout_seconds=None), keeper=keeper)
    window.close(process.LEAVE_SECONDS)
    desk.wait_until_idle(process.LEAVE_SECONDS)
    database.dispose()
    return 0


def _load(settings: Settings, pause: Callable[[], None]) -> "tuple[Reader, OrganisationsFile]":
    """Load all that a reader needs, and let it read once. CannotStartError where that cannot be done."""
    from models.designations.register import RegisterError
    from models.encoder import WeightsError
    from models.loading import Own, load_reader
    from models.source_bias.outlets import OutletRegisterError
    from models.types import Article
    from store.organisations import load_file
    from workers.classify import failed_classifiers

    try:
        file = load_file(settings)
        reader = load_reader(
            rules=settings.rules,
            profile=settings.weights,
            threads=settings.encoder_threads,
            own=Own(violence_model=settings.violence_model, violence_labels=settings.violence_labels),
            pause=pause,
        )
    except (WeightsError, RegisterError, OutletRegisterError) as error:
        raise CannotStartError(str(error)) from None
    trial = [Article(text="This loads what is loaded on first use."), Article(text="Это загружает остальное.")]
    if failed := failed_classifiers(reader.read(trial)):
        raise CannotStartError(f"a trial reading failed in {', '.join(failed)}")
    return reader, file


def deliver(settings: Settings) -> int:
    """Send deliveries until told to stop."""
    from store.database import open_database
    from store.logs import set_up_logs
    from store.queues import DELIVER, Bell, open_queues
    from workers import process
    from workers.deliver import Courier, use
    from workers.egress import Door

    set_up_logs(settings.log_level)
    database = open_database(settings.database)
    stop = threading.Event()
    courier = Courier(
        database=database,
        door=Door(allow_private=settings.allow_private_webhooks),
        threads=settings.delivery_threads,
        per_receiver=settings.deliveries_per_receiver,
        stop=stop,
        bell=Bell(open_queues(settings.redis), DELIVER),
    )
    use(courier)
    keeper = process.Keeper(open_queues(settings.redis), courier.tend, stop)
    process.work_until_stopped(DELIVER, redis=open_queues(settings.redis, timeout_seconds=None), keeper=keeper)
    courier.drain()
    database.dispose()
    return 0


def relay(settings: Settings) -> int:
    """Carry what waits from the database to Redis until told to stop."""
    from store.database import open_database
    from store.logs import set_up_logs
    from store.queues import open_queues
    from workers.relay import Relay
    from workers.signals import set_on_signal
    from workers.tidy import Tidier

    set_up_logs(settings.log_level)
    database = open_database(settings.database)
    stop = threading.Event()
    set_on_signal(stop)
    Relay(
        database=database,
        queues=open_queues(settings.redis),
        tidier=Tidier(database, settings.retention_days),
        deliver_workers=settings.deliver_workers,
        stop=stop,
    ).run()
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
