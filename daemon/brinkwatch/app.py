"""The one place that wires the parts together."""

import platform
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog

from brinkwatch import __version__
from brinkwatch.alerts.operators import set_aside
from brinkwatch.config.problem import ConfigError, Problem
from brinkwatch.config.secrets import TOKEN_VARIABLE, slack_token, webhook_secret
from brinkwatch.config.settings import Settings
from brinkwatch.delivery.console import ConsoleReceiver
from brinkwatch.delivery.outbox import Outbox
from brinkwatch.delivery.receiver import Receiver, Renewable, Verdict
from brinkwatch.engine.daemon import Daemon
from brinkwatch.engine.engine import Engine
from brinkwatch.engine.now import now_doing
from brinkwatch.engine.pipeline import Pipeline
from brinkwatch.engine.poll import Poller
from brinkwatch.engine.rules import Rules
from brinkwatch.engine.survey import Survey
from brinkwatch.feeds.fetch import Fetcher
from brinkwatch.feeds.worker import ParseWorkers
from brinkwatch.ops.health import dead, unready
from brinkwatch.ops.logging import hide
from brinkwatch.ops.metrics import Metrics, Standing
from brinkwatch.ops.notify import Notifier
from brinkwatch.ops.paths import state_dir
from brinkwatch.ops.server import Answers, ListenError, served
from brinkwatch.ops.socket import answering
from brinkwatch.signals.classifier import Classifier, Embedder
from brinkwatch.signals.load import load_classifier, load_embedder
from brinkwatch.store.database import Database, StoreError
from brinkwatch.store.opening import open_for_daemon

log = structlog.get_logger(__name__)


def present() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def receivers(settings: Settings) -> dict[str, Receiver]:
    """Slack once there is a token, and the webhook once there is one; the console until then. Raises ConfigError."""
    found = {receiver.name: receiver for receiver in (_slack(settings), _webhook(settings)) if receiver is not None}
    if found:
        return found
    log.warning("no Slack token: alerts are printed here", mend=f"set slack.token_file or {TOKEN_VARIABLE}")
    return {"console": ConsoleReceiver()}


def _slack(settings: Settings) -> Receiver | None:
    token = slack_token(settings.slack)
    for warning in token.warnings:
        log.warning("Slack token passed over", reason=warning)
    if token.value is None:
        return None
    from brinkwatch.delivery.slack.receiver import SlackReceiver

    hide(token.value.get_secret_value())
    log.info("alerts go to Slack", token_from=token.source)
    return SlackReceiver(token.value.get_secret_value(), settings.slack.base_url)


def _webhook(settings: Settings) -> Receiver | None:
    """None: not configured. One that is configured and cannot sign is an error, as its readers would miss alerts."""
    webhook = settings.webhook
    if webhook.url is None:
        return None
    secret, warnings = webhook_secret(webhook)
    if secret is None:
        raise ConfigError([Problem("webhook", None, "", warning) for warning in warnings])
    from brinkwatch.delivery.webhook import WebhookReceiver

    hide(secret.get_secret_value())
    log.info("alerts go to the webhook")
    return WebhookReceiver(webhook.url.get_secret_value(), secret.get_secret_value())


def renew(opened: Mapping[str, Receiver], settings: Settings) -> list[str]:
    """Give the open receivers the secrets as they are now. Returns the blocks that need a restart for that.

    Where there is no usable secret any more, the old one stays in use.
    """
    restart: list[str] = []
    token = slack_token(settings.slack)
    for warning in token.warnings:
        log.warning("Slack token passed over", reason=warning)
    if token.value is not None and "slack" not in opened:
        restart.append("slack")
    elif token.value is not None:
        hide(token.value.get_secret_value())
        if _use(opened["slack"], token.value.get_secret_value()):
            log.info("Slack token renewed", token_from=token.source)
    if settings.webhook.url is not None and "webhook" in opened:
        secret, warnings = webhook_secret(settings.webhook)
        for warning in warnings:
            log.warning("webhook secret passed over", reason=warning)
        if secret is not None:
            hide(secret.get_secret_value())
            if _use(opened["webhook"], secret.get_secret_value()):
                log.info("webhook secret renewed")
    return restart


def _use(receiver: Receiver, secret: str) -> bool:
    return isinstance(receiver, Renewable) and receiver.use(secret)


def build_engine(
    settings: Settings,
    database: Database,
    classifier: Classifier,
    embedder: Embedder,
    receivers: Mapping[str, Receiver],
    clock: Callable[[], datetime] = present,
) -> Engine:
    """An engine on parts that are already open; call it within a running event loop."""
    rules = Rules(settings, classifier.thresholds)
    metrics = Metrics()
    metrics.prepare(receivers=receivers, deliveries=[verdict.value for verdict in Verdict])
    metrics.configured(clock(), classifier.name)
    return Engine(
        database,
        Pipeline(database, classifier, embedder, rules, tuple(receivers), metrics),
        Poller(database, Fetcher(settings.polling), ParseWorkers(), rules, clock, metrics),
        Outbox(database, receivers, clock, metrics=metrics),
        clock,
        metrics,
    )


def _state_dir(settings: Settings) -> Path:
    try:
        return state_dir(settings.state_dir)
    except RuntimeError:
        raise StoreError("there is no home directory to keep state in: set `state_dir`") from None


def build(
    settings: Settings,
    to: Mapping[str, Receiver] | None = None,
    *,
    tick_seconds: float = 1.0,
    notifier: Notifier | None = None,
) -> Daemon:
    """The daemon. Raises ModelError or StoreError, before anything is polled or sent."""
    classifier = load_classifier(settings.classifier)
    embedder = load_embedder(settings.classifier)
    url = settings.store.url.get_secret_value() if settings.store.url else None
    notifier = notifier or Notifier()
    database, aside = open_for_daemon(url, _state_dir(settings), present, notifier.starting)
    engine = build_engine(settings, database, classifier, embedder, to or receivers(settings))
    if aside is not None:
        engine.notices.say(settings, f"set-aside:{aside.aside.name}", set_aside(aside.aside, aside.backup), present())
    return Daemon(engine, tick_seconds=tick_seconds, notifier=notifier)


@asynccontextmanager
async def watched(daemon: Daemon) -> AsyncIterator[None]:
    """Let the daemon be watched inside the `with` block: over HTTP as `ops` says, and at its local socket.

    Raises ListenError where the configuration names an address that cannot be listened at. The default one is given up
    with a warning: a second daemon on the machine does not fail because of it.
    """
    engine = daemon.engine
    state = _state_dir(engine.settings)
    look = Survey(engine, state)
    engine.metrics.runs(
        version=__version__,
        python=platform.python_version(),
        receivers=engine.outbox.receivers,
        standing=Standing(lambda: look.snapshot(ready=not unready(look.facts()))),
    )
    answers = Answers(lambda: dead(look.live()), lambda: unready(look.facts()), engine.metrics.registry)
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(served(engine.settings.ops.listen, answers))
        except ListenError as error:
            if "listen" in engine.settings.ops.model_fields_set:
                await daemon.stop()
                raise
            log.warning(str(error))
        await stack.enter_async_context(answering(state, {"status": lambda: now_doing(look)}))
        yield
