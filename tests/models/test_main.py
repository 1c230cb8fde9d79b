"""``python -m models``: files in, reports out, and one clear line for what cannot be read."""

import io
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.console import Console

from models.__main__ import Streams, main
from models.encoder import WeightsError
from models.intake import LONGEST_LINE, LONGEST_TEXT, ArticleReader
from models.loading import Own, add_own
from models.reader import Reader
from models.terminal import render, visible
from models.types import Article, Report, Rules
from models.wire import report_to_dict
from tests.fakes import FakeScorer
from tests.models.readers import HEADS, make_reader

TEXT = "OSLO, 3 Feb (Xinhua) -- Militants of “Islamic State”* killed a guard, the council said on Monday.\n"


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass
class Answer:
    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict]:  # type: ignore[type-arg]
        return [json.loads(line) for line in self.out.splitlines()]


def load(*, rules: Rules, profile: str, own: Own) -> Reader:
    reader = make_reader(FakeScorer(HEADS, version=f"{profile}@0"), rules=rules)
    file = own.organisations
    return reader if file is None else replace(reader, register=add_own(reader.register, file, rules))


def run(*argv: str, stdin: bytes = b"", terminal: bool = False) -> Answer:
    out = Terminal() if terminal else io.StringIO()
    err = Terminal() if terminal else io.StringIO()
    status = main(argv, Streams(io.BytesIO(stdin), out, err), load=load)
    return Answer(status, out.getvalue(), err.getvalue())


def write(folder: Path, text: str | bytes, name: str = "a.txt") -> str:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def test_a_file_gives_one_line_of_json(tmp_path: Path) -> None:
    """Piped, a report is one JSON object on one line, with the file's name beside it."""
    name = write(tmp_path, TEXT)
    answer = run(name)

    assert (answer.status, answer.err) == (0, "")
    (report,) = answer.lines
    assert report["file"] == name
    assert {"language", "text_sha256", "versions", "violence", "designations", "source_bias"} <= report.keys()
    assert report["source_bias"]["source"]["outlet"]["name"] == "Xinhua"


def test_standard_input_is_a_file() -> None:
    assert run("-", stdin=TEXT.encode()).lines[0]["language"]["code"] == "en"


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    with_mark, without = run("-", stdin=b"\xef\xbb\xbf" + TEXT.encode()), run("-", stdin=TEXT.encode())

    assert with_mark.lines == without.lines


def test_line_ends_are_kept() -> None:
    """Spans count the code points of the file as it is: CRLF is two."""
    (report,) = run("-", stdin=b"One.\r\n\r\nOSLO, 3 Feb (Xinhua) -- The council said so on Monday again.").lines

    assert report["source_bias"]["source"]["dateline"]["start"] == 8


def test_several_files_are_told_apart(tmp_path: Path) -> None:
    names = [write(tmp_path, TEXT, "a.txt"), write(tmp_path, TEXT * 2, "b.txt")]
    answer = run(*names)

    assert [report["file"] for report in answer.lines] == names


def test_one_bad_file_does_not_hide_the_others(tmp_path: Path) -> None:
    """The others are read; the status says that something was not."""
    good = write(tmp_path, TEXT)
    answer = run(good, str(tmp_path / "none.txt"), good)

    assert answer.status == 1
    assert [report["file"] for report in answer.lines] == [good, good]
    assert answer.err == f"python -m models: {tmp_path}/none.txt: No such file or directory\n"


BAD_TEXTS = {
    "empty": (b"", "holds no text"),
    "blank": (b" \n\t ", "holds no text"),
    "not UTF-8": (b"abc\xff", "not UTF-8: byte 0xff at offset 3"),
    "UTF-16": ("abc".encode("utf-16"), "not UTF-8"),
    "surrogate": (b"abc\xed\xa0\x80", "not UTF-8: byte 0xed at offset 3"),
    "NUL": (b"abc\x00def", "a NUL character at offset 3"),
    "too long": (b"a" * (LONGEST_TEXT + 1), "200,001 code points; at most 200,000 are read"),
    "far too long": (b"a" * (LONGEST_TEXT * 4 + 4), "longer than 200,000 code points"),
}


