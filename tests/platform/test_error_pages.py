"""What a person reads when something outside the page's own work goes wrong."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.urls import reverse

from pcgd.accounts.roles import Role
from surveys import views_entry
from surveys.models import HouseholdForm
from tests.accounts.factories import PASSWORD
from tests.surveys.test_entry import shown
from tests.surveys.world import World, add_person, make_form, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def form(world: World) -> HouseholdForm:
    form = make_form(world)
    add_person(form, 34, "Trần Thị Mẹ", relation=1)
    return form


def test_after_an_expired_session_one_signs_in_and_is_back(
    world: World, form: HouseholdForm
) -> None:
    client = world.client(Role.ENUMERATOR)
    page = reverse("form_page", args=[form.pk])
    data = shown(form, h_address="5 phố Mới")
    Session.objects.all().delete()
    answer = client.post(page, data)
    assert answer.status_code == 302
    sign_in = answer["Location"]
    assert sign_in == f"{reverse('login')}?next={page}"
    assert client.get(sign_in).status_code == 200
    user = world.members[Role.ENUMERATOR].user
    back = client.post(sign_in, {"username": user.username, "password": PASSWORD, "next": page})
    assert back["Location"] == page
    assert "12 phố Thử" in client.get(page).content.decode()
    form.refresh_from_db()
    assert form.version == 1


def test_a_form_of_an_older_sign_in_says_that_nothing_was_saved(
    world: World, form: HouseholdForm
) -> None:
    """Signed in again in another tab: the token of this page is no longer the right one."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(
        world.members[Role.ENUMERATOR].user,
        backend="django.contrib.auth.backends.ModelBackend",
    )
    page = reverse("form_page", args=[form.pk])
    answer = client.post(page, shown(form) | {"csrfmiddlewaretoken": "x" * 64})
    text = answer.content.decode()
    assert answer.status_code == 403
    assert "chưa lưu được gì" in text
    assert "CSRF cookie" not in text
    form.refresh_from_db()
    assert form.version == 1


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OperationalError("database is locked"), 503, "chưa được lưu"),
        (OperationalError("deadlock detected"), 503, "lần nữa"),
        (InterfaceError("connection already closed"), 503, "đang bận"),
        (ZeroDivisionError("division by zero"), 500, "gặp lỗi"),
    ],
)
def test_a_busy_database_is_not_called_a_fault(
    world: World,
    form: HouseholdForm,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    words: str,
) -> None:
    def broken(**_given: object) -> None:
        raise error

    monkeypatch.setattr(views_entry, "save_entry", broken)
    client = world.client(Role.ENUMERATOR)
    client.raise_request_exception = False
    answer = client.post(reverse("form_page", args=[form.pk]), shown(form))
    text = answer.content.decode()
    assert answer.status_code == status
    assert words in text
    assert str(error) not in text
    assert answer.headers.get("Retry-After") == ("10" if status == 503 else None)


def test_more_data_than_the_portal_takes_is_refused_in_words(
    world: World, form: HouseholdForm
) -> None:
    client = world.client(Role.ENUMERATOR)
    body = "version=1&h-address=" + "x" * 3_000_000
    answer = client.post(
        reverse("form_page", args=[form.pk]), body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 400
    assert "nhiều dữ liệu hơn mức cho phép" in answer.content.decode()
