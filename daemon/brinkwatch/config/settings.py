"""The settings: one frozen model per block, each owning its defaults and its own validation. Reads no file."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from brinkwatch.config.alerting import Alerting, Route
from brinkwatch.config.block import LANGUAGE_PATTERN, Block, Span, Thresholds
from brinkwatch.config.crosscheck import clashes
from brinkwatch.config.duration import Duration
from brinkwatch.config.size import Size
from brinkwatch.signals.catalogue import Signal

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
URL_PATTERN = r"^https?://"
HEADER_PATTERN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}"
RESERVED_HEADERS = frozenset(
    {
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "accept-encoding",
        "if-none-match",
        "if-modified-since",
    }
)


class FeedSettings(Block):
    """One feed."""

    id: str = Field(pattern=ID_PATTERN, description="Short, stable name; used in logs.")
    url: str = Field(pattern=URL_PATTERN, description="Address of the RSS, Atom or JSON feed.")
    name: str | None = Field(None, description="Publisher as people know it; default: the family or the id.")
    family: str | None = Field(None, description="Publisher family; feeds of one family are one source. Default: id.")
    interval: Span | None = Field(
        None, description="Time between polls; default: `polling.interval`, else what the feed's own rate asks for."
    )
    allow_private: bool = Field(False, description="Let this feed live on a private or loopback address.")
    verified: bool = Field(True, description="False: nobody has yet seen this address answer.")
    language: str | None = Field(None, pattern=LANGUAGE_PATTERN, description="ISO 639-1; unset: detected per item.")
    state_affiliated: bool = Field(False, description="Publisher is run by a state: all such count as one source.")
    muted: bool = Field(False, description="Read and joined to stories, but never alerts by itself.")
    thresholds: Thresholds = Field(default=Thresholds(), description="For items of this feed.")
    paused: bool = Field(False, description="Not visited for now; what is known of it is kept.")
    reliability: Literal["A", "B", "C", "D", "E", "F"] | None = Field(
        None, description="The publisher's reliability by the Admiralty code, A (reliable) to F (cannot be judged)."
    )
    headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="HTTP headers for this feed, sent to its own host alone."
    )
    auth_file: Path | None = Field(
        None, description="A file that holds `user:password` for HTTP basic authentication at the feed's own host."
    )
    full_text: bool = Field(
        False, description="Read the whole article of each new item as well (needs the extra `fulltext`)."
    )

    @field_validator("headers")
    @classmethod
    def _sendable(cls, headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, value in headers.items():
            if not re.fullmatch(HEADER_PATTERN, name) or name.lower() in RESERVED_HEADERS:
                raise PydanticCustomError("clash", "{text}", {"text": "a name that is no HTTP header one may set"})
            if not re.fullmatch(r"[\x20-\x7e]{0,4000}", value.get_secret_value()):
                raise PydanticCustomError("clash", "{text}", {"text": "a value must be one line of plain characters"})
        return headers

    @property
    def publisher(self) -> str:
        return self.name or self.family or self.id

    @property
    def family_name(self) -> str:
        return self.family or self.id


class Polling(Block):
    """How feeds are visited."""

    interval: Span | None = Field(
        None, description="Between two polls of any feed without its own; unset: each feed's own rate decides."
    )
    min_interval: Span = Field(timedelta(minutes=1), description="No interval is taken below this.")
    max_interval: Span = Field(
        timedelta(minutes=30), description="A feed that publishes seldom is still visited this often."
    )
    max_backoff: Span = Field(timedelta(hours=12), description="The longest wait for a feed that keeps failing.")
    connect_timeout: Span = Field(timedelta(seconds=10), description="To connect, DNS and TLS included.")
    timeout: Span = Field(timedelta(seconds=30), description="One poll in all, redirects included.")
    max_bytes: int = Field(10_000_000, ge=10_000, description="Largest document, in bytes, after decompression.")
    max_redirects: int = Field(5, ge=0, le=20, description="Hops followed in one poll.")
    host_gap: Duration = Field(timedelta(seconds=1), description="Between two requests to one host.")
    concurrency: int = Field(32, ge=1, le=512, description="Requests in flight, all hosts together.")
    user_agent: str = Field(
        "Brinkwatch/{version} (+https://pypi.org/project/brinkwatch/)", description="Sent to feeds."
    )
    contact: str | None = Field(None, description="An address for webmasters, added to the User-Agent.")
    proxy: SecretStr | None = Field(
        None, description="HTTP proxy for all feeds but those with `allow_private`; may hold user and password."
    )

    @field_validator("proxy")
    @classmethod
    def _is_address(cls, proxy: SecretStr | None) -> SecretStr | None:
        if proxy is not None and not re.match(r"https?://[^/\s]", proxy.get_secret_value()):
            text = "a proxy must be an address that begins with http:// or https://"
            raise PydanticCustomError("clash", "{text}", {"text": text})
        return proxy


class Slack(Block):
    """The Slack workspace. The token comes from here, from `token_file`, from the credential `slack-token`, or from
    BRINKWATCH_SLACK_TOKEN, in this order."""

    token: SecretStr | None = Field(None, description="Bot token (xoxb-…). Better: token_file or a credential.")
    token_file: Path | None = Field(None, description="A file that holds the token alone.")
    base_url: str = Field("https://slack.com/api/", pattern=URL_PATTERN, description="For Slack-compatible servers.")


class Stories(Block):
    """How items are joined to stories."""

    window: Span = Field(timedelta(hours=72), description="A story nobody adds to for this long is closed.")
    cooling_after: Span = Field(timedelta(hours=12), description="… and is cooling after this long.")
    grace: Duration = Field(
        timedelta(days=4), description="A closed story that returns within this long keeps its id and its tier."
    )


class Classifier(Block):
    """What reads the items."""

    backend: Literal["onnx", "transformers"] = Field(
        "onnx", description="`onnx`: the bundled model; `transformers`: any hub model (needs the extra `torch`)."
    )
    model: str | None = Field(None, description="Directory of a model, or hub id; unset: the bundled model.")
    threads: int = Field(2, ge=1, le=64, description="Processor threads that read items.")
    languages: tuple[str, ...] = Field(("en",), description="Languages the model reads (ISO 639-1); `*`: all.")
    labels: dict[str, Signal] = Field(
        default_factory=dict, description="Text-classification: the model's labels that mean a signal."
    )
    hypotheses: dict[Signal, str] = Field(
        default_factory=dict, description="Zero-shot: the hypothesis that stands for a signal; has defaults."
    )
    offline: bool = Field(True, description="Never ask the hub: the model must be on this machine.")


def _web_address(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(("http://", "https://")):
        raise ValueError("this must be an http or https address")
    return value


SecretUrl = Annotated[SecretStr, AfterValidator(_web_address)]
"""An address that is shown to nobody, as whoever knows it may use it."""


class Webhook(Block):
    """An address that gets every notification as signed JSON, beside Slack or in its place."""

    url: SecretUrl | None = Field(None, description="Where to POST; unset: nowhere.")
    secret: SecretStr | None = Field(None, description="Signs each request. Better: secret_file.")
    secret_file: Path | None = Field(None, description="A file that holds the secret alone.")


class Operators(Block):
    """Who hears of the daemon's own troubles."""

    channel: str | None = Field(
        None, min_length=1,
        description="Told of lasting trouble of delivery and messages given up, once each, and a line a day.",
    )  # fmt: skip


