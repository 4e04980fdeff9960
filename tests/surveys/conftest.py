"""A ground in the middle of the survey weeks."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.surveys.ground import Ground, make_ground


@pytest.fixture
def survey_weeks() -> Iterator[None]:
    """10/9/2026, nine in the morning."""
    with time_machine.travel("2026-09-10T02:00:00Z", tick=False):
        yield


@pytest.fixture
def ground(db: None, survey_weeks: None) -> Ground:
    return make_ground()
