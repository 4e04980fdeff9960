"""Forms, kept lists and books in a dossier; the ZIP with workbooks and digests."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from openpyxl import load_workbook
from pypdf import PdfReader

from pcgd.accounts.roles import Role
from reports.dossier import UnknownDocumentError, catalogue, documents_of
from reports.dossier_words import TablePart
from reports.forms.shown import json_of
from reports.forms.versions import FormVersion
from reports.models import RunState
from reports.services import request_report, run_report
from reports.sources import DossierSource, source_of
from reports.storage import read_intact
from surveys.freeze import freeze, is_intact
from surveys.models import HouseholdForm, Snapshot, SubmissionState
from surveys.services import ensure_submission
from tests.reports.conftest import nfd
from tests.surveys.world import YEAR, World, add_person, make_form, make_world


@pytest.fixture
def city(db: None) -> World:
    return make_world()


@pytest.fixture
def form(city: World) -> HouseholdForm:
    form = make_form(city)
    add_person(form, 34, "Trần Thị Mẹ", relation=1, completed_level=4)
    add_person(form, 6, nfd("Lê Bảo Ánh"), study_level=3, grade=1, class_name="1A")
    add_person(form, 11, "Lê Minh Khôi", study_level=4, grade=6, class_name="6A",
               completed_level=2, completed_year=YEAR)  # fmt: skip
    return form


def hand_in(city: World) -> Snapshot:
    submission = ensure_submission(unit=city.ward, survey_round=city.round)
    snapshot = freeze(submission=submission, by=city.members[Role.WARD_HEAD].user)
    from django.utils import timezone

    submission.state = SubmissionState.SENT
    submission.sent_at = timezone.now()
    submission.save()
    return snapshot


def table_in(source: DossierSource, code: str) -> dict[str, Any]:
    [part] = documents_of(source, [code])
    assert isinstance(part, TablePart)
    [table] = part.late()
    return json_of(table)


def in_grade_1(answer: dict[str, Any]) -> Any:
    [row] = [row for row in answer["rows"] if row["key"] == "grade1_here"]
    return row["values"][answer["columns"].index("age6")]


def test_a_hand_in_keeps_its_forms_and_lists_whatever_comes_after(
    city: World, form: HouseholdForm
) -> None:
    snapshot = hand_in(city)
    add_person(form, 6, "Lê Bảo Em", study_level=3, grade=1, class_name="1A")
    frozen = source_of(unit=city.ward, year=YEAR)

    assert is_intact(snapshot)
    assert frozen.is_frozen
    assert in_grade_1(table_in(frozen, "bieu-TH-1TE")) == 1
    assert in_grade_1(json_of(FormVersion(city.ward, YEAR).tables(["TH-1TE"])[0])) == 2
    assert "chốt ngày" in table_in(frozen, "bieu-TH-1TE")["footer"]
    names = [row["label"] for row in table_in(frozen, "danh-sach-primary-completed-26")["rows"]]
    assert any("Lê Minh Khôi" in name for name in names)


def test_every_form_and_list_is_offered_and_books_only_on_request(
    city: World, form: HouseholdForm
) -> None:
    entries = {entry.code: entry for entry in catalogue(source_of(unit=city.ward, year=YEAR))}

    forms = [code for code in entries if code.startswith("bieu-")]
    assert len(forms) >= 20
    assert not any(entries[code].reason for code in forms)
    # NĐ 277/2025 came after 30/9/2025.
    assert [code for code in forms if not entries[code].is_default] == ["bieu-MN-01-TCĐK"]
    assert sum(code.endswith("-26") for code in entries) == 5
    assert [code for code in entries if code.startswith("so-")] == [
        "so-mn", "so-th", "so-thcs", "so-xmc",
    ]  # fmt: skip
    assert not any(entries[code].is_default for code in entries if code.startswith("so-"))


def test_a_draft_is_marked_on_its_tables(city: World, form: HouseholdForm) -> None:
    [part] = documents_of(source_of(unit=city.ward, year=YEAR), ["bieu-TH-1TE"])

    assert isinstance(part, TablePart)
    [table] = part.late()
    assert table.mark == part.mark == "BẢN DỰ THẢO – SỐ LIỆU CHƯA CHỐT"


def test_a_form_of_another_tier_is_refused(city: World, form: HouseholdForm) -> None:
    with pytest.raises(UnknownDocumentError, match="không có văn bản “bieu-KHONG-CO”"):
        documents_of(source_of(unit=city.ward, year=YEAR), ["bieu-KHONG-CO"])


def check_zip(data: bytes) -> ZipFile:
    archive = ZipFile(BytesIO(data))
    assert archive.testzip() is None
    manifest = json.loads(archive.read("manifest.json"))
    listed = {each["path"]: each for each in manifest["files"]}
    assert set(archive.namelist()) == {*listed, "manifest.json", "SHA256SUMS"}
    sums = dict(
        reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines()
    )
    for path, each in listed.items():
        found = archive.read(path)
        assert hashlib.sha256(found).hexdigest() == each["sha256"] == sums[path]
        assert len(found) == each["size"]
    return archive


@pytest.mark.slow
def test_the_command_writes_a_zip_with_every_form_and_a_manifest(
    city: World, form: HouseholdForm, tmp_path: Path
) -> None:
    out = StringIO()

    call_command("build_dossier", "--unit", city.ward.code, "--year", str(YEAR), "--zip",
                 "--out", str(tmp_path), stdout=out)  # fmt: skip

    path = Path(out.getvalue().strip())
    assert path.suffix == ".zip"
    archive = check_zip(path.read_bytes())
    sheets = [name for name in archive.namelist() if name.endswith(".xlsx")]
    assert len(sheets) >= 20
    book = load_workbook(BytesIO(archive.read("bieu/TH-1TE.xlsx")))
    assert book.sheetnames == ["TH-1TE"]
    pdf = PdfReader(BytesIO(archive.read("ho-so.pdf")))
    titles = [item.title for item in pdf.outline]
    assert titles[0] == "Tờ trình đề nghị kiểm tra, công nhận"
    assert titles[-1] == "Trang kiểm chứng số liệu"
    assert any(title.startswith("Biểu TH-1TE") for title in titles)
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["unit"]["code"] == city.ward.code
    assert manifest["frozen_on"] is None


def test_a_run_gives_the_zip_of_what_was_chosen(
    city: World, form: HouseholdForm, sent: list[int]
) -> None:
    by = city.members[Role.WARD_SECRETARY].user
    run = request_report(
        kind="dossier", unit=city.ward, year=YEAR, by=by, file_format="zip",
        options={"codes": ["to-trinh", "bieu-TH-2"]},
    )  # fmt: skip
    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == RunState.DONE, run.error
    archive = check_zip(read_intact(run))
    assert sorted(archive.namelist()) == [
        "SHA256SUMS", "bieu/TH-2.xlsx", "ho-so.pdf", "manifest.json",
    ]  # fmt: skip


def test_pupils_of_other_wards_make_a_draft_another(
    city: World, form: HouseholdForm, sent: list[int]
) -> None:
    """They are in this ward's forms, but move no figure of its own."""
    by = city.members[Role.WARD_SECRETARY].user

    def ask() -> str:
        return str(
            request_report(kind="dossier", unit=city.ward, year=YEAR, by=by,
                           options={"codes": ["bieu-TH-1TE"]}).fingerprint
        )  # fmt: skip

    before = ask()
    assert ask() == before
    add_person(
        make_form(city, city.far_hamlet), 7, "Phạm Văn Xa", study_level=3, grade=2,
        class_name="2A", school=city.school, place_of_study=2,
    )  # fmt: skip

    assert ask() != before
