"""What is wrong with a configuration, as data for people. Knows neither YAML nor the settings; holds no secret."""

from dataclasses import dataclass

HIDDEN = "•••"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `line` counts from 1, None where no line is to blame; `path` is such as `routes[0].min_tier`."""

    file: str
    line: int | None
    path: str
    message: str

    def __str__(self) -> str:
        """`file:line: path: message`, without the parts that are not known."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.path, self.message) if part)


class ConfigError(Exception):
    """The configuration cannot be used; `problems` holds everything that is wrong with it, by line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


Location = tuple[str | int, ...]
"""Where a value sits: keys and indexes from the top, as pydantic gives them."""


def path_of(location: Location) -> str:
    """`("routes", 0, "min_tier")` as `routes[0].min_tier`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path