@pytest.mark.parametrize(("raw", "message"), BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_texts_that_cannot_be_read(raw: bytes, message: str) -> None:
    """One line says why, and none of the text."""
    answer = run("-", stdin=raw)

    assert (answer.status, answer.out) == (1, "")
    assert answer.err.startswith(f"python -m models: -: {message}")
    assert answer.err.count("\n") == 1


def test_the_longest_text_is_read() -> None:
    """200,000 code points, four bytes each."""
    answer = run("-", stdin=("😀 " * (LONGEST_TEXT // 2)).encode())

    assert answer.status == 0


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "name a file"),
        (["--published-at", "yesterday", "-"], "'yesterday' is no date"),
        (["--published-at", "2017-02-30", "-"], "'2017-02-30' is no date"),
        (["--jurisdiction", "XX", "-"], "unknown jurisdiction 'XX': the register has"),
        (["--jurisdiction", "Russia", "-"], "unknown jurisdiction 'Russia'"),
        (["--weights", "tiny", "-"], "research or permissive"),
        (["--nonsense"], "unrecognized arguments"),
    ],
)
def test_a_wrong_command_is_refused(argv: Sequence[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2 and the reason, before anything is read."""
    answer = run(*argv, stdin=TEXT.encode())

    assert (answer.status, answer.out) == (2, "")
    assert message in answer.err + capsys.readouterr().err


def test_missing_weights_are_named() -> None:
    def load_none(*, rules: Rules, profile: str, own: Own) -> ArticleReader:
        raise WeightsError(f"no weights: {profile}/manifest.json is missing")

    err = io.StringIO()
    status = main(["-"], Streams(io.BytesIO(TEXT.encode()), io.StringIO(), err), load=load_none)

    assert status == 1
    assert err.getvalue() == "python -m models: no weights: research/manifest.json is missing\n"


def test_the_date_decides_which_designations_count() -> None:
    """Russia listed the organisation on 29 December 2014 (in force early in 2015)."""

    def listed(day: str) -> list[str]:
        (report,) = run("--published-at", day, "--jurisdiction", "RU", "-", stdin=TEXT.encode()).lines
        return [d["status"] for m in report["designations"]["mentions"] for d in m["designated_by"]]

    assert "listed" in listed("2017-12-11T10:00:00+03:00")
    assert "listed" not in listed("2010-01-01")


@pytest.mark.parametrize(
    "argv", [["--jurisdiction", "RU", "US"], ["--jurisdiction", "RU,US"], ["--jurisdiction=US", "--jurisdiction=RU"]]
)
def test_jurisdictions_may_be_several(tmp_path: Path, argv: Sequence[str]) -> None:
    """``--jurisdiction RU US FILE``: what follows the codes is a file again."""
    (report,) = run(*argv, write(tmp_path, TEXT)).lines
    shown = {d["jurisdiction"] for m in report["designations"]["mentions"] for d in m["designated_by"]}

    assert shown == {"RU", "US"}


# --- --jsonl --------------------------------------------------------------------------------------


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def test_lines_are_answered_in_order() -> None:
    """Each good line gives {"id","report"}; more lines than one batch holds stay in order."""
    stdin = b"".join(line(id=f"n{n}", text=TEXT) for n in range(40))
    answer = run("--jsonl", "-", stdin=stdin)

    assert answer.status == 0
    assert [answered["id"] for answered in answer.lines] == [f"n{n}" for n in range(40)]
    assert all(answered.keys() == {"id", "report"} for answered in answer.lines)


BAD_LINES = {
    "not JSON": (b"{'id'\n", None, "line 2: not JSON"),
    "not UTF-8": (b'{"id":"x","text":"\xff"}\n', None, "line 2: not JSON"),
    "lone surrogate": (b'{"id":"x","text":"a \\ud800"}\n', None, "line 2: not JSON"),
    "NaN": (b'{"id":"x","text":NaN}\n', None, "line 2: not JSON"),
    "deep": (b"[" * 100_000 + b"\n", None, "line 2: not JSON"),
    "no object": (b"[1]\n", None, "line 2: not a JSON object"),
    "no id": (line(text="a"), None, "line 2: id: a string or a whole number is needed"),
    "true id": (line(id=True, text="a"), None, "line 2: id:"),
    "no text": (line(id="x"), "x", "line 2: text: a string is needed"),
    "empty text": (line(id="x", text=""), "x", "line 2: holds no text"),
    "number text": (line(id=7, text=7), 7, "line 2: text: a string is needed"),
    "NUL": (line(id="x", text="a\0"), "x", "line 2: a NUL character at offset 1"),
    "long text": (line(id="x", text="a" * (LONGEST_TEXT + 1)), "x", "line 2: 200,001 code points"),
    "unknown field": (line(id="x", text="a", txt="b"), "x", "line 2: unknown field 'txt'"),
    "bad title": (line(id="x", text="a", title=1), "x", "line 2: title: a string is needed"),
    "bad date": (line(id="x", text="a", published_at="soon"), "x", "line 2: 'soon' is no date"),
    "long line": (b" " * (LONGEST_LINE * 2) + b"{}\n", None, "line 2: longer than 4,000,000 bytes"),
}


@pytest.mark.parametrize(("raw", "name", "message"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_answered_in_its_place(raw: bytes, name: str | int | None, message: str) -> None:
    """The lines around it are read; the status is 1 at the end; no text is echoed."""
    answer = run("--jsonl", "-", stdin=line(id="before", text=TEXT) + raw + b"\n" + line(id="after", text=TEXT))
    before, bad, after = answer.lines

    assert answer.status == 1
    assert (before["id"], after["id"]) == ("before", "after")
    assert bad["id"] == name
    assert bad["error"].startswith(message)
    assert len(bad["error"]) < 120


def test_fields_of_a_line_are_used() -> None:
    (answer,) = run("--jsonl", "-", stdin=line(id=1, text="Мост закрыт.", source="ТАСС", language="ru")).lines

    assert answer["id"] == 1
    assert answer["report"]["language"] == {"code": "ru", "score": 1.0, "supported": True}
    assert answer["report"]["source_bias"]["source"]["outlet"]["name"] == "TASS"


def test_lines_are_read_in_bounded_memory() -> None:
    """A reader never holds more than a batch, however long the input is."""
    largest = 0

    class Counting:
        def read(self, articles: Sequence[Article]) -> list[Report]:
            nonlocal largest
            largest = max(largest, sum(len(article.text) for article in articles))
            return make_reader().read(articles)

    stdin = b"".join(line(id=n, text="a" * 150_000, language="de") for n in range(12))
    out = io.StringIO()
    status = main(["--jsonl", "-"], Streams(io.BytesIO(stdin), out, io.StringIO()), load=lambda **_: Counting())

    assert (status, out.getvalue().count("\n")) == (0, 12)
    assert largest <= 600_000


def test_a_progress_bar_stands_on_a_terminal_only(tmp_path: Path) -> None:
    name = write(tmp_path, line(id=1, text=TEXT), "a.jsonl")

    assert run("--jsonl", name).err == ""
    assert "1 articles" in run("--jsonl", name, terminal=True).err


def test_a_missing_file_of_lines_is_named(tmp_path: Path) -> None:
    answer = run("--jsonl", str(tmp_path / "none.jsonl"))

    assert answer.status == 1
    assert answer.err == f"python -m models: {tmp_path}/none.jsonl: No such file or directory\n"


# --- on a terminal --------------------------------------------------------------------------------


def test_a_terminal_gets_a_readable_report(tmp_path: Path) -> None:
    """The text, the findings with their reasons, and who designates the organisation."""
    answer = run("--jurisdiction", "RU", write(tmp_path, TEXT), terminal=True)

    assert answer.status == 0
    for words in ("Violence", "Designations", "Source", "bias.dateline", "designated by RU", "Xinhua, CN, state"):
        assert words in answer.out


def test_evidence_is_underlined_in_the_colour_of_its_classifier(root: Path) -> None:
    """Three colours, and the text itself is all there."""
    text = (root / "models" / "samples" / "islamic_state_retreat.txt").read_text("utf-8")
    (report,) = make_reader(FakeScorer(HEADS, lambda head, _: float(head.startswith("violence.")))).read(
        [Article(text)]
    )
    plain, coloured = (show(report, text, colour=colour) for colour in (False, True))

    assert "".join(text.split()) in "".join(plain.split())
    for code in ("36", "31", "33"):  # cyan, red, yellow
        assert f"4;{code}m" in coloured


def show(report: Report, text: str, *, colour: bool = False) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=500, force_terminal=colour, color_system="standard" if colour else None)
    console.print(render(report_to_dict(report), text))
    return stream.getvalue()


HOSTILE = (
    "Plain \x1b[31mred\x1b]0;title\x07 \u202eevil\u202c \u200bzero\x9b2J \x08\x7f [bold]no[/bold] :smile: "
    "\r over \u2066x\u2069 \U000e0041."
)


def test_control_characters_never_reach_the_terminal() -> None:
    """An article cannot move the cursor, set a title, turn words round, hide them or use our markup."""
    (report,) = make_reader().read([Article(HOSTILE, source=HOSTILE)])
    shown = show(report, HOSTILE)

    assert all(character.isprintable() or character == "\n" for character in shown)
    assert "␛[31mred␛]0;title␇" in shown
    assert "‹U+202E›evil‹U+202C›" in shown
    assert "‹U+200B›zero‹U+009B›2J" in shown
    assert "[bold]no[/bold] :smile:" in shown


def test_a_hostile_file_name_is_shown_as_marks() -> None:
    answer = run("no\x1b[2Jsuch")

    assert "\x1b" not in answer.err
    assert "no␛[2Jsuch" in answer.err


def test_marks_do_not_move_the_underline() -> None:
    """Evidence behind hidden characters is underlined exactly."""
    text = "\u202e\u200b\r\nRain fell. It allegedly grew in the town."
    (report,) = make_reader().read([Article(text)])

    assert "\x1b[4;36mallegedly\x1b[0m" in show(report, text, colour=True)


def test_letters_emoji_and_accents_are_shown_as_they_are() -> None:
    assert visible("Ёж é e\u0301 😀\tשלום\n") == "Ёж é e\u0301 😀\tשלום\n"


def test_the_command_stands_alone(root: Path) -> None:
    """As a program: a wrong option ends with status 2, and importing it loads nothing heavy into the help."""
    result = subprocess.run(
        [sys.executable, "-m", "models", "--help"], cwd=root, capture_output=True, text=True, check=True
    )

    assert "--jsonl" in result.stdout


def test_the_variable_that_chooses_the_weights_chooses_them_here_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Who set OBELUS_WEIGHTS for a licence must not be read to with other weights."""
    chosen: list[str] = []

    def load(*, rules: Rules, profile: str, own: Own) -> ArticleReader:
        chosen.append(profile)
        raise WeightsError("stop here")

    path = tmp_path / "article.txt"
    path.write_text("One.", "utf-8")
    monkeypatch.setenv("OBELUS_WEIGHTS", "permissive")
    main([str(path)], Streams(io.BytesIO(), io.StringIO(), io.StringIO()), load=load)
    main(["--weights", "research", str(path)], Streams(io.BytesIO(), io.StringIO(), io.StringIO()), load=load)
    monkeypatch.setenv("OBELUS_WEIGHTS", "junk")
    status = main([str(path)], Streams(io.BytesIO(), io.StringIO(), io.StringIO()), load=load)

    assert chosen == ["permissive", "research"]
    assert status == 2


def test_the_variables_that_name_a_checkpoint_name_it_here_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And an option wins over its variable, also an empty one."""
    chosen: list[tuple[Path | None, Path | None]] = []

    def load(*, rules: Rules, profile: str, own: Own) -> ArticleReader:
        chosen.append((own.violence_model, own.violence_labels))
        raise WeightsError("stop here")

    def read_with(*argv: str) -> None:
        main([*argv, "-"], Streams(io.BytesIO(b"One."), io.StringIO(), io.StringIO()), load=load)

    read_with()
    monkeypatch.setenv("OBELUS_VIOLENCE_MODEL", "/models/ours")
    monkeypatch.setenv("OBELUS_VIOLENCE_LABELS", "ours.json")
    read_with()
    read_with("--violence-model", "/models/b.onnx", "--violence-labels", "")

    assert chosen == [(None, None), (Path("/models/ours"), Path("ours.json")), (Path("/models/b.onnx"), None)]


@pytest.mark.weights
def test_a_checkpoint_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    """By the real loader: nothing is read with other heads instead."""
    from models.loading import load_reader

    out, err = io.StringIO(), io.StringIO()
    argv = ["--violence-model", str(tmp_path / "none"), "-"]
    status = main(argv, Streams(io.BytesIO(TEXT.encode()), out, err), load=load_reader)

    assert (status, out.getvalue()) == (1, "")
    assert err.getvalue() == "python -m models: none is no folder or file here; nothing is fetched from a hub\n"


OWN = {
    "id": "qarzan-vanguard",
    "name": "Qarzan Vanguard",
    "names": [{"text": "Qarzan Vanguard", "language": "en"}],
    "designations": [{"jurisdiction": "RU", "list": "House list", "kind": "extremist", "since": "2020-01-01"}],
}
OWN_TEXT = b"Members of the Qarzan Vanguard met in the old mill on Sunday."


def named(answer: Answer) -> list[str]:
    (report,) = answer.lines
    return [mention["organisation"]["id"] for mention in report["designations"]["mentions"]]


def test_organisations_of_ones_own_are_found(tmp_path: Path) -> None:
    """And the register's version in the report says that a file was added."""
    file = write(tmp_path, json.dumps(OWN), "own.jsonl")
    without, with_them = run("-", stdin=OWN_TEXT), run("--organisations", file, "-", stdin=OWN_TEXT)

    assert (named(without), named(with_them)) == ([], ["qarzan-vanguard"])
    assert "+file-" in with_them.lines[0]["versions"]["register"]


def test_the_variable_that_names_the_file_names_it_here_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whom the service finds, the command line finds; an empty variable names nothing."""
    monkeypatch.setenv("OBELUS_ORGANISATIONS_FILE", write(tmp_path, json.dumps(OWN), "own.jsonl"))
    assert named(run("-", stdin=OWN_TEXT)) == ["qarzan-vanguard"]
    monkeypatch.setenv("OBELUS_ORGANISATIONS_FILE", "")
    assert named(run("-", stdin=OWN_TEXT)) == []


def test_a_jurisdiction_of_the_file_may_be_asked_for(tmp_path: Path) -> None:
    """One that is read by default may be left out this time; one that is not must be asked for."""
    french = {**OWN, "designations": [{**OWN["designations"][0], "jurisdiction": "FR"}]}  # type: ignore[dict-item]
    own = write(tmp_path, json.dumps(OWN), "own.jsonl")
    file = write(tmp_path, json.dumps(french), "french.jsonl")

    assert named(run("--organisations", own, "--jurisdiction", "US", "-", stdin=OWN_TEXT)) == []
    assert named(run("--organisations", file, "--jurisdiction", "FR", "-", stdin=OWN_TEXT)) == ["qarzan-vanguard"]
    refused = run("--organisations", file, "-", stdin=OWN_TEXT)
    assert (refused.status, refused.out) == (1, "")
    assert refused.err.startswith("python -m models: french.jsonl, line 1: designations: At least one must be")
    unknown = run("--organisations", file, "--jurisdiction", "FR,XX", "-", stdin=OWN_TEXT)
    assert (unknown.status, unknown.err.partition(": the register")[0]) == (
        2,
        "python -m models: unknown jurisdiction 'XX'",
    )


@pytest.mark.parametrize("jurisdiction", [(), ("--jurisdiction", "RU")])
def test_a_bad_file_of_organisations_is_named(tmp_path: Path, jurisdiction: Sequence[str]) -> None:
    """File, line and reason in one line, before anything is read."""
    file = write(tmp_path, '{"id": "x"}', "own.jsonl")
    answer = run("--organisations", file, *jurisdiction, "-", stdin=OWN_TEXT)

    assert (answer.status, answer.out) == (1, "")
    assert answer.err == "python -m models: own.jsonl, line 1: name: Field required\n"
    missing = run("--organisations", str(tmp_path / "none.jsonl"), *jurisdiction, "-", stdin=OWN_TEXT)
    assert missing.err == "python -m models: none.jsonl cannot be read: No such file or directory\n"


# --- many lines: going on, and all cores ------------------------------------------------------------


def numbered(count: int) -> bytes:
    return b"".join(line(id=n, text=f"{TEXT} {n}") for n in range(count))


def test_a_run_that_was_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    """Every line is answered once, in order; the half line that the end left behind is written anew."""
    name, out = write(tmp_path, numbered(30), "in.jsonl"), tmp_path / "out.jsonl"
    assert run("--jsonl", "--resume", str(out), name) == Answer(0, "", "")
    whole = out.read_bytes()
    assert [json.loads(one)["id"] for one in whole.splitlines()] == list(range(30))
    for kept in (0, 1, 100, len(whole) // 2, len(whole) - 1, len(whole)):
        out.write_bytes(whole[:kept])
        assert run("--jsonl", "--resume", str(out), name).status == 0
        assert out.read_bytes() == whole


@pytest.mark.parametrize(
    ("before", "message"),
    [
        (b"not JSON\n", "its last line is no answer of an earlier run"),
        (b'{"id":"other","report":{}}\n', "its 1 lines are no answers to this input"),
        (b'{"id":2,"report":{}}\n' * 5, "its 5 lines are no answers to this input"),
    ],
)
def test_a_file_of_other_answers_is_left_alone(tmp_path: Path, before: bytes, message: str) -> None:
    name, out = write(tmp_path, numbered(3), "in.jsonl"), tmp_path / "out.jsonl"
    out.write_bytes(before)

    answer = run("--jsonl", "--resume", str(out), name)
    assert (answer.status, answer.err) == (2, f"python -m models: {out}: {message}\n")
    assert out.read_bytes() == before


def test_standard_input_is_not_gone_on_with(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_bytes(b'{"id":1,"report":{}}\n')

    assert "name the file" in run("--jsonl", "--resume", str(out), "-", stdin=numbered(2)).err


@pytest.mark.parametrize("count", ["0", "-1", "many", "1000"])
def test_a_number_of_workers_that_cannot_be_is_refused(count: str) -> None:
    assert run("--jsonl", "--workers", count, "-").status == 2


@pytest.mark.weights
def test_all_cores_answer_what_one_answers(tmp_path: Path) -> None:
    """In the same order, bad lines in their places, with the options that were given."""
    stdin = b"".join(line(id=n, text=f"{TEXT} Day {n}.", source="ТАСС") if n % 7 else b"{}\n" for n in range(40))
    name = write(tmp_path, stdin, "in.jsonl")
    outs = []
    for workers in ("1", "3"):
        command = [sys.executable, "-m", "models", "--jsonl", "--workers", workers, "--jurisdiction", "RU", "US", name]
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        assert (done.returncode, done.stderr) == (1, b"")
        outs.append(done.stdout)

    assert outs[0] == outs[1]
    assert outs[0].count(b'"error"') == 6


def test_a_reading_process_that_ends_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The options of this one are not those of the other, which refuses them."""
    monkeypatch.setattr("models.__main__._shared_arguments", lambda _: ["--weights=none"])
    out, err = io.StringIO(), io.StringIO()
    streams = Streams(io.BytesIO(numbered(40)), out, err)

    assert main(["--jsonl", "--workers", "2", "-"], streams, load=load, may_start_others=True) == 1
    assert err.getvalue() == "python -m models: a reading process ended with status 2\n"
