"""The audit log from the command line."""

import argparse
import sys
from contextlib import nullcontext

from store import audit
from store.commands import new_file, say
from store.database import Database


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Two words, such as ``audit verify``."""
    parser = commands.add_parser("audit", help="look after the audit log")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="check the chain of hashes; status 1 where it is broken")
    verify.add_argument("--head", metavar="SEQ:HASH", help="also: it still holds this entry, known from before")
    verify.set_defaults(run=_verify)
    export = actions.add_parser("export", help="write the entries as JSON Lines")
    export.add_argument("--since", metavar="SEQ", type=int, default=1, help="from this entry on; default: all")
    export.add_argument("file", metavar="FILE", help="a new file, or - for standard output")
    export.set_defaults(run=_export)


def _verify(database: Database, options: argparse.Namespace) -> int:
    known = audit.parse_head(options.head) if options.head else None
    with database.reading() as session:
        checked = audit.verify(session, known=known)
    if checked.broken_at is not None:
        say(f"the audit log is broken at entry {checked.broken_at}: it was changed, taken out or put in")
        return 1
    say(f"{checked.head.seq} entries, whole; head {checked.head}")
    return 0


def _export(database: Database, options: argparse.Namespace) -> int:
    """The entry about the export comes first, and so stands in it."""
    with new_file(options.file) if options.file != "-" else nullcontext(sys.stdout.buffer) as output:
        with database.writing() as session:
            audit.record(session, action="audit_exported", actor=audit.CLI, details={"since": options.since})
        with database.reading() as session:
            output.writelines(audit.export_lines(session, since=options.since))
    return 0
