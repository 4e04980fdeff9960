"""The frame: only what the role may open, and what other apps add to it."""

import pytest
from django.test import Client, RequestFactory

from pcgd.accounts.context_processors import frame
from pcgd.accounts.models import Membership
from pcgd.accounts.navigation import NavItem, build_frame, register, register_frame_extra
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import scope_of
from tests.accounts.conftest import City, signed_in
from tests.accounts.factories import MembershipFactory

pytestmark = pytest.mark.django_db


def labels(client: Client, url: str = "/") -> list[str]:
    return [item["label"] for item in client.get(url).context["frame"]["nav"]]


def test_only_what_the_role_may_open_in_order(
    ward_admin: Membership, secretary: Membership
) -> None:
    register(NavItem("Việc của tôi", "home", "home", order=10))
    register(NavItem("Duyệt phiếu", "login", "check", frozenset({Role.WARD_SECRETARY}), 20))
    assert labels(signed_in(ward_admin.user)) == ["Việc của tôi", "Quản trị"]
    assert labels(signed_in(secretary.user)) == ["Việc của tôi", "Duyệt phiếu"]


def test_the_entry_we_are_in_is_marked(ward_admin: Membership) -> None:
    register(NavItem("Việc của tôi", "home", "home", order=10))
    client = signed_in(ward_admin.user)
    for url, expected in (("/", "Việc của tôi"), ("/quan-tri/tai-khoan/moi/", "Quản trị")):
        nav = client.get(url).context["frame"]["nav"]
        assert [item["label"] for item in nav if item["active"]] == [expected]


def test_registering_twice_shows_one_entry(ward_admin: Membership) -> None:
    register(NavItem("Trang cũ", "home", "home"))
    register(NavItem("Trang mới", "home", "home"))
    assert labels(signed_in(ward_admin.user)) == ["Trang mới", "Quản trị"]


def test_other_apps_add_what_only_they_know(secretary: Membership) -> None:
    register_frame_extra(lambda request: {"round_label": "Đợt 2026", "inbox_count": 3})
    shown = signed_in(secretary.user).get("/").context["frame"]
    assert (shown["round_label"], shown["inbox_count"], shown["days_left"]) == ("Đợt 2026", 3, None)
    assert shown["unit"] == secretary.unit
    assert shown["role"] == "Thư ký BCĐ xã/phường"
    assert (shown["memberships_count"], shown["can_switch"]) == (1, False)


def test_no_frame_before_a_unit_is_chosen(client: Client, city: City) -> None:
    assert frame(RequestFactory().get("/")) == {}
    first = MembershipFactory(unit=city.ward)
    MembershipFactory(user=first.user, unit=city.other_ward)
    page = signed_in(first.user).get("/chon-don-vi/")
    assert "frame" not in page.context


def test_the_frame_is_built_only_when_asked(
    secretary: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []
    register_frame_extra(lambda request: built.append(request) or {})
    request = RequestFactory().get("/")
    request.memberships = [secretary]
    request.scope = scope_of(secretary, secretary.valid_from)
    lazy = frame(request)["frame"]
    assert built == []
    assert lazy["user_name"] == secretary.user.full_name
    assert len(built) == 1


def test_demo_data_is_announced(secretary: Membership, settings: object) -> None:
    request = RequestFactory().get("/")
    request.memberships = [secretary]
    request.scope = scope_of(secretary, secretary.valid_from)
    assert build_frame(request)["is_demo"] is False
    settings.DEMO_DATA = True  # type: ignore[attr-defined]
    assert build_frame(request)["is_demo"] is True
