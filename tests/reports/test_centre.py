"""Báo cáo & hồ sơ: choosing data, documents, forms and books, and what is asked for then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from pcgd.accounts.roles import TIERS_OF_ROLE, Role
from pcgd.territory.models import Tier, Unit
from reports.access import BUILDERS
from reports.forms.building import forms_for
from reports.models import ReportFormat, ReportKind, ReportRun, RunState
from reports.services import run_report
from reports.storage import open_intact
from surveys.freeze import freeze
from surveys.models import Snapshot, Submission, SubmissionState
from tests.accounts.factories import MembershipFactory
from tests.surveys.world import YEAR, World, add_person, make_form, make_world, signed_in

pytestmark = pytest.mark.django_db
WARD_READERS = [
    role for role in Role if Tier.WARD in TIERS_OF_ROLE[role]
    and role not in {Role.ENUMERATOR, Role.COMMITTEE_MEMBER}
]  # fmt: skip


@pytest.fixture
def world(db: None) -> World:
    """People and phiếu, unlike the written content of the dossiers' tests."""
    return make_world()


@pytest.fixture
def pupil(world: World) -> Any:
    form = make_form(world)
    return add_person(form, 6, "Lê Bảo Anh", study_level=3, grade=1, completed_level=1)


def hand_in(world: World, *, again: bool = False) -> Snapshot:
    if again:
        submission = Submission.objects.get(unit=world.ward)
    else:
        submission = Submission.objects.create(
            round=world.round, unit=world.ward, authority=world.province,
            state=SubmissionState.SENT, sent_at=timezone.now(),
        )  # fmt: skip
    return freeze(submission=submission, by=world.members[Role.WARD_HEAD].user)


def centre(world: World, unit: Unit | None = None) -> str:
    return reverse("dossier", args=[(unit or world.ward).pk, YEAR])


def see(world: World, role: Role = Role.WARD_SECRETARY, unit: Any = None, **query: Any) -> Any:
    answer = world.client(role).get(centre(world, unit), query)
    assert answer.status_code == 200
    return answer


def ask(
    world: World, name: str, role: Role = Role.WARD_SECRETARY, unit: Any = None, **data: Any
) -> Any:
    url = reverse(name, args=[(unit or world.ward).pk, YEAR])
    return world.client(role).post(url, data, follow=True)


def words(answer: Any) -> str:
    return str(answer.content.decode())


# --- What there is to choose -------------------------------------------------------------------


def test_a_ward_chooses_documents_forms_and_books(
    world: World, pupil: Any, sent: list[int]
) -> None:
    answer = see(world)
    page, choices = words(answer), answer.context["centre"]
    for title in ("Tờ trình đề nghị kiểm tra, công nhận", "Biên bản tự kiểm tra"):
        assert title in page
    for each in forms_for(world.ward, YEAR):
        assert f'value="{each.code}" checked' in page
        assert reverse("statistics_form", args=[world.ward.pk, YEAR, each.code]) in page
    assert [code for code, _label in choices.books] == ["mn", "th", "thcs", "xmc", "phieu"]
    assert [each.name for each in choices.hamlets] == [world.hamlet.name, world.other_hamlet.name]
    assert choices.sets == ()
    assert "Tệp của từng đơn vị" not in page
    assert "data-" not in choices.defaults


def test_the_city_chooses_sets_and_no_books(world: World, pupil: Any) -> None:
    answer = see(world, Role.CITY_OFFICER, world.province)
    page, choices = words(answer), answer.context["centre"]
    assert choices.books == ()
    assert [value for value, _label in choices.sets] == ["ho-so", "bieu-xlsx", "bieu-pdf"]
    assert "Tệp của từng đơn vị" in page
    assert 'name="mot" value="TH-1TE:xlsx"' in page


def test_the_usual_documents_are_ticked(world: World, pupil: Any) -> None:
    page = words(see(world))
    assert 'value="to-trinh" checked' in page
    assert 'value="cong-van" >' in page


def test_a_document_that_cannot_be_built_says_why(world: World, pupil: Any) -> None:
    page = words(see(world, Role.CITY_OFFICER, world.province))
    assert "Chưa có đơn vị trực thuộc nào được thẩm định và đạt chuẩn." in page
    assert 'value="quyet-dinh"' not in page


