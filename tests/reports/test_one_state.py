"""What is in one file is of one state of the data, and its digest is of that state."""

from __future__ import annotations

import json
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from households.models import School, SchoolingRecord
from pcgd.accounts.roles import Role
from reports import runs
from reports.forms.building import forms_for
from reports.forms.versions import FormVersion
from reports.models import ReportRun, RunState
from reports.one_state import read_at_once
from reports.services import request_report, run_report
from reports.sources import draft_source
from reports.storage import read_intact
from surveys.models import HouseholdForm, SubmissionState
from surveys.services import ensure_submission
from tests.concurrency.threads import at_once
from tests.reports.test_dossier_tables import check_zip, hand_in
from tests.surveys.world import YEAR, World, add_person, make_form, make_world

#: A report text, a form, a list that a ward keeps: each is read in another way.
CODES = ["bao-cao", "bieu-TH-2", "danh-sach-primary-completed-26"]


@pytest.fixture
def city(db: None) -> World:
    return make_world()


@pytest.fixture
def form(city: World) -> HouseholdForm:
    form = make_form(city)
    add_person(form, 34, "Trần Thị Mẹ", relation=1, completed_level=4)
    add_person(form, 6, "Lê Bảo Ánh", study_level=3, grade=1, class_name="1A")
    add_person(form, 11, "Lê Minh Khôi", study_level=4, grade=6, class_name="6A",
               completed_level=2, completed_year=YEAR)  # fmt: skip
    return form


def ask(city: World, codes: list[str], file_format: str = "zip") -> ReportRun:
    return request_report(
        kind="dossier", unit=city.ward, year=YEAR, file_format=file_format,
        by=city.members[Role.WARD_SECRETARY].user, options={"codes": codes},
    )  # fmt: skip


