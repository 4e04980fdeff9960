"""The service worker is sent so that it governs the whole portal, and holds nothing of anybody."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from pcgd.accounts.roles import Role
from tests.surveys.world import World, make_form

pytestmark = pytest.mark.django_db


def known(client: Client) -> dict[str, Any]:
    first = client.get("/sw.js").content.decode().split("\n", 1)[0]
    found: dict[str, Any] = json.loads(first.removeprefix("self.PCGD = ").rstrip(";"))
    return found


def test_the_worker_is_sent_from_the_root_to_everybody_and_asked_for_anew(client: Client) -> None:
    answer = client.get(reverse("service_worker"))

    assert (answer.status_code, reverse("service_worker")) == (200, "/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Service-Worker-Allowed"] == "/"
    assert answer["Cache-Control"] == "no-cache"
    assert "X-Pcgd-User" not in answer
    assert client.post("/sw.js").status_code == 405


def test_the_worker_is_the_same_whoever_asks(client: Client, world: World) -> None:
    assert client.get("/sw.js").content == world.client(Role.ENUMERATOR).get("/sw.js").content


def test_it_knows_the_doors_and_the_pages_of_entry(client: Client, world: World) -> None:
    found = known(client)

    assert (found["signIn"], found["signOut"]) == (reverse("login"), reverse("logout"))
    assert found["static"] == "/static/"
    form = make_form(world)
    for address in (reverse("form_list"), reverse("form_page", args=[form.pk])):
        assert any(re.search(pattern, address) for pattern in found["pages"]), address


@pytest.mark.parametrize(
    "name", ["home", "accounts_list", "dossier_own", "resident_list", "household_create"]
)
def test_other_pages_are_not_kept(client: Client, name: str) -> None:
    assert not any(re.search(pattern, reverse(name)) for pattern in known(client)["pages"])


@pytest.mark.parametrize(
    "address", ["/phieu/12/o/", "/phieu/12/xu-ly/", "/phieu/12/giong/", "/dossier/12/", "/x/phieu/"]
)
def test_parts_and_files_are_not_kept(client: Client, address: str) -> None:
    assert not any(re.search(pattern, address) for pattern in known(client)["pages"])


@pytest.mark.parametrize(
    ("backend", "hashed"),
    [
        ("django.contrib.staticfiles.storage.StaticFilesStorage", False),
        ("whitenoise.storage.CompressedManifestStaticFilesStorage", True),
    ],
)
def test_it_knows_whether_names_change_with_what_they_hold(
    client: Client, settings: Any, backend: str, hashed: bool
) -> None:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}
    assert known(client)["hashed"] is hashed


def test_the_page_for_no_line_holds_nothing_of_anybody(client: Client, world: World) -> None:
    pages = [client.get("/mat-mang/"), world.client(Role.WARD_HEAD).get("/mat-mang/")]

    assert {page.status_code for page in pages} == {200}
    assert pages[0].content == pages[1].content
    assert "Đang mất mạng" in pages[0].content.decode()


def test_pages_may_run_the_worker_and_nothing_from_elsewhere(client: Client) -> None:
    policy = client.get("/dang-nhap/")["Content-Security-Policy"]
    assert "worker-src 'self'" in policy
    assert "connect-src 'self'" in policy


def test_every_page_of_somebody_says_whose_it_is(world: World) -> None:
    """By it the worker tells whose copy it holds, and the queue whose typing."""
    member = world.members[Role.ENUMERATOR]
    page = world.client(Role.ENUMERATOR).get(reverse("form_list"))

    assert page["X-Pcgd-User"] == f"{member.user_id}-{member.pk}"
    assert f'<meta name="pcgd-user" content="{member.user_id}-{member.pk}"' in page.content.decode()
    # The worker writes “this is a copy” behind the exact word.
    assert page.content.decode().count("<head>") == 1


def test_the_scripts_know_the_addresses_by_name() -> None:
    """They are static files, in which no address can be written by Django."""
    for file, names in (
        ("pcgd-queue.js", ["sign_in_again"]),
        ("pcgd-signin.js", ["sign_in_again"]),
        ("pcgd-offline.js", ["service_worker", "logout"]),
    ):
        text = (django_settings.BASE_DIR / "static" / file).read_text(encoding="utf-8")
        for name in names:
            assert f'"{reverse(name)}"' in text, (file, name)
