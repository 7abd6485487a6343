"""Reads and checks a model directory: `model.json` and the hashes it gives of its files. Loads no weights."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS, Signal
from brinkwatch.signals.classifier import ModelError

FORMAT = 1
CARD = "model.json"
SIGNALS_FILE = "signals.onnx"
EMBEDDING_FILE = "embedding.onnx"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
# Below this a window has no room for a title and a sentence.
MIN_TOKENS = 16

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Platt(BaseModel):
    """p = sigmoid(a * logit + b). `a` above 0: a higher logit is never a lower probability."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    a: float = Field(gt=0)
    b: float


class ModelCard(BaseModel):
    """What `model.json` says of the model beside it."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    name: str
    version: str
    base: str
    max_tokens: int = Field(ge=MIN_TOKENS)
    signals: tuple[str, ...]
    plover: tuple[str, ...]
    calibration: dict[Signal, Platt]
    plover_temperature: float = Field(gt=0)
    thresholds: dict[Signal, Share]
    base_rate: dict[Signal, Share]
    files: dict[str, str]

    @model_validator(mode="after")
    def _knows_this_catalogue(self) -> Self:
        if self.signals != SIGNALS:
            raise ValueError(f"`signals` must be the {len(SIGNALS)} of the catalogue, in its order")
        if self.plover != PLOVER_ROOTS:
            raise ValueError(f"`plover` must be the {len(PLOVER_ROOTS)} roots of the catalogue, in its order")
        tables: Mapping[str, Mapping[Signal, Any]] = {
            "calibration": self.calibration,
            "thresholds": self.thresholds,
            "base_rate": self.base_rate,
        }
        for name, table in tables.items():
            if missing := [signal for signal in SIGNALS if signal not in table]:
                raise ValueError(f"`{name}` lacks {', '.join(missing)}")
        return self

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


def read_card(directory: Path) -> ModelCard:
    """The card of the model in a directory; raises ModelError."""
    if not directory.is_dir():
        raise ModelError(f"model directory {directory} does not exist")
    path = directory / CARD
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"model directory {directory} has no {CARD}") from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path} is not a JSON object")
    if content.get("format") != FORMAT:
        raise ModelError(
            f"{path} has format {content.get('format')!r}; this version of Brinkwatch reads format {FORMAT}"
        )
    try:
        return ModelCard.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the card"
        raise ModelError(f"{path}: {place}: {first['msg'].removeprefix('Value error, ')}") from error


def verify(directory: Path, card: ModelCard, *names: str) -> None:
    """Raise ModelError unless each named file is there, whole, and the one the card was written for."""
    for name in names:
        path = directory / name
        expected = card.files.get(name)
        if expected is None:
            raise ModelError(f"{directory / CARD} gives no sha256 for {name}")
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise ModelError(f"model directory {directory} has no {name}") from None
        except OSError as error:
            raise ModelError(f"{path} cannot be read: {error.strerror}") from error
        if found != expected:
            raise ModelError(
                f"{path} is damaged or cut short: its sha256 is {found[:12]}…, {CARD} says {expected[:12]}…; "
                "install the model again"
            )
