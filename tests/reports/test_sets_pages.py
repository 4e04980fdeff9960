"""Who meets a set and its units, and what the pages say of them."""

from __future__ import annotations

import zipfile
from io import BytesIO

from django.urls import reverse

from pcgd.accounts.roles import Role
from reports.models import ReportRun, RunState
from tests.reports.conftest import World, acting
from tests.reports.work import AskSet, OnCommit, build_all

HTMX = {"HTTP_HX_REQUEST": "true"}


def test_ward_does_not_reach_the_citys_set(
    world: World,
    ask_set: AskSet,
    sent: list[int],
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    run = ask_set()
    build_all(sent, django_capture_on_commit_callbacks)
    ward = acting(world.ward, Role.WARD_SECRETARY)

    for name in ("dossier_run", "dossier_download", "dossier_view"):
        assert ward.get(reverse(name, args=[run.pk]), **HTMX).status_code == 404
    other = run.children.get(unit=world.other_ward)
    assert ward.get(reverse("dossier_download", args=[other.pk])).status_code == 404


def test_ward_finds_its_own_file_and_cannot_stop_the_city(
    world: World,
    ask_set: AskSet,
    sent: list[int],
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    run = ask_set()
    mine = run.children.get(unit=world.ward)
    ward = acting(world.ward, Role.WARD_SECRETARY)

    page = ward.get(reverse("dossier", args=[world.ward.pk, 2025])).content.decode()
    assert "Biểu thống kê · XLSX" not in page
    stop = ward.post(reverse("dossier_cancel", args=[mine.pk]), follow=True).content.decode()
    assert f"Tệp này thuộc bộ tệp của {world.province.name}" in stop
    mine.refresh_from_db()
    assert mine.state == RunState.QUEUED

    build_all(sent, django_capture_on_commit_callbacks)
    page = ward.get(reverse("dossier", args=[world.ward.pk, 2025])).content.decode()
    assert "Biểu thống kê · XLSX" in page
    assert reverse("dossier_download", args=[mine.pk]) in page


def test_city_takes_the_zip_home(
    world: World,
    ask_set: AskSet,
    sent: list[int],
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    run = ask_set()
    city = acting(world.province, Role.CITY_OFFICER)
    page = city.get(reverse("dossier", args=[world.province.pk, 2025])).content.decode()
    assert "Đang lập từng đơn vị" in page
    build_all(sent, django_capture_on_commit_callbacks)

    answer = city.get(reverse("dossier_download", args=[run.pk]))

    data = b"".join(answer.streaming_content)
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == (
        'attachment; filename="bieu-cac-don-vi-31-hai-phong-2025.zip"'
    )
    assert answer["Cache-Control"] == "private, no-store"
    assert zipfile.is_zipfile(BytesIO(data))
    page = city.get(reverse("dossier", args=[world.province.pk, 2025])).content.decode()
    # A browser cannot show a ZIP.
    assert reverse("dossier_view", args=[run.pk]) not in page


def test_city_asks_for_the_dossiers_of_all_its_wards(world: World, sent: list[int]) -> None:
    city = acting(world.province, Role.CITY_OFFICER)
    build = reverse("dossier_set", args=[world.province.pk, 2025])
    assert build in city.get(reverse("dossier", args=[world.province.pk, 2025])).content.decode()

    text = city.post(build, follow=True).content.decode()

    run = ReportRun.objects.get(parent=None)
    assert (run.state, run.children.count()) == (RunState.GATHERING, 2)
    assert (
        f"Hồ sơ đề nghị công nhận của từng đơn vị trực thuộc {world.province.name}, năm 2025, "
        "số liệu đã chốt nếu có đang được lập thành tệp ZIP"
    ) in text
    assert reverse("dossier_cancel", args=[run.pk]) in text


def test_ward_is_offered_no_set_and_gets_a_sentence_for_asking(world: World) -> None:
    ward = acting(world.ward, Role.WARD_SECRETARY)
    build = reverse("dossier_set", args=[world.ward.pk, 2025])
    page = ward.get(reverse("dossier", args=[world.ward.pk, 2025])).content.decode()
    assert build not in page

    text = ward.post(build, follow=True).content.decode()

    assert "không có đơn vị trực thuộc nào để lập bộ tệp" in text
    assert not ReportRun.objects.exists()