class Heartbeat(Block):
    """A sign of life for an outside monitor."""

    url: SecretUrl | None = Field(None, description="Requested (GET) while all is well; unset: nothing is.")
    interval: Span = Field(timedelta(minutes=1), description="Between two requests.")


def _listens(value: str) -> str:
    """`off`, or an IP address or `localhost` with a port. `:9746` is refused: it would mean every address."""
    if value == "off":
        return value
    found = re.fullmatch(r"(localhost|\[[0-9a-fA-F:.]+\]|[0-9.]+):([0-9]{1,5})", value)
    with suppress(ValueError):
        if found and 0 < int(found[2]) < 65536 and (found[1] == "localhost" or ip_address(found[1].strip("[]"))):
            return value
    text = "this must be an address and a port, such as 127.0.0.1:9746 or [::1]:9746; or off"
    raise PydanticCustomError("clash", "{text}", {"text": text})


class Ops(Block):
    """How the daemon lets itself be watched."""

    listen: Annotated[str, AfterValidator(_listens)] = Field(
        "127.0.0.1:9746",
        description="Address and port of `/healthz`, `/readyz` and `/metrics`, which ask for no password; `off`: none.",
    )


class Store(Block):
    """Where state is kept."""

    url: SecretStr | None = Field(
        None, description="SQLAlchemy address of a PostgreSQL database; unset: SQLite in `state_dir`."
    )
    keep: Annotated[Span, Field(ge=timedelta(days=7))] = Field(
        timedelta(days=400), description="Items, decisions, messages and closed stories older than this are deleted."
    )
    max_size: Size | None = Field(
        10**10, description="What SQLite may hold before the oldest items go sooner; null: no bound."
    )
    min_free: Size = Field(
        200 * 10**6, description="With less room on the disk polling pauses until there is more again."
    )
    maintenance_at: str = Field(
        "03:15", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Local time of backup and care, when little happens."
    )
    daily_backups: int = Field(3, ge=0, le=366, description="How many are kept of SQLite; 0: none are made.")


