"""A classify process keeps up with the customer's own organisations without being started again."""

import logging
import time
from dataclasses import dataclass, field, replace

from models.designations.custom import OrganisationsFile, with_custom
from models.designations.register import Register
from models.reader import Reader
from store.custom_organisations import current_version, list_current
from store.database import Database

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ReaderKeeper:
    """The reader with the built-in register, the file's organisations and those of the database."""

    database: Database
    reader: Reader
    file: OrganisationsFile
    _built_in: Register = field(init=False)
    _version: int | None = None

    def __post_init__(self) -> None:
        self._built_in = self.reader.register

    def current(self) -> Reader:
        """One cheap query where nothing has changed; else the automaton is built anew (a third of a second)."""
        with self.database.reading() as session:
            version = current_version(session)
            if version == self._version:
                return self.reader
            rows = list_current(session, version=version)
        started = time.monotonic()
        register = with_custom(self._built_in, self.file, rows, version=version)
        register.matcher.find("")  # built here, not in the first article
        self.reader, self._version = replace(self.reader, register=register), version
        log.info(
            "register.renewed",
            extra={"version": register.version, "seconds": round(time.monotonic() - started, 3)},
        )
        return self.reader