def test_a_ward_without_data_is_told_so_and_has_no_button(world: World) -> None:
    page = words(see(world))
    assert "chưa có dữ liệu điều tra" in page
    assert "Lập hồ sơ</button>" not in page
    assert "Bấm “Lập hồ sơ”" not in page
    assert "Lập bộ biểu" in page
    files = page[page.index("Chưa lập tệp nào") : page.index('id="ho-so-gom"')]
    assert "chưa có dữ liệu điều tra" in files


def test_no_script_is_needed(world: World, pupil: Any) -> None:
    page = words(see(world))
    assert 'type="submit" form="lap-ho-so"' in page
    assert '<form id="lap-ho-so" method="post"' in page


# --- Of which data -----------------------------------------------------------------------------


def test_what_was_handed_in_is_chosen_by_itself(world: World, pupil: Any) -> None:
    snapshot = hand_in(world)
    answer = see(world)
    assert answer.context["centre"].chosen == str(snapshot.pk)
    assert "đã chốt lần 1" in words(answer)
    assert f'name="chot" value="{snapshot.pk}"' in words(answer)


def test_the_data_of_the_day_may_be_chosen_though_figures_were_handed_in(
    world: World, pupil: Any
) -> None:
    hand_in(world)
    answer = see(world, chot="hien-co")
    assert answer.context["centre"].chosen == "hien-co"
    assert "Đang chọn số liệu hiện có" in words(answer)
    assert answer.context["centre"].data.tone == "warn"


def test_an_earlier_hand_in_says_that_there_is_a_later_one(world: World, pupil: Any) -> None:
    first = hand_in(world)
    hand_in(world, again=True)
    text = words(see(world, chot=first.pk))
    assert "chốt lần 1" in text
    assert "sau đó đơn vị đã chốt lại lần 2" in text


def test_a_returned_hand_in_says_so(world: World, pupil: Any) -> None:
    snapshot = hand_in(world)
    Submission.objects.update(state=SubmissionState.PREPARING, sent_at=None)
    assert see(world).context["centre"].chosen == "hien-co"
    assert "đã bị trả lại hoặc mở lại để sửa" in words(see(world, chot=snapshot.pk))


@pytest.mark.parametrize("chosen", ["0", "x", "9" * 30, "-5"])
def test_an_unknown_version_does_not_exist(world: World, pupil: Any, chosen: str) -> None:
    client = world.client(Role.WARD_SECRETARY)
    assert client.get(centre(world), {"chot": chosen}).status_code == 404
    for name in ("dossier_build", "forms_build"):
        url = reverse(name, args=[world.ward.pk, YEAR])
        assert client.post(url, {"chot": chosen}).status_code == 404
    assert not ReportRun.objects.exists()


def test_the_hand_in_of_another_ward_does_not_exist(world: World, pupil: Any) -> None:
    snapshot = hand_in(world)
    client = world.client(Role.CITY_OFFICER)
    assert client.get(centre(world, world.far_ward), {"chot": snapshot.pk}).status_code == 404


# --- The dossier -------------------------------------------------------------------------------


def test_the_usual_ticks_ask_for_the_usual_dossier(
    world: World, pupil: Any, sent: list[int]
) -> None:
    choices = see(world).context["centre"]
    usual = choices.defaults.split(",")
    ask(world, "dossier_build", vb=usual, **{"mac-dinh": choices.defaults})
    ask(world, "dossier_build", Role.WARD_HEAD)
    [run] = ReportRun.objects.all()
    assert (run.kind, run.options) == (ReportKind.DOSSIER, {})


def test_other_ticks_ask_for_those_documents(world: World, pupil: Any, sent: list[int]) -> None:
    data = {"vb": ["to-trinh", "cong-van"], "mac-dinh": "to-trinh,bao-cao", "chot": "hien-co"}
    answer = ask(world, "dossier_build", **data)
    assert ReportRun.objects.get().options == {"codes": ["to-trinh", "cong-van"]}
    assert "Hồ sơ đề nghị công nhận (2 văn bản)" in words(answer)


def test_no_tick_at_all_is_said_in_a_sentence(world: World, pupil: Any, sent: list[int]) -> None:
    answer = ask(world, "dossier_build", **{"mac-dinh": "to-trinh,bao-cao"})
    assert "Chưa chọn văn bản nào của hồ sơ; hãy chọn ít nhất một văn bản." in words(answer)
    assert not ReportRun.objects.exists()


