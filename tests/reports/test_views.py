"""Who sees which dossier, who may build it, and what the pages answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from pcgd.accounts.roles import TIERS_OF_ROLE, Role
from pcgd.territory.models import Tier
from reports.access import BUILDERS
from reports.models import SILENCE, ReportRun, RunState
from reports.services import request_dossier, run_report
from reports.sources import DossierSource
from surveys.models import Submission, SubmissionState
from tests.reports.conftest import World, acting

HTMX = {"HTTP_HX_REQUEST": "true"}
READ = ("dossier_run", "dossier_download", "dossier_view")
WARD_ROLES = [role for role in Role if Tier.WARD in TIERS_OF_ROLE[role]]


@pytest.fixture
def waiting(world: World) -> ReportRun:
    return request_dossier(unit=world.ward, year=2025, by=world.secretary)


@pytest.fixture
def done(world: World, quick_pdf: list[DossierSource]) -> ReportRun:
    run = request_dossier(unit=world.ward, year=2025, by=world.secretary)
    run_report(run_id=run.pk)
    run.refresh_from_db()
    return run


def page(world: World) -> str:
    return reverse("dossier", args=[world.ward.pk, 2025])


# --- Outside the scope: it does not exist ------------------------------------------------------


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("role", [Role.WARD_SECRETARY, Role.INSPECTOR])
def test_files_of_another_ward_do_not_exist(
    world: World, done: ReportRun, name: str, role: Role
) -> None:
    browser = acting(world.other_ward, role)

    assert browser.get(reverse(name, args=[done.pk]), **HTMX).status_code == 404


def test_page_of_another_ward_does_not_exist(world: World, done: ReportRun) -> None:
    browser = acting(world.other_ward, Role.WARD_SECRETARY)

    assert browser.get(page(world)).status_code == 404


def test_nothing_is_built_or_stopped_for_another_ward(world: World, waiting: ReportRun) -> None:
    browser = acting(world.other_ward, Role.WARD_SECRETARY)

    build = browser.post(reverse("dossier_build", args=[world.ward.pk, 2025]))
    stop = browser.post(reverse("dossier_cancel", args=[waiting.pk]))

    assert (build.status_code, stop.status_code) == (404, 404)
    waiting.refresh_from_db()
    assert waiting.state == RunState.QUEUED
    assert ReportRun.objects.count() == 1


@pytest.mark.parametrize("role", [Role.ENUMERATOR, Role.COMMITTEE_MEMBER, Role.INSPECTOR])
def test_who_works_in_some_hamlets_does_not_see_the_ward_file(
    world: World, done: ReportRun, role: Role
) -> None:
    browser = acting(world.ward, role, areas=[world.hamlet])

    assert browser.get(page(world)).status_code == 404
    assert browser.get(reverse("dossier_download", args=[done.pk])).status_code == 404


def test_anonymous_is_led_to_sign_in(world: World, done: ReportRun, client: Any) -> None:
    for url in (page(world), *(reverse(name, args=[done.pk]) for name in READ)):
        answer = client.get(url)
        assert answer.status_code == 302
        assert "/dang-nhap/" in answer["Location"]


def test_a_hamlet_has_no_dossier(world: World) -> None:
    browser = acting(world.ward, Role.WARD_SECRETARY)

    assert browser.get(reverse("dossier", args=[world.hamlet.pk, 2025])).status_code == 404


@pytest.mark.parametrize("year", [0, 1999, 2024, 99999])
def test_year_without_a_round_does_not_exist(world: World, year: int) -> None:
    browser = acting(world.ward, Role.WARD_SECRETARY)

    assert browser.get(reverse("dossier", args=[world.ward.pk, year])).status_code == 404
    assert browser.post(reverse("dossier_build", args=[world.ward.pk, year])).status_code == 404


# --- In the scope: who may do what -------------------------------------------------------------


@pytest.mark.parametrize("role", [role for role in WARD_ROLES if role != Role.ENUMERATOR])
def test_every_role_of_the_ward_reads(world: World, done: ReportRun, role: Role) -> None:
    browser = acting(world.ward, role)

    answer = browser.get(page(world))
    assert answer.status_code == 200
    text = answer.content.decode()
    assert ("Lập hồ sơ</button>" in text) is (role in BUILDERS)
    assert reverse("dossier_download", args=[done.pk]) in text
    file = browser.get(reverse("dossier_download", args=[done.pk]))
    file.close()
    assert file.status_code == 200


@pytest.mark.parametrize(
    "role", [role for role in WARD_ROLES if role not in BUILDERS and role != Role.ENUMERATOR]
)
def test_other_roles_are_refused_with_the_reason(
    world: World, waiting: ReportRun, role: Role
) -> None:
    browser = acting(world.ward, role)

    build = browser.post(reverse("dossier_build", args=[world.ward.pk, 2025]))
    stop = browser.post(reverse("dossier_cancel", args=[waiting.pk]))

    for answer in (build, stop):
        assert answer.status_code == 403
        assert f"Vai trò “{role.label}” không dùng được chức năng này" in answer.content.decode()
    waiting.refresh_from_db()
    assert waiting.state == RunState.QUEUED


@pytest.mark.parametrize("role", [Role.CITY_OFFICER, Role.CITY_HEAD])
def test_city_builds_for_a_ward_below(world: World, sent: list[int], role: Role) -> None:
    browser = acting(world.province, role)

    answer = browser.post(reverse("dossier_build", args=[world.ward.pk, 2025]))

    assert answer["Location"] == page(world)
    assert ReportRun.objects.get().state == RunState.QUEUED


# --- What the pages do -------------------------------------------------------------------------


def test_button_queues_and_the_page_does_not_wait(
    world: World, sent: list[int], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    browser = acting(world.ward, Role.WARD_SECRETARY)

    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(reverse("dossier_build", args=[world.ward.pk, 2025]), follow=True)

    run = ReportRun.objects.get()
    assert sent == [run.pk]
    text = answer.content.decode()
    assert "đang được lập thành tệp PDF" in text
    assert f'hx-get="{reverse("dossier_run", args=[run.pk])}"' in text


def test_opening_the_build_address_builds_nothing(world: World) -> None:
    browser = acting(world.ward, Role.WARD_SECRETARY)

    answer = browser.get(reverse("dossier_build", args=[world.ward.pk, 2025]))

    assert answer["Location"] == page(world)
    assert not ReportRun.objects.exists()


def test_unchanged_figures_are_said_to_be_there_already(world: World, done: ReportRun) -> None:
    browser = acting(world.ward, Role.WARD_SECRETARY)

    answer = browser.post(reverse("dossier_build", args=[world.ward.pk, 2025]), follow=True)

    assert "đã có sẵn tệp PDF, tải về được ngay" in answer.content.decode()
    assert ReportRun.objects.count() == 1


def test_no_data_is_said_in_a_sentence(world: World) -> None:
    Submission.objects.update(state=SubmissionState.PREPARING, sent_at=None)
    browser = acting(world.ward, Role.WARD_SECRETARY)

    answer = browser.post(reverse("dossier_build", args=[world.ward.pk, 2025]), follow=True)

    text = answer.content.decode()
    assert "Phường Gia Viên chưa có dữ liệu điều tra năm 2025." in text
    assert "chưa chốt" in text
    assert not ReportRun.objects.exists()


def test_poll_of_a_run_in_progress_polls_again(world: World, waiting: ReportRun) -> None:
    ReportRun.objects.filter(pk=waiting.pk).update(
        state=RunState.RUNNING,
        attempts=1,
        started_at=timezone.now(),
        percent=45,
        current_part="Biên bản tự kiểm tra",
    )
    browser = acting(world.ward, Role.INSPECTOR)

    text = browser.get(reverse("dossier_run", args=[waiting.pk]), **HTMX).content.decode()

    assert "<html" not in text
    assert 'hx-trigger="every 1s"' in text
    assert "Biên bản tự kiểm tra" in text
    assert "45 %" in text
    assert "Dừng" not in text


def test_poll_of_a_finished_run_stops_polling(world: World, done: ReportRun) -> None:
    browser = acting(world.ward, Role.WARD_SECRETARY)

    text = browser.get(reverse("dossier_run", args=[done.pk]), **HTMX).content.decode()

    assert "hx-get" not in text
    assert "Đã xong" in text
    assert "Tải về" in text
    assert done.sha256[:8] in text


def test_poll_without_htmx_leads_to_the_page(world: World, waiting: ReportRun) -> None:
    browser = acting(world.ward, Role.WARD_SECRETARY)

    answer = browser.get(reverse("dossier_run", args=[waiting.pk]))

    assert answer["Location"] == page(world)


def test_run_whose_builder_died_says_what_to_do(world: World, waiting: ReportRun) -> None:
    now = timezone.now()
    ReportRun.objects.filter(pk=waiting.pk).update(
        state=RunState.RUNNING, attempts=1, started_at=now, heartbeat_at=now - 2 * SILENCE
    )
    browser = acting(world.ward, Role.WARD_SECRETARY)

    text = browser.get(page(world)).content.decode()

    assert "Bị ngắt giữa chừng" in text
    assert "bấm “Lập lại” để chạy tiếp" in text


def test_run_that_waits_for_its_turn_says_behind_how_many(
    world: World, waiting: ReportRun, settings: Any
) -> None:
    """Long waiting is no interruption: the clock looks after it."""
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    old = timezone.now() - 2 * SILENCE
    first = {"data_sha256": "0" * 64, "requested_by": world.secretary, "heartbeat_at": old}
    place = {"unit": world.other_ward, "year": 2025}
    city = ReportRun.objects.create(
        unit=world.province, year=2025, kind="set", state=RunState.GATHERING, fingerprint="s",
        options={"of": "form", "options": {}, "format": "xlsx"}, **first,
    )  # fmt: skip
    ReportRun.objects.create(fingerprint="b", parent=city, **place, **first)
    ReportRun.objects.create(
        fingerprint="c", state=RunState.RUNNING, attempts=1, started_at=old, **place, **first
    )
    later = ReportRun.objects.create(
        unit=world.ward, year=2025, fingerprint="d", **{**first, "heartbeat_at": old}
    )
    browser = acting(world.ward, Role.WARD_SECRETARY)

    text = browser.get(reverse("dossier_run", args=[later.pk]), **HTMX).content.decode()

    # One is being built, one was asked for before; the unit of a set comes behind.
    assert "Chờ đến lượt, trước đó còn 2 tệp" in text
    assert "Đang chờ" in text
    assert "Bị ngắt" not in text
    assert "Lập lại" not in text
    assert "Dừng" in text
    assert "Chờ đến lượt" in browser.get(page(world)).content.decode()


def test_run_that_waits_without_a_clock_can_be_woken(world: World, waiting: ReportRun) -> None:
    ReportRun.objects.update(heartbeat_at=timezone.now() - 2 * SILENCE)
    browser = acting(world.ward, Role.WARD_SECRETARY)

    text = browser.get(page(world)).content.decode()

    assert "Đã chờ lâu; nếu cổng vừa khởi động lại, hãy bấm “Lập lại”" in text
    assert "Bị ngắt" not in text
    assert reverse("dossier_rebuild", args=[waiting.pk]) in text


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_file_that_cannot_be_taken_can_be_built_again(
    world: World, done: ReportRun, reports_folder: Path, sent: list[int], harm: str
) -> None:
    file = reports_folder / done.file_name
    file.unlink() if harm == "gone" else file.write_bytes(b"%PDF-1.5 khac")
    browser = acting(world.ward, Role.WARD_SECRETARY)

    text = browser.get(reverse("dossier_download", args=[done.pk]), follow=True).content.decode()

    assert "hãy bấm “Lập lại” ở dòng của tệp." in text
    again = reverse("dossier_rebuild", args=[done.pk])
    assert again in text
    browser.post(again)
    run = ReportRun.objects.latest("pk")
    assert run.pk != done.pk
    run_report(run_id=run.pk)
    taken = browser.get(reverse("dossier_download", args=[run.pk]))
    assert taken.status_code == 200
    taken.close()


def test_who_may_not_build_is_offered_no_rebuilding(world: World, done: ReportRun) -> None:
    browser = acting(world.ward, Role.INSPECTOR)

    text = browser.get(page(world)).content.decode()

    assert reverse("dossier_download", args=[done.pk]) in text
    assert reverse("dossier_rebuild", args=[done.pk]) not in text


def test_failure_is_shown_with_its_sentence(world: World, waiting: ReportRun) -> None:
    ReportRun.objects.filter(pk=waiting.pk).update(
        state=RunState.FAILED, error="Không ghi được tệp.", finished_at=timezone.now()
    )
    browser = acting(world.ward, Role.WARD_SECRETARY)

    text = browser.get(page(world)).content.decode()

    assert "Không lập được" in text
    assert "Không ghi được tệp." in text


def test_stop_button_stops(world: World, waiting: ReportRun) -> None:
    browser = acting(world.ward, Role.WARD_HEAD)

    answer = browser.post(reverse("dossier_cancel", args=[waiting.pk]), follow=True)

    waiting.refresh_from_db()
    assert waiting.state == RunState.CANCELLED
    assert "Đã dừng lập hồ sơ." in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "disposition"), [("dossier_download", "attachment"), ("dossier_view", "inline")]
)
def test_file_is_handed_out_whole_and_not_cached(
    world: World, done: ReportRun, reports_folder: Path, name: str, disposition: str
) -> None:
    browser = acting(world.ward, Role.WARD_SECRETARY)

    answer = browser.get(reverse(name, args=[done.pk]))

    assert b"".join(answer.streaming_content) == next(reports_folder.iterdir()).read_bytes()
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == (
        f'{disposition}; filename="ho-so-pcgd-xmc-11359-gia-vien-2025-chot-lan-1.pdf"'
    )
    assert answer["Cache-Control"] == "private, no-store"


def test_changed_file_is_refused_in_words(
    world: World, done: ReportRun, reports_folder: Path
) -> None:
    next(reports_folder.iterdir()).write_bytes(b"%PDF khac")
    browser = acting(world.ward, Role.WARD_SECRETARY)

    answer = browser.get(reverse("dossier_download", args=[done.pk]), follow=True)

    assert "không còn khớp mã băm" in answer.content.decode()


def test_unfinished_run_has_no_file(world: World, waiting: ReportRun) -> None:
    browser = acting(world.ward, Role.WARD_SECRETARY)

    assert browser.get(reverse("dossier_download", args=[waiting.pk])).status_code == 404


def test_page_costs_the_same_for_one_run_and_for_ten(
    world: World, done: ReportRun, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    browser = acting(world.ward, Role.WARD_SECRETARY)
    for _ in range(9):
        ReportRun.objects.create(
            unit=world.ward,
            year=2025,
            snapshot=world.snapshot,
            fingerprint="0" * 64,
            data_sha256="0" * 64,
            requested_by=world.secretary,
            state=RunState.CANCELLED,
            heartbeat_at=timezone.now(),
            finished_at=timezone.now(),
        )

    with django_assert_max_num_queries(23):
        assert browser.get(page(world)).status_code == 200
