"""The dossier of a district or a province: the units below it, their minutes and decisions."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from pcgd.accounts.roles import Role
from reports.dossier import (
    Document,
    Entry,
    Group,
    UnknownDocumentError,
    catalogue,
    documents_of,
    register_documents,
)
from reports.dossier_lists import LIST_KINDS
from reports.dossier_texts import DossierTexts, Member
from reports.sources import Authority, DamagedSnapshotError, DossierSource, source_of
from surveys.freeze import content_of, digest
from surveys.models import HouseholdForm, Snapshot, SubmissionState
from surveys.services import ensure_submission
from surveys.workflow import perform_on_submission
from tests.reports.conftest import World, make_content, make_person, make_source
from tests.reports.test_dossier import parts_of, text_of
from tests.surveys.world import World as City
from tests.surveys.world import add_person, make_form, make_world

LEVELS = {"PCGDMN5": 1, "PCGDTH": 3, "PCGDTHCS": 2, "XMC": 2}


def unit_row(number: int, **changes: Any) -> dict[str, Any]:
    """A row as surveys.freeze_units writes it."""
    return {
        "id": number,
        "code": f"1{number:04d}",
        "name": f"Phường Thử {number}",
        "tier": "ward",
        "disadvantaged": None,
        "levels": [[code, level, level] for code, level in LEVELS.items()],
        "state": "recognised",
        "recognised": dict(LEVELS),
        "decision": "12/QĐ-UBND",
        "recognised_on": "2025-11-20",
        "snapshot": None,
        "sha256": "",
        **changes,
    }


def province_source(*rows: dict[str, Any], **changes: Any) -> DossierSource:
    content = make_content(tier="province", name="Thành phố Hải Phòng")
    content["units"] = list(rows)
    return make_source(content, authority=None, **changes)


def entries(source: DossierSource) -> dict[str, Entry]:
    return {entry.code: entry for entry in catalogue(source)}


# --- What can be chosen ----------------------------------------------------------------------


def test_ward_chooses_among_its_own_documents() -> None:
    found = catalogue(make_source())

    assert [entry.title for entry in found if entry.is_default and not entry.reason] == [
        "Tờ trình đề nghị kiểm tra, công nhận",
        "Báo cáo quá trình và kết quả",
        "Biên bản tự kiểm tra",
        "Bảng tiêu chuẩn, tiêu chí",
        *(f"Danh sách {kind.people}" for kind in LIST_KINDS),
        "Trang kiểm chứng số liệu",
    ]
    assert [entry.code for entry in found if not entry.is_default] == [
        "cong-van", "bieu-MN-01-TCĐK", "so-mn", "so-th", "so-thcs", "so-xmc",
    ]  # fmt: skip
    # Frozen before forms and lists were kept: said, and not built.
    untold = [entry for entry in found if entry.reason]
    assert {entry.group for entry in untold} == {Group.FORMS, Group.RECORDS}
    assert "bieu-TH-1TE" in {entry.code for entry in untold}
    assert all(entry.reason.startswith("Số liệu này được chốt khi") for entry in untold)
    groups = [entry.group for entry in found]
    assert groups == sorted(groups, key=list(Group).index)


def test_only_what_was_chosen_is_built_in_the_order_of_the_catalogue() -> None:
    parts = documents_of(make_source(), ["kiem-chung", "cong-van", "bao-cao"])

    assert [part.code for part in parts] == ["cong-van", "bao-cao", "kiem-chung"]


def test_unknown_and_impossible_choices_are_refused_in_a_sentence() -> None:
    source = province_source(unit_row(1, state="", levels=None, recognised=None))
    with pytest.raises(UnknownDocumentError, match="không có văn bản “so-do”"):
        documents_of(source, ["so-do"])
    with pytest.raises(UnknownDocumentError, match="Phường Thử 1 chưa chốt và gửi số liệu"):
        documents_of(source, ["bien-ban-kiem-tra-10001"])
    with pytest.raises(UnknownDocumentError, match="Chưa có đơn vị trực thuộc nào"):
        documents_of(source, ["quyet-dinh"])


def test_other_modules_add_their_documents_in_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.dossier._added", {})

    def provide(dossier: Any) -> list[Document]:
        entry = Entry("bieu-thu", "Biểu thử", Group.FORMS)
        return [Document(entry, lambda: dossier.part("bieu-thu", "Biểu thử", "criteria.html"))]

    register_documents(Group.FORMS, provide)
    register_documents(Group.FORMS, provide)

    codes = [part.code for part in documents_of(make_source())]
    assert codes.count("bieu-thu") == 1
    assert codes[codes.index("bieu-thu") - 1] == "tieu-chi"
    assert codes[-1] == "kiem-chung"


def test_figures_frozen_before_units_were_kept_say_so() -> None:
    content = make_content(tier="province", name="Thành phố Hải Phòng")
    found = entries(make_source(content, authority=None))

    assert "chưa ghi danh sách đơn vị trực thuộc" in found["don-vi"].reason
    assert "chưa ghi danh sách đơn vị trực thuộc" in found["quyet-dinh"].reason


# --- The table -------------------------------------------------------------------------------


def test_table_tells_figures_from_decisions() -> None:
    source = province_source(
        unit_row(1),
        unit_row(2, state="sent", recognised=None, decision="", disadvantaged=True,
                 levels=[["PCGDMN5", 0, 0], ["PCGDTH", 1, 3], ["PCGDTHCS", 0, 3], ["XMC", 2, 2]]),
        unit_row(3, state="", recognised=None, decision="", levels=None),
    )  # fmt: skip
    text = text_of(parts_of(source)["don-vi"])

    assert "1 Phường Thử 1 Đạt Đạt Mức 3 Mức 3 Mức 2 Mức 2 Mức 2 Mức 2 Đã công nhận" in text
    assert "2 Phường Thử 2 ĐBKK Chưa đạt ≥ Mức 1 Thiếu số liệu Mức 2 Đã gửi" in text
    assert "3 Phường Thử 3 – – – – Chưa lập" in text


def test_a_city_without_units_has_an_empty_table() -> None:
    assert "Không có đơn vị trực thuộc." in text_of(parts_of(province_source())["don-vi"])


# --- Decisions -------------------------------------------------------------------------------


def test_decision_names_only_who_was_appraised_and_holds_something() -> None:
    source = province_source(
        unit_row(1),
        unit_row(2, state="appraised", recognised=None, decision=""),
        unit_row(3, state="sent", recognised=None, decision=""),
        unit_row(4, recognised=dict.fromkeys(LEVELS, 0)),
        unit_row(5, recognised={**LEVELS, "PCGDMN5": 0}),
    )
    text = text_of(parts_of(source)["quyet-dinh"])

    assert "Số: /QĐ-UBND" in text
    assert "ỦY BAN NHÂN DÂN THÀNH PHỐ HẢI PHÒNG" in text
    assert "Theo đề nghị của Giám đốc Sở Giáo dục và Đào tạo thành phố Hải Phòng." in text
    assert "Điều 1. Công nhận 3 đơn vị cấp xã đạt chuẩn" in text
    annex = text.partition("Phụ lục")[2]
    assert "1 Phường Thử 1 Đạt Mức 3 Mức 2 Mức 2" in annex
    assert "2 Phường Thử 2 Đạt Mức 3 Mức 2 Mức 2" in annex
    assert "3 Phường Thử 5 – Mức 3 Mức 2 Mức 2" in annex
    assert "- Đạt chuẩn phổ cập giáo dục mầm non cho trẻ em 5 tuổi: 2 đơn vị;" in text
    assert "- Đạt chuẩn phổ cập giáo dục tiểu học: 3 đơn vị;" in text
    assert "Phường Thử 3" not in annex
    assert "Phường Thử 4" not in annex


def test_a_unit_may_have_its_own_decision() -> None:
    source = province_source(unit_row(1), unit_row(2))
    found = entries(source)
    assert not found["quyet-dinh-10002"].is_default

    (part,) = documents_of(source, ["quyet-dinh-10002"])
    text = text_of(part)

    assert "Về việc công nhận phường Thử 2 đạt chuẩn" in text
    assert "- Đạt chuẩn phổ cập giáo dục tiểu học mức độ 3;" in text
    assert "- Đạt chuẩn xóa mù chữ mức độ 2." in text
    assert "chịu trách nhiệm thi hành Quyết định này./." in text
    assert "Phụ lục" not in text


def test_before_july_2025_the_district_decides() -> None:
    content = make_content(tier="district", name="Quận Ngô Quyền", year=2024)
    content["units"] = [unit_row(1)]
    source = make_source(content, authority=Authority("Thành phố Hải Phòng", "province"))
    text = text_of(parts_of(source)["quyet-dinh"])

    assert "ỦY BAN NHÂN DÂN QUẬN NGÔ QUYỀN" in text
    assert "Theo đề nghị của Trưởng phòng Giáo dục và Đào tạo quận Ngô Quyền." in text
    assert "- Ủy ban nhân dân thành phố Hải Phòng (để báo cáo);" in text


# --- Minutes of an inspection ----------------------------------------------------------------


def test_inspection_shows_the_frozen_figures_of_the_ward(world: World) -> None:
    snapshot = world.snapshot
    row = unit_row(1, name=world.ward.name, snapshot=snapshot.pk, sha256=snapshot.sha256)
    members = (Member("Trần Thị Đoàn", "Phó Giám đốc Sở", "head"),)
    source = province_source(row, texts=DossierTexts(members=members))
    text = text_of(parts_of(source)["bien-ban-kiem-tra-10001"])

    assert "Kiểm tra công nhận đạt chuẩn" in text
    assert "đối với phường Gia Viên" in text
    assert "1. Chủ trì: Ông (bà) Trần Thị Đoàn" in text
    assert f"mã băm {snapshot.sha256[:8]}." in text
    assert "207/210 98,57 %" in text
    assert "- Trẻ em 5 tuổi chưa ra lớp: 1 em;" in text
    assert "- Đạt chuẩn phổ cập giáo dục trung học cơ sở mức độ 2;" in text
    assert "ĐẠI DIỆN ĐƠN VỊ ĐƯỢC KIỂM TRA" in text
    # Sums only: the names stay with the ward.
    assert make_person(1)["name"] not in text


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_ward_whose_figures_were_tampered_with_stops_the_printing(
    world: World, harm: str
) -> None:
    snapshot = world.snapshot
    sha256 = "0" * 64 if harm == "gone" else snapshot.sha256
    if harm == "changed":
        snapshot.content["figures"]["age6_in_grade1"] = 210
        snapshot.save()
    part = parts_of(province_source(unit_row(1, snapshot=snapshot.pk, sha256=sha256)))[
        "bien-ban-kiem-tra-10001"
    ]
    with pytest.raises(DamagedSnapshotError):
        part.html("")


# --- From the register to the city's dossier -------------------------------------------------


@pytest.fixture
def city(db: None) -> City:
    return make_world()


def send(city: City) -> Snapshot:
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


def test_content_above_names_each_unit_and_its_frozen_figures(city: City) -> None:
    snapshot = send(city)

    rows = {row["code"]: row for row in content_of(unit=city.province, year=2025)["units"]}

    assert list(rows) == ["11359", "11383"]
    assert (rows["11359"]["snapshot"], rows["11359"]["sha256"]) == (snapshot.pk, snapshot.sha256)
    assert rows["11359"]["state"] == SubmissionState.SENT
    assert rows["11359"]["recognised"] is None
    assert (rows["11383"]["snapshot"], rows["11383"]["levels"]) == (None, None)


def test_a_recognition_changes_the_draft_of_the_city(city: City) -> None:
    snapshot = send(city)
    before = digest(content_of(unit=city.province, year=2025))
    submission = snapshot.submission
    submission.state = SubmissionState.RECOGNISED
    submission.appraised_at = submission.recognised_at = timezone.now()
    submission.recognised_levels = dict(LEVELS)
    submission.decision_number = "12/QĐ-UBND"
    submission.save()

    content = content_of(unit=city.province, year=2025)
    assert digest(content) != before
    row = content["units"][0]
    assert (row["decision"], row["recognised"]) == ("12/QĐ-UBND", LEVELS)


def test_returned_ward_is_not_inspected(city: City) -> None:
    snapshot = send(city)
    submission = snapshot.submission
    submission.state, submission.sent_at = SubmissionState.PREPARING, None
    submission.was_returned = True
    submission.save()

    found = entries(source_of(unit=city.province, year=2025))

    assert "chưa chốt và gửi số liệu" in found["bien-ban-kiem-tra-11359"].reason