def built(run: ReportRun) -> bytes:
    run_report(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.DONE, run.error
    return read_intact(run)


def said_in(zipped: bytes) -> list[str]:
    """Every page of the PDF and every sheet of the workbook, as texts."""
    archive = check_zip(zipped)
    pages = PdfReader(BytesIO(archive.read("ho-so.pdf"))).pages
    workbook = load_workbook(BytesIO(archive.read("bieu/TH-2.xlsx")))
    sheets = [str(list(sheet.values)) for sheet in workbook.worksheets]
    return [*(page.extract_text() for page in pages), *sheets]


@pytest.mark.slow
def test_a_draft_is_of_one_moment_whoever_saves_while_it_is_built(
    city: World, form: HouseholdForm, sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = draft_source(unit=city.ward, year=YEAR)
    run = ask(city, CODES)
    undisturbed = built(run)
    ReportRun.objects.all().delete()
    again = ask(city, CODES)
    say, saved = runs.say_alive, []

    def save_meanwhile(run: ReportRun, percent: int, part: str) -> None:
        if part != "Chuẩn bị số liệu" and not saved:
            saved.append(add_person(form, 6, "Lê Bảo Em", study_level=3, grade=1, class_name="1A"))
        say(run, percent, part)

    monkeypatch.setattr("reports.runs.say_alive", save_meanwhile)
    data = built(again)

    assert saved
    assert again.data_sha256 == source.sha256
    manifest = json.loads(check_zip(data).read("manifest.json"))
    assert manifest["data_sha256"] == source.sha256
    assert said_in(data) == said_in(undisturbed)
    # And whoever asks now gets the newer data.
    assert ask(city, CODES).pk != again.pk


@pytest.mark.slow
def test_a_form_is_of_what_was_read_first(
    city: World, form: HouseholdForm, sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_forms = partial(
        request_report, kind="forms", unit=city.ward, year=YEAR, file_format="xlsx",
        by=city.members[Role.WARD_SECRETARY].user, options={"codes": ["TH-1TE", "TH-2"]},
    )  # fmt: skip
    undisturbed = built(ask_forms())
    ReportRun.objects.all().delete()
    run = ask_forms()
    keep = runs.keep_part

    def save_meanwhile(*args: Any) -> Any:
        add_person(form, 6, "Lê Bảo Em", study_level=3, grade=1, class_name="1A")
        return keep(*args)

    monkeypatch.setattr("reports.runs.keep_part", save_meanwhile)

    assert built(run) == undisturbed


# --- The fingerprint covers whatever is printed -------------------------------------------------


def test_a_list_looks_at_last_year_too(city: World, form: HouseholdForm, sent: list[int]) -> None:
    """The line of the year before decides who newly completed a level."""
    codes = ["danh-sach-literate-26"]
    add_person(form, 30, "Phạm Thị Học", literacy_class=3, literacy_completed=3)
    learner = SchoolingRecord.objects.get(resident__full_name="Phạm Thị Học")
    before = ask(city, codes).fingerprint
    assert ask(city, codes).fingerprint == before
    earlier = SchoolingRecord.objects.get(pk=learner.pk)
    earlier.pk, earlier.year = None, YEAR - 1
    earlier._state.adding = True
    earlier.save()

    assert ask(city, codes).fingerprint != before


def test_a_book_in_a_frozen_dossier_is_of_the_register_as_it_stands(
    city: World, form: HouseholdForm, sent: list[int]
) -> None:
    hand_in(city)
    letters, with_book = ask(city, ["to-trinh"]).fingerprint, ask(city, ["to-trinh", "so-th"])

    add_person(form, 7, "Lê Bảo Em", study_level=3, grade=2, class_name="2A")

    assert ask(city, ["to-trinh"]).fingerprint == letters
    assert ask(city, ["to-trinh", "so-th"]).fingerprint != with_book.fingerprint


def stamp_of(city: World, unit: str) -> str:
    place = getattr(city, unit)
    return FormVersion(place, YEAR).stamp(forms_for(place, YEAR))


def test_a_school_elsewhere_that_is_renamed_is_another_form(
    city: World, form: HouseholdForm
) -> None:
    far = School.objects.create(code="31TH02", name="Tiểu học Xa", kind="TH", ward=city.far_ward)
    before = stamp_of(city, "ward")
    assert stamp_of(city, "ward") == before

    School.objects.filter(pk=far.pk).update(name="Tiểu học Rất Xa")

    assert stamp_of(city, "ward") != before


def test_a_decision_on_a_ward_is_another_form_of_the_city(city: World, form: HouseholdForm) -> None:
    hand_in(city)
    before = stamp_of(city, "province")
    submission = ensure_submission(unit=city.ward, survey_round=city.round)

    submission.state, submission.recognised_at = SubmissionState.RECOGNISED, timezone.now()
    submission.recognised_levels = {"PCGDTH": 3}
    submission.save()

    assert stamp_of(city, "province") != before


# --- Reading at once ----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_who_writes_meanwhile_is_not_seen() -> None:
    city = make_world()
    form = make_form(city)
    seen: list[int] = []

    def read() -> None:
        seen.append(SchoolingRecord.objects.count())
        # On SQLite it waits until the reading is over.
        [written] = at_once([partial(add_person, form, 6)]) if has_snapshots() else [None]
        assert not isinstance(written, Exception)
        seen.append(SchoolingRecord.objects.count())

    read_at_once(read)

    assert seen == [0, 0]
    assert SchoolingRecord.objects.count() == int(has_snapshots())


def has_snapshots() -> bool:
    return connection.vendor == "postgresql"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "23505"])
def test_whoever_wrote_the_same_tally_first_costs_another_try(sqlstate: str) -> None:
    class ConflictError(Exception):
        pass

    tries: list[int] = []

    def read() -> str:
        tries.append(len(tries))
        if len(tries) < 3:
            cause = ConflictError()
            cause.sqlstate = sqlstate  # type: ignore[attr-defined]
            raise DatabaseError("conflict") from cause
        return "read"

    assert read_at_once(read) == "read"
    assert len(tries) == 3


@pytest.mark.django_db(transaction=True)
def test_any_other_error_is_let_through_at_once() -> None:
    tries: list[int] = []

    def read() -> None:
        tries.append(1)
        raise DatabaseError("disk full")

    with pytest.raises(DatabaseError, match="disk full"):
        read_at_once(read)
    assert tries == [1]


@pytest.mark.django_db
def test_within_a_transaction_it_reads_as_that_one_does() -> None:
    with transaction.atomic():
        assert read_at_once(lambda: connection.in_atomic_block)
