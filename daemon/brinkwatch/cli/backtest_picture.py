"""Draws a backtest as a PNG: messages a day by day, and for thresholds around the new ones. Needs matplotlib."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from brinkwatch.cli.backtest_view import between, moved_by

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from brinkwatch.engine.backtest import Backtest

SIZE = (9.0, 7.0)
"""Inches."""
HEADROOM = 1.35
"""How much higher than what is drawn the axes go: room for the legend."""
PRESENT, NEW, POSTS, REPLIES = "#8a8f98", "#c0392b", "#c0392b", "#e0a030"


def available() -> bool:
    """Whether pictures can be drawn here."""
    try:
        import matplotlib  # noqa: F401, ICN001 - only whether it is there
    except ImportError:
        return False
    return True


def draw(found: "Backtest", path: Path) -> None:
    """Write the picture. Raises OSError."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, layout="constrained")
    FigureCanvasAgg(figure)
    if found.steps:
        above, below = figure.subplots(2, 1)
        _steps(below, found)
    else:
        above = figure.subplots()
    _by_day(above, found)
    with path.open("wb") as target:
        figure.savefig(target, format="png", dpi=100, metadata={"Software": "brinkwatch backtest"})


def _by_day(axes: "Axes", found: "Backtest") -> None:
    from matplotlib.ticker import MaxNLocator

    places = range(len(found.days))
    for run, name, colour, shift in ((found.present, "present", PRESENT, -0.2), (found.new, "new", NEW, 0.2)):
        counts = Counter(message.at.date() for message in run.messages)
        label = f"{name}: {run.rate.posts:g} posts and {run.rate.replies:g} replies a day"
        axes.bar(
            [place + shift for place in places], [counts[day] for day in found.days], 0.4, color=colour, label=label
        )
    every = max(1, len(found.days) // 8)
    axes.set_xticks(list(places)[::every], [day.isoformat()[5:] for day in found.days][::every])
    axes.set_ylabel("messages")
    axes.set_title(f"{found.items} items: posts and replies by day (UTC)", loc="left")
    axes.set_ylim(0, HEADROOM * max(found.present.rate.busiest, found.new.rate.busiest, 1))
    axes.legend(frameon=False)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def _steps(axes: "Axes", found: "Backtest") -> None:
    percents = [step.percent for step in found.steps]
    posts = [step.rate.posts for step in found.steps]
    replies = [step.rate.replies for step in found.steps]
    axes.stackplot(percents, posts, replies, colors=(POSTS, REPLIES), labels=("posts", "replies"), alpha=0.85)
    present = found.present.rate.posts + found.present.rate.replies
    label = f"present configuration, {between(found.present.thresholds)}"
    axes.axhline(present, color="black", linewidth=1, linestyle="--", label=label)
    axes.axvline(0, color="black", linewidth=1, linestyle=":", label="new configuration")
    names = [f"{moved_by(step.percent)}\n{between(step.thresholds)}\n{step.flagged} flagged" for step in found.steps]
    axes.set_xticks(percents, names, fontsize=8)
    axes.set_xlim(percents[0], percents[-1])
    axes.set_ylim(0, HEADROOM * max(present, *(step.rate.posts + step.rate.replies for step in found.steps)) or 1)
    axes.set_ylabel("messages a day")
    axes.set_title("all thresholds moved towards 0 (left) or 1 (right)", loc="left")
    axes.legend(frameon=False, ncols=2)