class Logging(Block):
    """What is logged, to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    format: Literal["auto", "json", "console"] = Field("auto", description="`auto`: console on a terminal, else JSON.")


class Settings(Block):
    """The whole configuration."""

    state_dir: Path | None = Field(
        None, description="Default: $STATE_DIRECTORY (systemd), else ~/.local/state/brinkwatch."
    )
    max_alert_age: Span = Field(
        timedelta(hours=6), description="Items published longer ago never alert, and what waited longer is not sent."
    )
    feeds: tuple[FeedSettings, ...] = Field((), description="What is read.")
    polling: Polling = Field(default=Polling(), description="How feeds are visited.")
    classifier: Classifier = Field(default=Classifier(), description="What reads the items.")
    thresholds: Thresholds = Field(default=Thresholds(), description="From which probability a signal counts.")
    stories: Stories = Field(default=Stories(), description="How items are joined to stories.")
    alerting: Alerting = Field(default=Alerting(), description="When stories are told.")
    routes: tuple[Route, ...] = Field(
        (Route(channel="#alerts"),), description="Which stories go to which channel; the first that matches takes it."
    )
    slack: Slack = Field(default=Slack(), description="The Slack workspace.")
    webhook: Webhook = Field(default=Webhook(), description="An address that gets every notification as signed JSON.")
    operators: Operators = Field(default=Operators(), description="Who hears of the daemon's own troubles.")
    heartbeat: Heartbeat = Field(default=Heartbeat(), description="A sign of life for an outside monitor.")
    store: Store = Field(default=Store(), description="Where state is kept.")
    logging: Logging = Field(default=Logging(), description="What is logged.")
    ops: Ops = Field(default=Ops(), description="How the daemon lets itself be watched.")

    @model_validator(mode="wrap")
    @classmethod
    def _what_spans_blocks(cls, data: Any, handler: ModelWrapValidatorHandler["Settings"]) -> "Settings":
        """Report what contradicts itself across blocks together with what is wrong inside them, not after it."""
        found = [
            InitErrorDetails(type=PydanticCustomError("clash", "{text}", {"text": text}), loc=location, input=None)
            for location, text in clashes(data if isinstance(data, Mapping) else {})
        ]
        try:
            settings = handler(data)
        except ValidationError as error:
            found = [_again(detail) for detail in error.errors(include_url=False)] + found
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found, hide_input=True)
        return settings


def _again(detail: Any) -> InitErrorDetails:
    """One reported error as input for a new report."""
    return InitErrorDetails(
        type=PydanticCustomError(detail["type"], "{text}", {"text": detail["msg"]}),
        loc=detail["loc"],
        input=detail["input"],
    )
