"""The portal on a real server, real browsers in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from pcgd.accounts.roles import Role
from tests.journeys.chromium import NAMES, chromium_path, open_chromium
from tests.journeys.people import Visitor
from tests.journeys.world import Town, make_town
from tests.missing import refuse

Enter = Callable[..., Visitor]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        refuse(f"không có trình duyệt ({', '.join(NAMES)}); cài: apt-get install chromium")
    with pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop in this thread; the database is used beside it, not in it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with open_chromium(str(path)) as browser:
            yield browser


@pytest.fixture
def town(transactional_db: None, settings: Any, tmp_path: Path) -> Town:
    """The town, on a server that builds its dossiers itself, into a folder of this test."""
    settings.CELERY_BROKER_URL = ""
    settings.REPORTS_DIR = tmp_path / "reports"
    return make_town()


@pytest.fixture
def enter(chromium: Browser, live_server: Any, town: Town) -> Iterator[Enter]:
    """``enter(Role.WARD_HEAD)``: somebody in that role, in a browser of their own, which knows
    them from before; with ``by_password`` they sign in."""
    visitors: list[Visitor] = []

    def open_for(
        role: Role, *, script: bool = True, by_password: bool = False, **options: Any
    ) -> Visitor:
        visitor = Visitor(chromium, live_server.url, script=script, **options)
        visitors.append(visitor)
        username = town.username(role)
        if by_password:
            visitor.sign_in(username)
        else:
            visitor.is_signed_in(username)
        return visitor

    yield open_for
    for visitor in visitors:
        visitor.close()
