"""`brinkwatch model info`: prints what is known of the configured classifier."""

from rich.console import Console
from rich.table import Table

from brinkwatch.config.settings import Settings
from brinkwatch.signals.info import describe_model


def info(settings: Settings, console: Console | None = None) -> None:
    """Print the model and, per signal, threshold and calibration. Raises ModelError."""
    console = console or Console(highlight=False)
    found = describe_model(settings)
    console.print(f"{found.name} {found.version}".strip(), style="bold")
    facts = {
        "backend": found.backend,
        "base": found.base,
        "location": found.location,
        "languages": ", ".join(found.languages),
        "window": f"{found.max_tokens} tokens" if found.max_tokens else "",
    }
    for name, value in facts.items():
        if value:
            console.print(f"{name}: {value}", markup=False)
    if not found.rows:
        console.print("Thresholds are 0.5 unless the configuration says otherwise; the model has no calibration.")
        return
    table = Table(title="p = sigmoid(a * logit + b); calibrated for the share of items given", title_justify="left")
    for column in ("signal", "threshold", "model's own", "a", "b", "share of items"):
        table.add_column(column, justify="left" if column == "signal" else "right")
    for row in found.rows:
        table.add_row(
            row.signal.value, f"{row.threshold:.2f}", f"{row.model_threshold:.2f}", f"{row.a:.3f}", f"{row.b:.3f}",
            f"{row.base_rate:.2%}",
        )  # fmt: skip
    console.print(table)
