"""One JSON line an event; exceptions without local variables, which would hold article text."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from store.logs import set_up_logs

SECRET_TEXT = "the text of an article that nobody may log"


Output = Callable[[], str]


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    """What was written to stderr. Logging is global: it is put back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield lambda: capsys.readouterr().err
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def read_lines(written: str) -> list[dict[str, object]]:
    assert written.endswith("\n")
    return [json.loads(line) for line in written.removesuffix("\n").split("\n")]


def test_both_kinds_of_logger_write_one_json_line(output: Output) -> None:
    set_up_logs("INFO")
    structlog.get_logger("ours").info("article.read", article="art_1", seconds=0.25)
    logging.getLogger("theirs").warning("queue.%s", "slow", extra={"count": 3})
    first, second = read_lines(output())
    assert (first["event"], first["article"], first["seconds"]) == ("article.read", "art_1", 0.25)
    assert (first["level"], first["logger"]) == ("info", "ours")
    assert (second["event"], second["count"], second["level"]) == ("queue.slow", 3, "warning")
    assert all(str(line["timestamp"]).endswith("Z") for line in (first, second))


def test_a_value_cannot_forge_a_second_line(output: Output) -> None:
    set_up_logs("INFO")
    structlog.get_logger("ours").info("article.read", name='a\n{"event": "forged"}\r\x1b[2J\u2028')
    written = output()
    assert len(read_lines(written)) == 1
    assert "\x1b" not in written, "nor colour a terminal"


def test_exceptions_show_lines_and_no_variables(output: Output) -> None:
    set_up_logs("INFO")

    def read(text: str) -> int:
        return len(text) // 0

    for logger in (structlog.get_logger("ours"), logging.getLogger("theirs")):
        try:
            read(SECRET_TEXT)
        except ZeroDivisionError:
            logger.exception("reading.failed")
    written = output()
    assert len(read_lines(written)) == 2
    assert all("ZeroDivisionError" in str(line["exception"]) for line in read_lines(written))
    assert SECRET_TEXT not in written


@pytest.mark.parametrize(("level", "expected"), [("DEBUG", 3), ("INFO", 2), ("ERROR", 1)])
def test_what_is_below_the_level_is_not_written(output: Output, level: str, expected: int) -> None:
    set_up_logs(level)
    logger = logging.getLogger("ours")
    logger.debug("one")
    logger.info("two")
    logger.error("three")
    assert len(read_lines(output())) == expected


def test_setting_up_twice_writes_once(output: Output) -> None:
    set_up_logs("INFO")
    set_up_logs("INFO")
    logging.getLogger("ours").info("one")
    assert len(read_lines(output())) == 1
