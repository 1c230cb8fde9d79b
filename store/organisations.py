"""The customer's own organisations as the settings have them; their shape and file: models/designations/custom.py."""

from models.designations.custom import OrganisationsFile, Scope, read_file
from models.designations.register import Register, read_register
from store.settings import Settings


def scope_of(settings: Settings, register: Register) -> Scope:
    """What an organisation has to fit to here."""
    return Scope.of((*settings.jurisdictions, *settings.label_duty), register)


def load_file(settings: Settings) -> OrganisationsFile:
    """The file of ``OBELUS_ORGANISATIONS_FILE``, empty where there is none; raises as `read_file`."""
    if settings.organisations_file is None:
        return OrganisationsFile()
    return read_file(settings.organisations_file, scope_of(settings, read_register()))
