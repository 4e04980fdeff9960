"""The phiếu page: what is open at which age, last year beside it, proposals, notes, schools."""

from __future__ import annotations

import gzip
import html
import json
import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from households.models import RecordStage, ResidenceState, Resident, School, SchoolingRecord
from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier
from surveys.entry import entry_page
from surveys.entry_fields import BELOW, CHOICE_KEYS, OPEN_WHEN, ROW, is_open
from surveys.entry_presenter import LineView, page_context, unpack_initials
from surveys.forms_entry import MemberForm
from surveys.models import HouseholdForm
from tests.accounts.factories import make_unit
from tests.surveys.cell_requests import cell, line_of, results, send
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher(world: World) -> Client:
    return world.client(Role.ENUMERATOR)


@pytest.fixture
def child(form: HouseholdForm) -> Resident:
    return Resident.objects.get(household=form.household, full_name="Lê Bảo Anh")


def text_of(client: Client, form: HouseholdForm) -> str:
    answer = client.get(reverse("form_page", args=[form.pk]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def lines(form: HouseholdForm) -> dict[str, LineView]:
    loaded = HouseholdForm.objects.select_related(
        "round__province", "household__hamlet", "ward"
    ).get(pk=form.pk)
    return {line.name: line for line in page_context(entry_page(loaded))["lines"]}


def open_fields(line: LineView) -> set[str]:
    return {each.name for each in (*line.row, *line.strip) if each.is_open}


def last_year(person: Resident, **facts: Any) -> SchoolingRecord:
    now = SchoolingRecord.objects.get(resident=person, year=YEAR)
    older = SchoolingRecord(
        resident=person, year=YEAR - 1, household=now.household, hamlet=now.hamlet,
        **{"stage": RecordStage.APPROVED, "residence_state": ResidenceState.PRESENT, **facts},
    )  # fmt: skip
    older.copy_counted_facts()
    older.save()
    return older


class TestOpenFields:
    @pytest.mark.parametrize(
        ("age", "facts", "opened", "shut"),
        [
            (0, {}, {"class_mark", "school"}, {"completed_level", "dropped_grade"}),
            (2, {}, {"class_mark"}, {"preschool_programme_done", "literacy_completed"}),
            (5, {}, {"class_mark", "preschool_marks", "preschool_programme_done"},
             {"completed_level", "vocational_level"}),
            (6, {}, {"class_mark", "completed_level", "dropped_grade"}, {"preschool_marks"}),
            (18, {}, {"class_mark", "dropped_grade"}, {"preschool_programme_done"}),
            (19, {}, {"completed_level", "literacy_completed"}, {"class_mark", "school"}),
            (34, {"completed_level": 4}, {"vocational_level"},
             {"literacy_completed", "literacy_class", "class_mark", "dropped_grade"}),
            (34, {}, {"literacy_completed", "literacy_class", "finished_grade"},
             {"vocational_level"}),
            (60, {}, {"literacy_completed"}, {"class_mark"}),
            (61, {}, {"completed_level"}, {"literacy_completed", "vocational_level"}),
        ],
    )  # fmt: skip
    def test_what_matters_at_an_age_is_open_and_nothing_else(
        self, world: World, age: int, facts: dict[str, Any], opened: set[str], shut: set[str]
    ) -> None:
        form = make_form(world)
        add_person(form, age, **facts)
        found = open_fields(lines(form)["Trần Thị Thử"])
        assert opened <= found
        assert not shut & found
        assert {"full_name", "relation", "birth", "female", "ethnicity", "residence_state"} <= found

    def test_what_has_a_value_is_open_at_any_age(self, world: World) -> None:
        form = make_form(world)
        add_person(form, 40, study_level=7, class_name="ĐH", vocational_level=2, relapse=None)
        assert {"class_mark", "school", "vocational_level"} <= open_fields(
            lines(form)["Trần Thị Thử"]
        )

    def test_who_studies_is_not_asked_about_dropping_out(self, form: HouseholdForm) -> None:
        assert "dropped_grade" not in open_fields(lines(form)["Lê Bảo Anh"])

    def test_a_move_asks_where(self, world: World) -> None:
        form = make_form(world)
        add_person(form, 40, residence_state=ResidenceState.MOVED_OUT)
        assert "event_place" in open_fields(lines(form)["Trần Thị Thử"])

    def test_of_an_unknown_age_the_whole_line_is_open_and_nothing_below(self) -> None:
        opened = {name for name in MemberForm.base_fields if is_open(name, None, {})}
        assert opened == set(ROW)

    def test_the_tables_name_fields_that_exist(self) -> None:
        fields = MemberForm.base_fields
        assert set(fields) == {*ROW, *BELOW, "remove"}
        assert len(fields) == len(ROW) + len(BELOW) + 1
        assert set(ROW) | set(OPEN_WHEN) | set(CHOICE_KEYS) <= set(fields)
        for name, keys in CHOICE_KEYS.items():
            values = {value for value, _label in fields[name].choices}  # type: ignore[attr-defined]
            assert set(keys.values()) <= values, name


class TestLastYear:
    def test_stands_beside_its_fields(
        self, teacher: Client, form: HouseholdForm, child: Resident, world: World
    ) -> None:
        last_year(child, study_level=2, grade=5, class_name="MG 5A", school=world.school,
                  place_of_study=1, two_sessions=True)  # fmt: skip
        line = lines(form)["Lê Bảo Anh"]
        shown = {each.name: each.last for each in line.row if each.last}
        assert shown == {"class_mark": "MG 5A*", "school": "TH Thử"}
        assert f"Năm {YEAR - 1}: MG 5A*" in text_of(teacher, form)

    def test_who_has_no_past_has_nothing_there(self, form: HouseholdForm) -> None:
        assert not any(each.last for line in lines(form).values() for each in line.cells)

    def test_is_one_query_however_many_people(
        self, teacher: Client, world: World, form: HouseholdForm
    ) -> None:
        def queries(opened: HouseholdForm) -> int:
            with CaptureQueriesContext(connection) as found:
                text_of(teacher, opened)
            return len(found)

        few = queries(form)
        large = make_form(world)
        for age in range(12):
            last_year(add_person(large, age + 20, f"Trần Thị Thứ {chr(65 + age)}").resident)
        many = queries(large)
        assert many <= few + 1
        assert many <= 15

    def test_another_household_of_last_year_makes_no_difference(
        self, world: World, form: HouseholdForm, child: Resident
    ) -> None:
        older = last_year(child, study_level=1, class_name="NT", place_of_study=1)
        older.household = make_form(world, world.far_hamlet).household
        older.hamlet = world.far_hamlet
        older.save()
        line = lines(form)["Lê Bảo Anh"]
        assert next(each.last for each in line.row if each.name == "class_mark") == "NT"


class TestProposals:
    def test_a_proposed_line_says_so_until_it_is_taken(
        self, teacher: Client, form: HouseholdForm, child: Resident
    ) -> None:
        SchoolingRecord.objects.filter(resident=child).update(stage=RecordStage.PROPOSED)
        text = text_of(teacher, form)
        assert text.count("person--proposed") == 1
        assert "data-take" in text
        # What the button sends: the cells as they are, with the word that they were seen.
        answer = send(teacher, form, cell(line_of(child), "class_mark", "1A", force=True))
        assert results(answer) == {f"{line_of(child)}-class_mark": "saved"}
        assert SchoolingRecord.objects.get(resident=child).stage == RecordStage.RECORDED
        assert "person--proposed" not in text_of(teacher, form)

    def test_a_cell_that_only_repeats_itself_takes_nothing_over(
        self, teacher: Client, form: HouseholdForm, child: Resident
    ) -> None:
        SchoolingRecord.objects.filter(resident=child).update(stage=RecordStage.PROPOSED)
        send(teacher, form, cell(line_of(child), "class_mark", "1A"))
        assert SchoolingRecord.objects.get(resident=child).stage == RecordStage.PROPOSED

    def test_who_only_looks_cannot_take_it(
        self, world: World, form: HouseholdForm, child: Resident
    ) -> None:
        SchoolingRecord.objects.filter(resident=child).update(stage=RecordStage.PROPOSED)
        text = text_of(world.client(Role.WARD_HEAD), form)
        assert "person--proposed" in text
        assert "data-take" not in text


class TestNotes:
    def test_a_warning_stands_on_top_and_beside_its_line(
        self, teacher: Client, world: World
    ) -> None:
        form = make_form(world)
        person = add_person(form, 7, completed_level=1).resident
        text = text_of(teacher, form)
        assert f'href="#id_m{person.pk}-class_mark"' in text
        assert text.count('data-accept="school_age_no_class"') == 1
        assert f'name="accept-m{person.pk}:school_age_no_class"' in text

    def test_an_accepted_one_is_folded_with_its_reason(self, teacher: Client, world: World) -> None:
        form = make_form(world)
        person = add_person(form, 7, completed_level=1).resident
        form.accepted = {
            f"m{person.pk}:school_age_no_class": {"reason": "Đang chữa bệnh", "by": "", "at": ""}
        }
        form.save()
        text = text_of(teacher, form)
        assert "“Đang chữa bệnh”" in text
        assert 'data-accept="school_age_no_class"' not in text
        assert 'data-unaccept="school_age_no_class"' in text

    def test_a_phieu_with_nobody_yet_is_not_scolded(self, teacher: Client, world: World) -> None:
        text = text_of(teacher, make_form(world))
        assert "data-note " not in text
        assert "Bấm “Thêm người”" in text


class TestPackedInitials:
    def test_the_page_sends_back_what_was_stored(
        self, teacher: Client, form: HouseholdForm
    ) -> None:
        """A browser without script posts the packed texts; nothing typed is nothing changed."""
        text = text_of(teacher, form)
        data = posted(text)
        count = SchoolingRecord.history.count(), Resident.history.count()
        answer = teacher.post(reverse("form_page", args=[form.pk]), data)
        assert answer.status_code == 302
        assert (SchoolingRecord.history.count(), Resident.history.count()) == count

    def test_a_blank_added_line_is_nobody(self, teacher: Client, form: HouseholdForm) -> None:
        answer = teacher.get(reverse("form_page", args=[form.pk]) + "?them=2")
        data = posted(answer.content.decode())
        assert "n2-full_name" in data
        assert teacher.post(reverse("form_page", args=[form.pk]), data).status_code == 302
        assert form.household.residents.count() == 2

    def test_two_people_are_told_apart_by_them(
        self, world: World, teacher: Client, form: HouseholdForm, child: Resident
    ) -> None:
        mine = posted(text_of(teacher, form)) | {"h-address": "5 ngõ Của Tôi"}
        other = world.client(Role.WARD_SECRETARY)
        theirs = posted(text_of(other, form)) | {f"m{child.pk}-class_mark": "1B"}
        assert other.post(reverse("form_page", args=[form.pk]), theirs).status_code == 302
        answer = teacher.post(reverse("form_page", args=[form.pk]), mine)
        assert answer.status_code == 409
        merged = posted(answer.content.decode())
        assert merged["h-address"] == "5 ngõ Của Tôi"
        assert merged[f"m{child.pk}-class_mark"] == "1B"
        assert teacher.post(reverse("form_page", args=[form.pk]), merged).status_code == 302
        form.household.refresh_from_db()
        assert form.household.address == "5 ngõ Của Tôi"
        assert SchoolingRecord.objects.get(resident=child).class_name == "1B"

    @pytest.mark.parametrize(
        "packed", ["", "{", "[]", "null", '{"full_name": null}', '"x"', "{{}}"]
    )
    def test_what_cannot_be_read_is_as_if_nothing_were_stored(self, packed: str) -> None:
        data = QueryDict(mutable=True)
        data["initial-m1"] = packed
        data["m1-full_name"] = "Trần"
        found = unpack_initials(data)
        assert found["m1-full_name"] == "Trần"
        assert "initial-m1" not in found

    def test_several_ticks_come_back_as_several(self) -> None:
        data = QueryDict(mutable=True)
        data["initial-m1"] = json.dumps({"disability_kinds": "1,4", "female": "on"})
        found = unpack_initials(data)
        assert found.getlist("initial-m1-disability_kinds") == ["1", "4"]
        assert found["initial-m1-female"] == "on"


def posted(text: str) -> dict[str, Any]:
    """The fields of the phiếu as a browser without script would send them."""
    form = text[text.index('<form method="post" id="phieu"') :]
    form = form[: form.index("</form>")]
    data: dict[str, Any] = {}
    for tag, inner in re.findall(r"<select([^>]*)>(.*?)</select>", form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        first = re.search(r'value="([^"]*)"', inner)
        data[attribute(tag, "name")] = (chosen or first)[1]  # type: ignore[index]
    for tag in re.findall(r"<input([^>]*)>", form):
        name = attribute(tag, "name")
        if 'type="checkbox"' in tag:
            if " checked" in tag:
                data.setdefault(name, []).append(attribute(tag, "value") or "on")
        elif name:
            data[name] = attribute(tag, "value")
    return data


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


class TestSchoolChoices:
    def ask(self, client: Client, form: HouseholdForm, text: str) -> list[dict[str, str]]:
        answer = client.get(reverse("school_choices", args=[form.pk]), {"q": text})
        assert answer.status_code == 200
        found: list[dict[str, str]] = answer.json()["schools"]
        return found

    def test_a_name_without_diacritics_is_found_the_own_ward_first(
        self, teacher: Client, world: World, form: HouseholdForm
    ) -> None:
        School.objects.create(
            code="31TH02", name="Trường Tiểu học Lê Chân", kind="TH", ward=world.far_ward
        )
        School.objects.create(
            code="31TH03", name="Trường Tiểu học Lê Chân 2", kind="TH", ward=world.ward
        )
        found = [row["text"] for row in self.ask(teacher, form, "le chan")]
        assert found == ["TH Lê Chân 2 [31TH03]", "TH Lê Chân [31TH02]"]
        assert self.ask(teacher, form, "th le chan") == self.ask(teacher, form, "Tiểu học Lê Chân")

    def test_what_is_offered_is_understood_when_it_is_sent(
        self, teacher: Client, form: HouseholdForm, child: Resident, world: World
    ) -> None:
        [row] = self.ask(teacher, form, "31th01")
        answer = send(teacher, form, cell(line_of(child), "school", row["text"]))
        assert results(answer) == {f"{line_of(child)}-school": "saved"}
        assert SchoolingRecord.objects.get(resident=child).school == world.school

    def test_closed_schools_and_those_of_other_provinces_are_not_offered(
        self, teacher: Client, world: World, form: HouseholdForm
    ) -> None:
        elsewhere = make_unit("00001", Tier.WARD, make_unit("01", Tier.PROVINCE))
        School.objects.create(code="01TH", name="Trường Tiểu học Thử Xa", kind="TH", ward=elsewhere)
        School.objects.create(
            code="31X", name="Trường Tiểu học Thử Cũ", kind="TH", ward=world.ward,
            closed_on=date(2024, 1, 1),
        )  # fmt: skip
        assert [row["text"] for row in self.ask(teacher, form, "thu")] == ["TH Thử [31TH01]"]

    @pytest.mark.parametrize("text", ["", " ", "khong co truong nay", "[", "%", "\\", "x" * 5000])
    def test_nothing_found_is_an_empty_list(
        self, teacher: Client, form: HouseholdForm, text: str
    ) -> None:
        assert self.ask(teacher, form, text) == []

    def test_no_more_than_twenty_in_one_query(
        self, teacher: Client, world: World, form: HouseholdForm
    ) -> None:
        for n in range(30):
            School.objects.create(code=f"M{n}", name=f"Trường Mầm non {n}", kind="MN",
                                  ward=world.far_ward)  # fmt: skip
        with CaptureQueriesContext(connection) as found:
            assert len(self.ask(teacher, form, "mam non")) == 20
        assert sum('FROM "households_school"' in each["sql"] for each in found) == 1


def test_a_page_of_six_is_lean(teacher: Client, world: World) -> None:
    form = make_form(world)
    for age in (3, 7, 12, 16, 34, 60):
        last_year(add_person(form, age, f"Nguyễn Thị Bảo Anh {chr(65 + age)}").resident)
    page = text_of(teacher, form).encode()
    assert len(page) < 130_000
    # What a bad line carries: the portal's door compresses (deploy/Caddyfile).
    assert len(gzip.compress(page)) < 16_000


def test_a_locked_phieu_is_no_form_to_type_in(teacher: Client, form: HouseholdForm) -> None:
    HouseholdForm.objects.filter(pk=form.pk).update(
        state="approved", submitted_at="2025-09-01T00:00Z", approved_at="2025-09-02T00:00Z"
    )
    text = text_of(teacher, form)
    assert "data-editable" not in text
    assert "pcgd-entry.js" not in text
    assert '<fieldset class="bare" disabled>' in text
