"""What a test needs and the machine lacks: left out with the reason, under CI a failure."""

import os
from typing import NoReturn

import pytest


def refuse(reason: str) -> NoReturn:
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(reason)
    pytest.skip(reason)
