"""The public check page: what it says, to whom, and what it never says."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import RedisError

from pcgd.accounts.roles import Role
from reports.dossier import documents_of
from reports.sources import frozen_source, source_of
from reports.verification import UnknownReferenceError, address_for, read_token, token_for
from surveys.models import HouseholdForm, Snapshot, Submission, SubmissionState
from surveys.services import ensure_submission
from surveys.workflow import perform_on_submission
from tests.reports.conftest import FIGURES, World, make_content, make_source
from tests.reports.test_dossier import parts_of, text_of
from tests.surveys.world import World as City
from tests.surveys.world import add_person, make_form, make_world

NAMES = ("Trần Thị Mẹ", "Lê Bảo Ánh", "Trần Văn Hộ", "12 phố Thử")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()


@pytest.fixture
def city(db: None) -> City:
    return make_world()


@pytest.fixture
def frozen(city: City) -> Snapshot:
    """A ward of two people that has handed in."""
    form = make_form(city)
    add_person(form, 34, "Trần Thị Mẹ", relation=1, completed_level=4)
    add_person(form, 6, "Lê Bảo Ánh")
    HouseholdForm.objects.update(
        state="approved", submitted_at="2025-09-28T08:00Z", approved_at="2025-09-29T08:00Z"
    )
    submission = ensure_submission(unit=city.ward, survey_round=city.round)
    perform_on_submission(
        submission_id=submission.pk, action="send", scope=city.scope(Role.WARD_HEAD)
    )
    return Snapshot.objects.get()


def path_of(snapshot: Snapshot) -> str:
    return reverse("dossier_check", args=[token_for(frozen_source(snapshot))])


def page(path: str) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200
    # Every page carries another token for its forms.
    return re.sub(r"X-CSRFToken.*?}", "", " ".join(answer.content.decode().split()))


# --- Addresses -------------------------------------------------------------------------------


def test_an_address_leads_back_to_what_it_was_made_for() -> None:
    assert read_token(token_for(make_source(snapshot_id=41))).snapshot_id == 41
    draft = make_source(snapshot_id=None, frozen_on=None, number=None)
    found = read_token(token_for(draft))
    assert (found.snapshot_id, found.unit_id, found.year) == (None, 1, 2025)
    assert draft.sha256.startswith(found.digits)


@pytest.mark.parametrize(
    "token", ["s1", "s1.", "s1.abc", "", "d1-2025-00.x", "../../etc/passwd", "s1.é", "x" * 5000]
)
def test_made_up_addresses_are_refused(token: str) -> None:
    with pytest.raises(UnknownReferenceError):
        read_token(token)


def test_a_neighbours_number_needs_its_own_signature() -> None:
    token = token_for(make_source(snapshot_id=41))
    with pytest.raises(UnknownReferenceError):
        read_token(token.replace("s41", "s42"))


def test_another_secret_makes_another_signature(settings: Any) -> None:
    token = token_for(make_source())
    settings.SECRET_KEY = "khac" * 15
    with pytest.raises(UnknownReferenceError):
        read_token(token)


def test_a_secret_that_was_kept_still_opens_what_it_signed(settings: Any) -> None:
    token = token_for(make_source(snapshot_id=41))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "khac" * 15
    assert read_token(token).snapshot_id == 41


def test_tampered_address_is_a_page_with_a_sentence(db: None) -> None:
    for token in ("s1.abc", "s99999." + "A" * 43, "%00x", "é"):
        answer = Client().get(f"/kiem-chung/{token}/")
        assert answer.status_code in {400, 404}, token
    answer = Client().get("/kiem-chung/s1.abc/")
    assert "Địa chỉ này không do cổng in ra" in answer.content.decode()


# --- What it says ----------------------------------------------------------------------------


def test_unchanged_figures_are_said_to_be_unchanged(frozen: Snapshot) -> None:
    text = page(path_of(frozen))

    assert "Số liệu đã chốt còn nguyên vẹn" in text
    assert "bằng số liệu đã chốt ở mọi chỉ số" in text
    assert "Đây là lần chốt mới nhất" in text
    assert "Số liệu chốt lần 1" in text
    assert frozen.sha256 in text


def test_changed_figures_are_named_with_both_numbers(city: City, frozen: Snapshot) -> None:
    add_person(HouseholdForm.objects.get(), 6, "Lê Bảo Em")

    text = page(path_of(frozen))

    assert "khác số liệu đã chốt ở 2 chỉ số" in text
    assert "Trẻ 6 tuổi phải phổ cập" in text
    assert '<td class="num">1</td> <td class="num">2</td>' in text


def test_a_changed_snapshot_is_called_broken_and_not_compared(frozen: Snapshot) -> None:
    frozen.content["figures"]["age6_total"] = 100
    Snapshot.objects.filter(pk=frozen.pk).update(content=frozen.content)
    token = token_for(make_source(snapshot_id=frozen.pk))

    text = page(reverse("dossier_check", args=[token]))

    assert "không còn khớp mã băm" in text
    assert "mọi chỉ số" not in text
    assert ">100<" not in text


def test_a_newer_freeze_is_named(world: World) -> None:
    second = world.freeze_again(make_content(unit_id=world.ward.pk, figures={**FIGURES}))

    text = page(path_of(world.snapshot))
    assert "Đơn vị đã chốt lại số liệu: lần 2" in text
    assert second.sha256[:8] in text
    # Nobody was surveyed in this ward: there is nothing to compare with.
    assert "Hiện không có số liệu của đơn vị để so sánh." in text
    assert "Đây là lần chốt mới nhất" in page(path_of(second))


def test_a_returned_dossier_says_so(world: World) -> None:
    Submission.objects.update(state=SubmissionState.PREPARING, sent_at=None, was_returned=True)

    assert "Hồ sơ đã được trả lại hoặc mở lại" in page(path_of(world.snapshot))


def test_a_draft_is_no_dossier_until_the_same_figures_are_frozen(city: City) -> None:
    form = make_form(city)
    add_person(form, 34, "Trần Thị Mẹ", relation=1, completed_level=4)
    HouseholdForm.objects.update(
        state="approved", submitted_at="2025-09-28T08:00Z", approved_at="2025-09-29T08:00Z"
    )
    draft = source_of(unit=city.ward, year=2025)
    path = reverse("dossier_check", args=[token_for(draft)])
    assert "Đơn vị chưa chốt số liệu của đợt điều tra này." in page(path)

    submission = ensure_submission(unit=city.ward, survey_round=city.round)
    perform_on_submission(
        submission_id=submission.pk, action="send", scope=city.scope(Role.WARD_HEAD)
    )
    cache.clear()
    assert "đã chốt đúng số liệu của bản dự thảo này" in page(path)

    other = make_source(
        make_content(unit_id=city.ward.pk), snapshot_id=None, frozen_on=None, number=None
    )
    assert "khác số liệu của bản dự thảo này" in page(
        reverse("dossier_check", args=[token_for(other)])
    )


def test_no_person_stands_on_the_page(city: City, frozen: Snapshot) -> None:
    held = str(frozen.content["lists"])
    assert "Lê Bảo Ánh" in held
    add_person(HouseholdForm.objects.get(), 5, "Lê Bảo Em")
    answer = Client().get(path_of(frozen))
    text = answer.content.decode()

    for rows in frozen.content["lists"].values():
        for row in rows:
            for value in (row["name"], row["head"], row["address"]):
                assert value not in text
    for name in (*NAMES, "Lê Bảo Em"):
        assert name not in text
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex"


# --- Limits ----------------------------------------------------------------------------------


def test_an_answer_stands_for_a_while_and_costs_nothing(
    frozen: Snapshot, django_assert_num_queries: Any
) -> None:
    path = path_of(frozen)
    first = page(path)
    with django_assert_num_queries(0):
        assert page(path) == first


def test_whoever_asks_too_often_waits(frozen: Snapshot) -> None:
    client, path = Client(REMOTE_ADDR="10.0.0.7"), path_of(frozen)
    statuses = [client.get(path).status_code for _ in range(45)]

    assert statuses == [200] * 40 + [429] * 5
    answer = client.get(path)
    assert answer["Retry-After"] == "60"
    assert "quá nhiều lượt kiểm chứng" in answer.content.decode()
    assert Client(REMOTE_ADDR="10.0.0.8").get(path).status_code == 200


class BrokenCache:
    """Redis is gone from the given call on."""

    def __init__(self, good: int) -> None:
        self.good = good

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any, **more: Any) -> Any:
            self.good -= 1
            if self.good < 0:
                raise RedisError("connection refused")
            return getattr(cache, name)(*given, **more)

        return call


@pytest.mark.parametrize("good", [0, 1, 2])
def test_without_the_cache_the_database_answers(
    frozen: Snapshot, monkeypatch: pytest.MonkeyPatch, good: int
) -> None:
    path = path_of(frozen)
    expected = page(path)
    cache.clear()
    monkeypatch.setattr("reports.views_check.cache", BrokenCache(good))

    assert page(path) == expected
    assert Client().get("/kiem-chung/bia-dat/").status_code == 404


def test_only_reading_is_answered(frozen: Snapshot) -> None:
    assert Client().post(path_of(frozen)).status_code == 405


def test_signed_in_people_see_it_too(city: City, frozen: Snapshot) -> None:
    answer = city.client(Role.ENUMERATOR).get(path_of(frozen))
    assert answer.status_code == 200


# --- On paper --------------------------------------------------------------------------------


def test_last_page_bears_digest_day_and_address(settings: Any) -> None:
    settings.PUBLIC_URL = "https://pcgd.example.vn"
    source = make_source()
    part = documents_of(source)[-1]
    text = text_of(part)

    assert part.code == "kiem-chung"
    assert source.sha256 in text
    assert "Chốt lần 1, ngày 02/10/2025" in text
    assert f"https://pcgd.example.vn/kiem-chung/{token_for(source)}/" in text
    assert "Địa chỉ cổng" not in text
    assert "<svg" in part.html("")


def test_without_an_address_of_the_portal_only_the_path_is_printed(settings: Any) -> None:
    settings.PUBLIC_URL = ""
    source = make_source(snapshot_id=None, frozen_on=None, number=None)
    text = text_of(parts_of(source)["kiem-chung"])

    assert f"Địa chỉ cổng: …/kiem-chung/{token_for(source)}/" in text
    assert address_for("x") == "/kiem-chung/x/"
    assert "Bản dự thảo, chưa chốt" in text


def test_freeze_day_is_the_day_in_vietnam(world: World) -> None:
    """23:30 UTC is the next morning here."""
    late = timezone.now().replace(hour=23, minute=30)
    Snapshot.objects.filter(pk=world.snapshot.pk).update(created_at=late)

    assert f"ngày {late + timedelta(days=1):%d/%m/%Y}" in page(path_of(world.snapshot))


@pytest.mark.parametrize("value", ["pcgd.example.vn", "ftp://a", "https://", "javascript:x"])
def test_a_wrong_public_address_stops_the_start(value: str, tmp_path: Any) -> None:
    import os
    import subprocess
    import sys

    env = {**os.environ, "PCGD_PUBLIC_URL": value, "DEBUG": "1", "PCGD_VAR_DIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", "import pcgd.settings"], env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert run.returncode != 0
    assert ImproperlyConfigured.__name__ in run.stderr
    assert f"PCGD_PUBLIC_URL: “{value.rstrip('/')}”" in run.stderr
