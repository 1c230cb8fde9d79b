"""One JSON line an event; exceptions without local variables, which would hold article text."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from store.keys import make_key, make_webhook_secret
from store.logs import MASK, set_up_logs

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


KEY, SECRET = make_key(), make_webhook_secret()
MASKED = {
    KEY: KEY,
    SECRET: f"a secret {SECRET}, and more",
    "abc.def-1": "Authorization: Bearer abc.def-1",
    "dXNlcjpwYXNz": "authorization: basic dXNlcjpwYXNz",
    "hunter2": "could not connect to postgresql://obelus:hunter2@db.example/obelus",
    "p%40ss:word": "redis://:p%40ss:word@redis.example:6379/0",
    "s3ssion": "Cookie: obelus_session=s3ssion; obelus_language=ru",
    "JBSWY3DP": "otpauth://totp/Obelus:maria?secret=JBSWY3DP&issuer=Obelus",
    "k3y": "POST /compat/perspective/v1alpha1/comments:analyze?key=k3y&alt=json",
}


@pytest.mark.parametrize(("secret", "message"), MASKED.items(), ids=list(range(len(MASKED))))
def test_a_secret_in_a_message_is_masked(output: Output, secret: str, message: str) -> None:
    """In the message, in a value at any depth, in an object's own words, and in an exception's."""
    set_up_logs("INFO")
    structlog.get_logger("ours").info(message, place=message, deep={"list": [message, {"x": (message,)}]})
    logging.getLogger("theirs").warning("%s", message, extra={"error": ValueError(message)})
    for logger in (structlog.get_logger("ours"), logging.getLogger("theirs")):
        try:
            raise RuntimeError(message)
        except RuntimeError:
            logger.exception("failed")
    written = output()
    assert len(read_lines(written)) == 4
    assert secret not in written
    assert written.count(MASK) >= 8


@pytest.mark.parametrize("name", ["secret", "password", "token", "Authorization", "text", "note", "cookie"])
def test_a_value_with_the_name_of_a_secret_is_masked(output: Output, name: str) -> None:
    set_up_logs("INFO")
    structlog.get_logger("ours").info("made", **{name: "hunter2"}, deep=[{name: ["hunter2"]}])
    logging.getLogger("theirs").info("made", extra={name: "hunter2"})
    assert "hunter2" not in output()


def test_what_is_no_secret_stays(output: Output) -> None:
    set_up_logs("INFO")
    structlog.get_logger("ours").info(
        "article.read", key_id="key_0123", url="https://a.example:443/b?monkey=1", n=None, ok=True, head="3:ab"
    )
    (line,) = read_lines(output())
    assert (line["key_id"], line["url"], line["n"]) == ("key_0123", "https://a.example:443/b?monkey=1", None)
    assert (line["ok"], line["head"]) == (True, "3:ab")
    assert MASK not in str(line)


def test_gunicorns_lines_are_ours(output: Output) -> None:
    """Its loggers have handlers of their own, which would write past the mask."""
    logger = logging.getLogger("gunicorn.error")
    logger.addHandler(logging.StreamHandler())
    logger.propagate = False
    set_up_logs("INFO")
    logger.warning("Invalid request from %s", f"Bearer {KEY}")
    (line,) = read_lines(output())
    assert line["event"] == f"Invalid request from {MASK}"
