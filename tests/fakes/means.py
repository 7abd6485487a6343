"""What a test does when this machine lacks a program it needs: it is skipped, or in CI it fails."""

import os
from typing import NoReturn

import pytest

CI = os.environ.get("CI") == "true"


def lacking(what: str) -> NoReturn:
    """Skip the test, or fail it in CI."""
    if CI:
        pytest.fail(f"CI must have {what}", pytrace=False)
    pytest.skip(f"needs {what}")
