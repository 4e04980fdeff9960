"""A dossier before the hand-in: the register as it stands, marked as a draft."""

from __future__ import annotations

import pytest

from pcgd.accounts.roles import Role
from reports.dossier import documents_of
from reports.models import ReportRun, RunState
from reports.services import request_dossier, run_report
from reports.sources import DossierSource, frozen_source, source_of
from surveys.freeze import digest
from surveys.models import HouseholdForm, Snapshot, Submission
from surveys.services import ensure_submission
from surveys.workflow import perform_on_submission
from tests.reports.conftest import make_content, nfd
from tests.surveys.world import World, add_person, make_form, make_world


@pytest.fixture
def city(db: None) -> World:
    return make_world()


@pytest.fixture
def form(city: World) -> HouseholdForm:
    form = make_form(city)
    add_person(form, 34, "Trần Thị Mẹ", relation=1, completed_level=4)
    add_person(form, 6, nfd("Lê Bảo Ánh"))
    return form


def ask(city: World) -> ReportRun:
    by = city.members[Role.WARD_SECRETARY].user
    return request_dossier(unit=city.ward, year=2025, by=by)


def test_draft_shows_the_present_data_and_says_so(city: World, form: HouseholdForm) -> None:
    source = source_of(unit=city.ward, year=2025)

    assert not source.is_frozen
    assert source.authority is not None
    assert source.authority.name == city.province.name
    parts = {part.code: part for part in documents_of(source)}
    assert {part.mark for part in parts.values()} == {"BẢN DỰ THẢO – SỐ LIỆU CHƯA CHỐT"}
    names = [row.name for row in parts["danh-sach-age6-out"].rows]
    assert names == ["Lê Bảo Ánh"]


def test_old_ward_writes_to_its_district(city: World) -> None:
    """Before 1/7/2025 the district recognised the ward (NĐ 20/2014 Đ25)."""
    submission = ensure_submission(unit=city.district_ward, survey_round=city.old_round)
    content = make_content(year=2024, unit_id=city.district_ward.pk, name="Phường Lạch Tray")
    snapshot = Snapshot.objects.create(
        submission=submission,
        number=1,
        content=content,
        sha256=digest(content),
        created_by=city.members[Role.DISTRICT_HEAD].user,
    )

    letter = documents_of(frozen_source(snapshot))[0].html("")

    assert f"Phòng Giáo dục và Đào tạo {city.district.name}" in letter
    assert "tháng 9 năm 2024" in letter
    assert "Nghị định 142/2025" not in letter


def test_data_that_move_on_before_the_building_are_the_ones_printed(
    city: World, form: HouseholdForm, quick_pdf: list[DossierSource]
) -> None:
    run = ask(city)
    asked_for = run.data_sha256
    add_person(form, 5, "Lê Bảo Em")

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert not run.is_frozen
    assert run.data_sha256 == quick_pdf[0].sha256 != asked_for
    # And the same request finds it: the fingerprint followed the data.
    assert ask(city).pk == run.pk


def test_changed_data_give_a_new_draft(
    city: World, form: HouseholdForm, quick_pdf: list[DossierSource]
) -> None:
    run = ask(city)
    run_report(run_id=run.pk)
    add_person(form, 5, "Lê Bảo Em")

    assert ask(city).pk != run.pk


def test_hand_in_turns_the_next_dossier_into_a_frozen_one(
    city: World, form: HouseholdForm, quick_pdf: list[DossierSource]
) -> None:
    run_report(run_id=ask(city).pk)
    HouseholdForm.objects.update(
        state="approved", submitted_at="2025-09-28T08:00Z", approved_at="2025-09-29T08:00Z"
    )
    submission = ensure_submission(unit=city.ward, survey_round=city.round)
    perform_on_submission(
        submission_id=submission.pk, action="send", scope=city.scope(Role.WARD_HEAD)
    )

    run = ask(city)
    run_report(run_id=run.pk)

    assert [source.is_frozen for source in quick_pdf] == [False, True]
    assert quick_pdf[1].content == Submission.objects.get().snapshots.get().content
