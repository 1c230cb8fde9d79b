"""The only reader of the environment. Every setting: its type, its default, and why.

``docs/settings.md`` lists them all; ``tests/test_docs.py`` fails on one that is missing there.
"""

import hashlib
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models.types import Marking, Rules
from store import weak_secrets

_JURISDICTION = re.compile(r"[A-Z]{2}")
_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
SHORTEST_API_KEY = 8
_PREFIX = "OBELUS_"
_SCHEMES = {
    "database_url": ("sqlite:///", "postgresql://"),
    "redis_url": ("redis://", "rediss://", "unix://"),
}
_LONGEST_SOCKET_PATH = 100  # sockaddr_un holds 104 bytes on macOS and 108 on Linux


class SettingsError(ValueError):
    """One line per variable that cannot be used; never the value, which may be a secret."""


class Settings(BaseSettings):
    """Settings of one installation, from ``OBELUS_…`` variables."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True)

    host: str = Field("127.0.0.1", description="Address the web process listens on; loopback until you say otherwise.")
    port: int = Field(8000, ge=1, le=65535, description="Port the web process listens on.")
    public_url: str | None = Field(
        None, description="How others reach this service (links in webhooks); default `http://HOST:PORT`."
    )
    data_dir: Path = Field(Path("var"), description="Where SQLite, the bundled Redis and its socket keep their files.")
    database_url: str | None = Field(
        None, description="`sqlite:///…` or `postgresql://…`; default SQLite in `OBELUS_DATA_DIR`."
    )
    redis_url: str | None = Field(
        None, description="`redis://…`, `rediss://…` or `unix://…`; unset: the bundled Redis is started."
    )
    api_key: SecretStr | None = Field(
        None,
        description="A bootstrap admin key of at least 8 characters, 32 where others reach this installation; "
        "unset: one is made and shown once.",
    )
    admin_password: SecretStr | None = Field(
        None,
        description="First password of the user `admin`, of at least 10 characters, 12 where others reach this "
        "installation; unset: a one-time password is made and shown.",
    )
    jurisdictions: Annotated[tuple[str, ...], NoDecode] = Field(
        ("RU", "UN", "US", "EU", "GB"), description="Whose lists are shown in `designated_by`."
    )
    label_duty: Annotated[tuple[str, ...], NoDecode] = Field(
        ("RU",), description="Jurisdictions whose listed organisations must be labelled."
    )
    marking: Marking = Field("every", description="Which mentions must be marked: `every` or only the `first`.")
    organisations_file: Path | None = Field(
        None, description="Your own organisations, one JSON object a line (docs/register.md); read at start."
    )
    weights: Literal["research", "permissive"] = Field(
        "research", description="`research`: all training sets; `permissive`: only sets that allow commercial use."
    )
    violence_model: Path | None = Field(
        None,
        description="A checkpoint of your own in the place of the violence heads: a folder with `model.safetensors`, "
        "or an ONNX file (docs/operations.md); unset: the shipped heads.",
    )
    violence_labels: Path | None = Field(
        None,
        description="Which labels of that checkpoint mean what; unset: `obelus-labels.json` beside it.",
    )
    allow_private_webhooks: bool = Field(
        default=False,
        description="Deliver webhooks also to http and to private addresses: only for tests on one machine.",
    )
    classify_workers: int = Field(1, ge=0, le=64, description="Classify processes that `make run` starts.")
    deliver_workers: int = Field(1, ge=0, le=64, description="Deliver processes that `make run` starts.")
    delivery_threads: int = Field(16, ge=1, le=256, description="Webhooks each deliver process sends at the same time.")
    deliveries_per_receiver: int = Field(
        2, ge=1, le=64, description="Webhooks sent to one host at the same time, by all deliver processes together."
    )
    encoder_threads: int = Field(
        2,
        ge=1,
        le=64,
        description="Sentences each classify process reads at once, so that an article is ready sooner.",
    )
    web_threads: int = Field(32, ge=1, le=512, description="Requests the web process answers at the same time.")
    articles_per_claim: int = Field(
        8, ge=1, le=256, description="Queued articles a classify worker claims and reads in one batch."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Origins such as `https://desk.example.org` whose pages may call the API from a browser, "
        "separated by commas; unset: none.",
    )
    max_waiting: int = Field(
        50_000,
        ge=0,
        description="With so many articles waiting, further ones are answered 503 and `Retry-After`; 0: no bound.",
    )
    rate_articles_per_minute: int = Field(
        30_000, ge=0, le=1_000_000_000, description="Articles an API key may send a minute; 0: no limit."
    )
    rate_characters_per_minute: int = Field(
        100_000_000,
        ge=0,
        le=1_000_000_000,
        description="Characters (code points) of text an API key may send a minute; 0: no limit.",
    )
    rate_requests_per_minute: int = Field(
        30_000,
        ge=0,
        le=1_000_000_000,
        description="Requests of any kind that a web process answers an API key a minute; 0: no limit.",
    )
    rate_burst_seconds: int = Field(
        60, ge=1, le=3_600, description="What these limits allow in so many seconds may be used at once."
    )
    lease_seconds: int = Field(
        10,
        ge=5,
        le=3600,
        description="A claimed article of a dead worker is given to another after this; a living one renews its claim.",
    )
    retention_days: int | None = Field(
        None,
        ge=1,
        le=36_500,
        description="Days after which the words of a finished article are erased; ids, labels and scores stay; "
        "unset: all is kept.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Lowest level that is logged.")

    @field_validator(
        "public_url",
        "database_url",
        "redis_url",
        "api_key",
        "admin_password",
        "organisations_file",
        "violence_model",
        "violence_labels",
        "retention_days",
        mode="before",
    )
    @classmethod
    def _read_empty_as_unset(cls, value: object) -> object:
        return None if value == "" else value  # `OBELUS_REDIS_URL=` is how an env file unsets it

    @field_validator("database_url", "redis_url")
    @classmethod
    def _check_scheme(cls, value: str | None, info: ValidationInfo) -> str | None:
        schemes = _SCHEMES[info.field_name or ""]
        if value is not None and not value.startswith(schemes):
            raise ValueError(f"it must begin with {' or '.join(schemes)}")
        return value

    @field_validator("violence_labels")
    @classmethod
    def _check_labels(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and info.data.get("violence_model") is None:
            raise ValueError("it says what the labels of OBELUS_VIOLENCE_MODEL mean, which is not set")
        return value

    @field_validator("jurisdictions", "label_duty", "cors_origins", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("jurisdictions", "label_duty")
    @classmethod
    def _check_jurisdictions(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for code in value:
            if not _JURISDICTION.fullmatch(code):
                raise ValueError(f"{code!r} is not a jurisdiction: write two capital letters, such as RU,UN,US")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    "write each origin as browsers do: scheme, host in small letters and the port if it is not the "
                    "usual one, such as https://desk.example.org; no path, no *"
                )
        return value

    @field_validator("api_key")
    @classmethod
    def _check_api_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SHORTEST_API_KEY:
            raise ValueError(f"an API key needs at least {SHORTEST_API_KEY} characters")
        return value

    @field_validator("database_url", "redis_url", "api_key", "admin_password")
    @classmethod
    def _check_secret(cls, value: str | SecretStr | None, info: ValidationInfo) -> str | SecretStr | None:
        if value is not None:
            plain = value.get_secret_value() if isinstance(value, SecretStr) else value
            weak_secrets.check(info.field_name or "", plain, info.data)
        return value

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'obelus.sqlite3'}"

    @property
    def uses_bundled_redis(self) -> bool:
        return self.redis_url is None

    @property
    def redis_socket(self) -> Path:
        """Socket of the bundled Redis. A data folder with a long name would not fit into a socket address."""
        path = self.data_dir.resolve() / "redis" / "redis.sock"
        if len(str(path).encode()) <= _LONGEST_SOCKET_PATH:
            return path
        digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
        return Path("/tmp") / f"obelus-{digest}" / "redis.sock"  # noqa: S108 - the folder is made with mode 0700

    @property
    def redis(self) -> str:
        """The Redis URL in force."""
        return self.redis_url or f"unix://{self.redis_socket}"

    @property
    def base_url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def rules(self) -> Rules:
        return Rules(jurisdictions=self.jurisdictions, label_duty=self.label_duty, marking=self.marking)


def load_settings() -> Settings:
    """Read the environment once; hand the result on. SettingsError names each bad variable."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"{_PREFIX}{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise SettingsError("\n".join(lines)) from None  # the cause would print the value
