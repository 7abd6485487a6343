"""Finds the one default configuration, installed or in a source checkout. Reads nothing."""

from pathlib import Path

FILE_NAME = "brinkwatch.yaml"
_PACKAGED = Path(__file__).with_name(FILE_NAME)
_CHECKOUT = Path(__file__).parents[3] / "config" / FILE_NAME


def default_file() -> Path:
    """The packaged `brinkwatch.yaml`; in a checkout the one in the top-level `config/`, which the build packs."""
    return _PACKAGED if _PACKAGED.exists() else _CHECKOUT