def test_an_unknown_document_is_said_in_a_sentence(
    world: World, pupil: Any, sent: list[int]
) -> None:
    answer = ask(world, "dossier_build", vb="khong-co", **{"mac-dinh": ""})
    assert "Hồ sơ của đơn vị không có văn bản “khong-co”." in words(answer)


def test_the_chosen_version_is_the_one_that_is_built(
    world: World, pupil: Any, sent: list[int]
) -> None:
    first = hand_in(world)
    second = hand_in(world, again=True)
    ask(world, "dossier_build")
    ask(world, "dossier_build", chot=str(second.pk))
    said = words(ask(world, "dossier_build", chot=str(first.pk)))
    assert (
        f"Hồ sơ đề nghị công nhận của {world.ward.name}, năm {YEAR}, số liệu chốt lần 1 đang được "
        "lập thành tệp PDF"
    ) in said
    answer = ask(world, "dossier_build", chot="hien-co")
    runs = list(ReportRun.objects.order_by("pk"))
    assert [run.snapshot_id for run in runs] == [second.pk, first.pk, None]
    assert [run.options for run in runs] == [{}, {"snapshot": first.pk}, {"snapshot": None}]
    assert "?chot=hien-co" in answer.redirect_chain[0][0]
    assert [run.data_label for run in answer.context["recent"]] == [
        "Dự thảo, chưa chốt", "Số liệu chốt lần 1", "Số liệu chốt lần 2",
    ]  # fmt: skip


def test_the_dossier_may_come_with_its_workbooks(world: World, pupil: Any, sent: list[int]) -> None:
    ask(world, "dossier_build", dang="zip")
    assert ReportRun.objects.get().format == ReportFormat.ZIP
    assert "Định dạng “exe” không dùng được" in words(ask(world, "dossier_build", dang="exe"))
    assert ReportRun.objects.count() == 1


# --- Forms, books, sets ------------------------------------------------------------------------


def test_all_forms_ticked_are_the_whole_set(world: World, pupil: Any, sent: list[int]) -> None:
    codes = [each.code for each in forms_for(world.ward, YEAR)]
    answer = ask(world, "forms_build", bieu=codes, dang="pdf", chot="hien-co")
    [run] = ReportRun.objects.all()
    assert (run.kind, run.format, run.options) == ("forms", "pdf", {})
    assert (
        f"Bộ biểu thống kê của {world.ward.name}, năm {YEAR}, số liệu hiện có đang được lập"
    ) in words(answer)


def test_some_forms_are_built_of_the_chosen_hand_in(
    world: World, pupil: Any, sent: list[int]
) -> None:
    snapshot = hand_in(world)
    ask(world, "forms_build", bieu=["TH-1TE", "CMC-1", "TH-1TE"], chot=str(snapshot.pk))
    run = ReportRun.objects.get()
    assert run.format == ReportFormat.XLSX
    assert run.options == {"codes": ["TH-1TE", "CMC-1"], "snapshot": snapshot.pk}
    assert run.snapshot == snapshot
    run_report(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.DONE
    with open_intact(run) as file:
        assert file.read(2) == b"PK"
    assert "Số liệu chốt lần 1" in words(see(world))


def test_one_form_above_the_ward_is_a_run(world: World, pupil: Any, sent: list[int]) -> None:
    ask(world, "forms_build", Role.CITY_OFFICER, world.province, mot="TH-1TE:pdf", bieu="CMC-1")
    run = ReportRun.objects.get()
    assert (run.kind, run.format, run.options) == ("form", "pdf", {"codes": ["TH-1TE"]})


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Chưa chọn biểu nào"),
        ({"bieu": "KHONG-CO"}, "Không có biểu nào mang mã “KHONG-CO”"),
        ({"bieu": "TH-1TE", "dang": "docx"}, "Định dạng “docx” không dùng được"),
        ({"mot": "TH-1TE:"}, "Định dạng “” không dùng được"),
    ],
)
def test_forms_that_cannot_be_built_are_said_in_a_sentence(
    world: World, pupil: Any, sent: list[int], data: dict[str, str], sentence: str
) -> None:
    assert sentence in words(ask(world, "forms_build", **data))
    assert not ReportRun.objects.exists()


