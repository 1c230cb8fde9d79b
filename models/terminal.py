"""A report for people at a terminal: the text with its evidence underlined, then every finding with its reason.

It takes the JSON form of a report, so that an answer of the API can be shown as well. Nothing of an article reaches
the terminal raw: control, format and bidirectional characters are shown as marks (an article must not be able to move
the cursor, set a title or hide words).
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

Json = Mapping[str, Any]

STYLES = {"source_bias": "underline cyan", "violence": "underline red", "designations": "bold underline yellow"}
TITLES = {"violence": "Violence", "designations": "Designations", "source_bias": "Source"}
_STATUS = {
    "failed": "This classifier failed. That is not the same as finding nothing.",
    "unsupported_language": "This language is not read; no scores are given.",
}
_SAID_ABOVE = "designation.mention"  # its evidence is the list of mentions
_LONGEST_WORDS = 100  # of one piece of evidence in a list
_MOST_EVIDENCE = 8  # pieces of evidence shown for one finding; the rest are counted


def render(report: Json, text: str) -> RenderableType:
    """The report on *text*; spans in code points. *report* is ``wire.report_to_dict(…)`` or ``answer["report"]``."""
    return Group(
        _heading(report),
        _marked_text(report, text),
        *(part for name in TITLES for part in _classifier(name, report[name])),
    )


def visible(text: str) -> str:
    """*text* with every character that a terminal would obey, or nobody could see, replaced by a mark."""
    return "".join(map(_mark, text))


def _mark(character: str) -> str:
    if character in "\n\t" or character.isprintable():
        return character
    if character < " ":
        return chr(0x2400 + ord(character))  # ␀ … ␟, the Unicode pictures of control characters
    return f"‹U+{ord(character):04X}›" if unicodedata.category(character) != "Zs" else character


def _heading(report: Json) -> Text:
    language = report["language"]
    versions = " · ".join(f"{name} {version}" for name, version in report["versions"].items())
    read = "" if language["supported"] else ", not read"
    return Text.assemble(
        ("Language ", "bold"),
        f"{visible(str(language['code']))} ({language['score']:.2f}{read})\n",
        ("Versions ", "bold"),
        f"{visible(versions)}\n",
        ("Marked in the text ", "bold"),
        *((f"{TITLES[name].lower()} ", STYLES[name]) for name in TITLES),
        "\n",
    )


def _marked_text(report: Json, text: str) -> Text:
    """The article with evidence underlined; spans move with the marks that stand for hidden characters."""
    pieces = ["" if text[i : i + 2] == "\r\n" else _mark(character) for i, character in enumerate(text)]
    positions = [0]
    for piece in pieces:
        positions.append(positions[-1] + len(piece))
    shown = Text("".join(pieces))
    for name, style in STYLES.items():  # what comes later lies on top: a name inside a whole sentence stays visible
        for start, end in _spans(report[name]):
            shown.stylize(style, positions[start], positions[end])
    return shown


def _spans(part: Json) -> Iterator[tuple[int, int]]:
    for finding in part["findings"]:
        for evidence in finding["evidence"]:
            yield evidence["start"], evidence["end"]
    for mention in part.get("mentions", ()):
        yield mention["start"], mention["end"]


def _classifier(name: str, part: Json) -> Iterator[RenderableType]:
    yield Text("")
    yield Rule(Text(TITLES[name], style=STYLES[name].replace("underline ", "")), align="left", style="dim")
    if part["status"] != "ok":
        yield Text(_STATUS[part["status"]], style="bold")
    if part.get("score") is not None:
        yield _scores(part)
    if name == "source_bias":
        yield from _source(part["source"])
    yield from _mentions(part.get("mentions", ()))
    for footnote in part.get("footnotes", ()):
        yield _indented(Text(f"footnote: {_shortened(footnote['text'])}"))
    for finding in part["findings"]:
        if finding["label"] != _SAID_ABOVE:
            yield from _finding(finding)
    if part["status"] == "ok" and not part["findings"] and not part.get("mentions"):
        yield _indented(Text("nothing found", style="dim"))


def _indented(line: Text, depth: int = 2) -> RenderableType:
    """Wrapped lines keep the indentation."""
    return Padding(line, (0, 0, 0, depth))


def _scores(part: Json) -> RenderableType:
    named = ("score", "graphic", "inciting", "severity")
    return _indented(Text("   ".join(f"{key} {_number(part[key])}" for key in named if part.get(key) is not None)))


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.2f}"


def _source(source: Json) -> Iterator[RenderableType]:
    if line := source["dateline"]:
        parts = [str(line[key]) for key in ("place", "date", "agency") if line[key]]
        yield _indented(Text("dateline: " + visible(" / ".join(parts))))
    if byline := source.get("byline"):
        yield _indented(Text("byline: " + visible(", ".join(byline["names"]))))
    if outlet := source["outlet"]:
        ownership = outlet["ownership"].replace("_", " ")
        where = outlet["country"] or "country unknown"
        yield _indented(Text(f"outlet: {visible(outlet['name'])}, {where}, {ownership}"))


def _mentions(mentions: Sequence[Json]) -> Iterator[RenderableType]:
    """Every mention; who designates an organisation is said at its first."""
    told: set[str] = set()
    for mention in mentions:
        name = mention["organisation"]["name"]
        marked = ("marked", "green") if mention["marked"] else ("not marked", "bold red")
        yield _indented(Text.assemble((_shortened(mention["text"]), "bold"), f" → {visible(name)}, ", marked))
        for listing in mention["designated_by"] if mention["organisation"]["id"] not in told else ():
            since = f" since {listing['since']}" if listing["since"] else ""
            until = f" until {listing['until']}" if listing["until"] else ""
            what = f"{listing['kind']}{since}{until}; {listing['status']}"
            listed = f"designated by {listing['jurisdiction']}: {listing['list']} ({what})"
            yield _indented(Text(visible(listed), style="dim"), 6)
        told.add(mention["organisation"]["id"])


def _finding(finding: Json) -> Iterator[RenderableType]:
    line = Text.assemble((finding["label"], "bold"), f"  {finding['score']:.2f}")
    if finding.get("severity") is not None:
        line.append(f"  severity {finding['severity']}")
    if finding.get("jurisdiction"):
        duty = f", duty by {finding['duty']}" if finding.get("duty") else ""
        line.append(f"  ({finding['jurisdiction']}{duty})")
    yield _indented(line)
    for evidence in finding["evidence"][:_MOST_EVIDENCE]:
        yield _indented(Text(f"“{_shortened(evidence['text'])}”"), 4)
        yield _indented(Text(visible(evidence["reason"]), style="dim"), 6)
    if (more := len(finding["evidence"]) - _MOST_EVIDENCE) > 0:
        yield _indented(Text(f"and {more} more", style="dim"), 4)


def _shortened(words: str) -> str:
    shown = visible(" ".join(words.split()))
    return shown if len(shown) <= _LONGEST_WORDS else shown[: _LONGEST_WORDS - 1] + "…"
