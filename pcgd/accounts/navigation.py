"""The frame of every page: work navigation, unit and role, what waits.

Apps add to it when they start (``AppConfig.ready``): ``register(NavItem(...))`` for an entry
of the left column, ``register_frame_extra(fn)`` for what only they know (the round's name
and days left, the inbox). Accounts stands below them and knows neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from pcgd.accounts.offline import identity_of
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.roles import Role

FrameExtra = Callable[[ScopedRequest], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the left column. ``roles`` None: everybody sees it; ``icon`` is the name
    of a symbol in the vendored sprite."""

    label: str
    url_name: str
    icon: str
    roles: frozenset[Role] | None = None
    order: int = 50

    def shown_to(self, role: Role) -> bool:
        return self.roles is None or role in self.roles


_items: dict[str, NavItem] = {}
_extras: list[FrameExtra] = []


def register(item: NavItem) -> None:
    """Add an entry; a second one for the same page replaces the first."""
    _items[item.url_name] = item


def register_frame_extra(extra: FrameExtra) -> None:
    """Add a function that gives keys of the frame: ``round_label``, ``days_left``,
    ``inbox_count``, ``inbox_url``, ``search_url``, ``nav_counts`` (address of an entry → how
    many things wait there). It runs once per page: at most one query."""
    if extra not in _extras:
        _extras.append(extra)


def build_frame(request: ScopedRequest) -> dict[str, Any]:
    """Everything ``base.html`` shows around a page, for the acting membership."""
    scope = request.scope
    frame: dict[str, Any] = {
        "nav": _nav(scope.role, request.path),
        "unit": scope.unit,
        "role": scope.role.label,
        "memberships_count": len(request.memberships),
        "can_switch": len(request.memberships) > 1,
        "home_url": reverse("home"),
        "user_name": scope.user.full_name,
        "username": scope.user.username,
        "identity": identity_of(scope.membership),
        "is_demo": bool(getattr(settings, "DEMO_DATA", False)),
        "round_label": "",
        "days_left": None,
        "inbox_count": 0,
        "inbox_url": "",
        "search_url": "",
        "nav_counts": {},
    }
    for extra in _extras:
        frame.update(extra(request))
    for item in frame["nav"]:
        item["count"] = frame["nav_counts"].get(item["url"], 0)
    return frame


def _nav(role: Role, path: str) -> list[dict[str, Any]]:
    items = sorted((item for item in _items.values() if item.shown_to(role)), key=_position)
    urls = [reverse(item.url_name) for item in items]
    # The longest address that leads to this page is the entry we are in: "/" leads to all.
    current = max((url for url in urls if _leads_to(url, path)), key=len, default="")
    return [
        {"label": item.label, "url": url, "icon": item.icon, "active": url == current}
        for item, url in zip(items, urls, strict=True)
    ]


def _position(item: NavItem) -> tuple[int, str]:
    return item.order, item.label


def _leads_to(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


register(
    NavItem(
        label="Quản trị",
        url_name="accounts_list",
        icon="settings",
        roles=frozenset({Role.ADMINISTRATOR}),
        order=90,
    )
)