def test_a_book_of_one_year_of_birth_is_built(world: World, pupil: Any, sent: list[int]) -> None:
    ask(world, "book_build", so="th", sinh=str(YEAR - 6))
    run = ReportRun.objects.get()
    assert run.label == f"Sổ theo dõi phổ cập giáo dục tiểu học, sinh năm {YEAR - 6} · PDF"
    run_report(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.DONE, run.error


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"so": "th", "sinh": "1950"}, "không có năm sinh 1950"),
        ({"so": "phieu", "sinh": "2019"}, "không chọn năm sinh"),
    ],
)
def test_a_year_of_birth_that_is_in_no_book_is_refused(
    world: World, pupil: Any, sent: list[int], data: dict[str, str], sentence: str
) -> None:
    assert sentence in words(ask(world, "book_build", **data))
    assert not ReportRun.objects.exists()


def test_a_book_of_a_hamlet_is_built(world: World, pupil: Any, sent: list[int]) -> None:
    answer = ask(world, "book_build", so="th", to=world.hamlet.pk)
    run = ReportRun.objects.get()
    assert run.label == f"Sổ theo dõi phổ cập giáo dục tiểu học, {world.hamlet.name} · PDF"
    assert run.label in words(answer)
    assert f"{run.subject}, {world.ward.name}, năm {YEAR}, số liệu hiện có đang được" in words(
        answer
    )
    assert f'data-about="lan-lap-{run.pk}"' in words(answer)
    run_report(run_id=run.pk)
    run.refresh_from_db()
    assert [part["title"] for part in run.parts] == [world.hamlet.name]
    answer = world.client(Role.WARD_SECRETARY).get(reverse("dossier_download", args=[run.pk]))
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert "so-theo-doi-th-11359-001" in answer["Content-Disposition"]


def test_a_book_of_the_ward_has_every_hamlet(world: World, pupil: Any, sent: list[int]) -> None:
    ask(world, "book_build", so="th")
    run = ReportRun.objects.get()
    run_report(run_id=run.pk)
    run.refresh_from_db()
    assert [part["title"] for part in run.parts] == [world.hamlet.name, world.other_hamlet.name]
    ask(world, "book_build", so="th")
    assert ReportRun.objects.count() == 1
    add_person(make_form(world), 7, "Người Thêm Sau", study_level=3, grade=2)
    ask(world, "book_build", so="th")
    assert ReportRun.objects.count() == 2


def test_a_book_as_a_workbook(world: World, pupil: Any, sent: list[int]) -> None:
    from reports.services import request_report

    run = request_report(
        kind=ReportKind.BOOK, unit=world.ward, year=YEAR,
        by=world.members[Role.WARD_HEAD].user, options={"kind": "th"}, file_format="xlsx",
    )  # fmt: skip
    run_report(run_id=run.pk)
    run.refresh_from_db()
    with open_intact(run) as file:
        assert file.read(2) == b"PK"


@pytest.mark.parametrize("hamlet", ["far", "0", "x", "9" * 30])
def test_a_hamlet_of_elsewhere_is_refused(
    world: World, pupil: Any, sent: list[int], hamlet: str
) -> None:
    key = str(world.far_hamlet.pk) if hamlet == "far" else hamlet
    answer = ask(world, "book_build", so="th", to=key)
    assert "không có tổ dân phố, thôn đã chọn" in words(answer)
    assert not ReportRun.objects.exists()


def test_no_such_book_is_said_in_a_sentence(world: World, pupil: Any, sent: list[int]) -> None:
    assert "Không có sổ theo dõi “khac”" in words(ask(world, "book_build", so="khac"))
    city = ask(world, "book_build", Role.CITY_OFFICER, world.province, so="th")
    assert "Sổ theo dõi chỉ lập cho xã, phường" in words(city)
    empty = ask(world, "book_build", Role.CITY_OFFICER, world.far_ward, so="th")
    assert "chưa có dữ liệu điều tra" in words(empty)
    assert not ReportRun.objects.exists()


@pytest.mark.parametrize(
    ("kind", "of", "file_format"),
    [("ho-so", "dossier", "pdf"), ("bieu-xlsx", "forms", "xlsx"), ("bieu-pdf", "forms", "pdf")],
)
def test_a_set_has_a_file_of_each_ward(
    world: World, pupil: Any, sent: list[int], kind: str, of: str, file_format: str
) -> None:
    ask(world, "dossier_set", Role.CITY_OFFICER, world.province, loai=kind)
    run = ReportRun.objects.get(parent=None)
    assert (run.kind, run.options["of"], run.options["format"]) == ("set", of, file_format)
    assert {child.unit for child in run.children.all()} == {world.ward, world.far_ward}


@pytest.mark.parametrize("kind", ["ho-so", "bieu-xlsx"])
def test_a_set_is_of_what_was_handed_in_unless_the_data_of_the_day_are_asked_for(
    world: World, pupil: Any, sent: list[int], kind: str
) -> None:
    snapshot = hand_in(world)

    def ask_for(**more: str) -> dict[str, int | None]:
        ask(world, "dossier_set", Role.CITY_OFFICER, world.province, loai=kind, **more)
        children = ReportRun.objects.filter(parent=None).latest("pk").children.all()
        if kind != "ho-so":
            assert all(run.snapshot_id == run.options.get("snapshot") for run in children)
        return {run.unit.code: run.snapshot_id for run in children}

    codes = world.ward.code, world.far_ward.code
    usual = dict.fromkeys(codes) | {world.ward.code: snapshot.pk}
    assert ask_for() == ask_for(**{"so-lieu": "da-chot"}) == usual
    assert ReportRun.objects.filter(parent=None).count() == 1
    assert "Số liệu đã chốt, nếu có" in words(see(world, Role.CITY_OFFICER, world.province))
    assert ask_for(**{"so-lieu": "hien-co"}) == dict.fromkeys(codes)
    assert ReportRun.objects.filter(parent=None).count() == 2


def test_an_unknown_set_is_said_in_a_sentence(world: World, sent: list[int]) -> None:
    answer = ask(world, "dossier_set", Role.CITY_OFFICER, world.province, loai="tat-ca")
    assert "Chưa chọn loại tệp" in words(answer)
    assert not ReportRun.objects.exists()


# --- Who may -----------------------------------------------------------------------------------

BUILD = ("dossier_build", "forms_build", "book_build", "dossier_set")


@pytest.mark.parametrize("role", WARD_READERS)
def test_who_may_not_build_sees_everything_and_no_button(
    world: World, pupil: Any, sent: list[int], role: Role
) -> None:
    page = words(see(world, role))
    assert "Tờ trình đề nghị kiểm tra, công nhận" in page
    assert reverse("statistics_form", args=[world.ward.pk, YEAR, "TH-1TE"]) in page
    may = role in BUILDERS
    assert ('type="checkbox"' in page) == may
    for name in BUILD:
        assert (reverse(name, args=[world.ward.pk, YEAR]) in page) == (
            may and name != "dossier_set"
        )
        url = reverse(name, args=[world.ward.pk, YEAR])
        assert (world.client(role).post(url, {"bieu": "TH-1TE"}).status_code == 403) == (not may)


@pytest.mark.parametrize("name", BUILD)
def test_nothing_is_built_for_another_ward(
    world: World, pupil: Any, sent: list[int], name: str
) -> None:
    client = signed_in(MembershipFactory(unit=world.far_ward, role=Role.WARD_HEAD))
    answer = client.post(reverse(name, args=[world.ward.pk, YEAR]), {"bieu": "TH-1TE", "so": "th"})
    assert answer.status_code == 404
    assert not ReportRun.objects.exists()


@pytest.mark.parametrize("name", BUILD)
def test_opening_a_build_address_builds_nothing(world: World, pupil: Any, name: str) -> None:
    answer = world.client(Role.WARD_HEAD).get(reverse(name, args=[world.ward.pk, YEAR]))
    assert answer.status_code == 302
    assert answer["Location"].startswith(centre(world))
    assert not ReportRun.objects.exists()


# --- History -----------------------------------------------------------------------------------


def runs(world: World, number: int, **more: Any) -> None:
    now = timezone.now()
    ReportRun.objects.bulk_create(
        ReportRun(
            unit=world.ward, year=YEAR, fingerprint=f"{place:064d}", heartbeat_at=now,
            requested_by=world.members[Role.WARD_HEAD].user,
            **{"state": RunState.CANCELLED, "finished_at": now, **more},
        )
        for place in range(number)
    )  # fmt: skip


def test_the_latest_stand_on_top_and_the_rest_has_pages(world: World, pupil: Any) -> None:
    runs(world, 30)
    first, second = see(world), see(world, page=2)
    shown = [run.id for answer in (first, second) for run in answer.context["earlier"]]
    recent = [run.id for run in first.context["recent"]]
    newest = list(ReportRun.objects.order_by("-pk").values_list("pk", flat=True))
    assert recent == newest[:3]
    assert shown == newest[3:]
    assert [run.id for run in second.context["recent"]] == recent
    assert "21–27 trong 27 lần lập" in words(second)
    assert "Các lần lập trước (27)" in words(first)


def test_what_is_being_built_stays_on_top_however_old(world: World, pupil: Any) -> None:
    now = timezone.now()
    runs(world, 1, state=RunState.QUEUED, finished_at=None)
    waiting = ReportRun.objects.get()
    ReportRun.objects.exclude(pk=waiting.pk).delete()
    for place in range(5):
        ReportRun.objects.create(
            unit=world.ward, year=YEAR, fingerprint=f"x{place}", heartbeat_at=now,
            requested_by=world.members[Role.WARD_HEAD].user,
            state=RunState.CANCELLED, finished_at=now,
        )  # fmt: skip
    answer = see(world)
    assert waiting.pk in [run.id for run in answer.context["recent"]]
    assert f'hx-get="{reverse("dossier_run", args=[waiting.pk])}"' in words(answer)
    # By its id the keyboard finds the button again in the line that takes this one's place.
    assert f'id="dung-{waiting.pk}"' in words(answer)
    assert waiting.pk not in [run.id for run in answer.context["earlier"]]


def test_runs_of_another_year_or_unit_are_not_listed(world: World, pupil: Any) -> None:
    runs(world, 2)
    ReportRun.objects.filter(fingerprint=f"{0:064d}").update(unit=world.far_ward)
    ReportRun.objects.filter(fingerprint=f"{1:064d}").update(year=YEAR - 1)
    answer = see(world)
    assert answer.context["recent"] == []
    assert "Chưa lập tệp nào" in words(answer)


def test_long_names_and_dead_runs_do_not_break_the_page(world: World, pupil: Any) -> None:
    name = "Phường " + "Nguyễn Thị Minh Khai Dài " * 5
    Unit.objects.filter(pk=world.ward.pk).update(name=name)
    runs(world, 1, state=RunState.QUEUED, finished_at=None)
    ReportRun.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    page = words(see(world))
    assert name.strip() in page
    assert "Đã chờ lâu" in page


def test_the_page_costs_the_same_for_a_few_runs_and_for_many(
    world: World, pupil: Any, django_assert_max_num_queries: Any
) -> None:
    hand_in(world)
    runs(world, 30)
    client = world.client(Role.WARD_SECRETARY)
    client.get(centre(world))
    with django_assert_max_num_queries(26):
        assert client.get(centre(world)).status_code == 200


# --- Another unit, another round ---------------------------------------------------------------


def choose(world: World, role: Role, **given: Any) -> Any:
    return world.client(role).get(reverse("choose_place"), given)


def test_a_city_goes_to_the_reports_of_any_of_its_units(world: World) -> None:
    page = words(see(world, Role.CITY_OFFICER, world.province))
    assert f'value="{world.far_ward.pk}"' in page

    answer = choose(world, Role.CITY_OFFICER, don_vi=world.far_ward.pk, nam=YEAR)

    assert answer.status_code == 302
    assert answer.url == reverse("dossier", args=[world.far_ward.pk, YEAR])


def test_a_ward_chooses_the_round_alone(world: World) -> None:
    assert f'value="{world.far_ward.pk}"' not in words(see(world))

    answer = choose(world, Role.WARD_SECRETARY, don_vi=world.far_ward.pk, nam=YEAR)

    assert answer.status_code == 404


def test_a_unit_that_did_not_stand_in_that_year_shows_its_newest_round(world: World) -> None:
    answer = choose(world, Role.CITY_OFFICER, don_vi=world.district_ward.pk, nam=YEAR)

    assert answer.url == reverse("dossier", args=[world.district_ward.pk, 2024])


@pytest.mark.parametrize("given", [{}, {"don_vi": "x"}, {"don_vi": "0"}, {"don_vi": "9" * 30}])
def test_what_is_no_unit_is_not_found(world: World, given: dict[str, str]) -> None:
    assert choose(world, Role.CITY_OFFICER, **given).status_code == 404
