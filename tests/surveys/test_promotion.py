"""From last year's line to this year's: every rule, on records that no database has seen."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from households.class_marks import parse_class_mark, write_class_mark
from households.models import (
    CompletedLevel,
    CompletionEvidence,
    DropoutReason,
    PlaceOfStudy,
    Relation,
    ResidenceState,
    Resident,
    School,
    SchoolingRecord,
    SchoolKind,
    StudySystem,
    VocationalLevel,
)
from surveys.promotion import Kind, Proposal, propose, questions_of

YEAR, ON = 2026, date(2026, 9, 30)
HERE, ELSEWHERE = 7, 8

PRIMARY = School(pk=1, name="TH Thử", kind=SchoolKind.PRIMARY, ward_id=HERE)
NINE_YEARS = School(pk=2, name="TH&THCS Thử", kind=SchoolKind.PRIMARY_LOWER, ward_id=HERE)
FAR = School(pk=3, name="THCS Xa", kind=SchoolKind.LOWER_SECONDARY, ward_id=ELSEWHERE)
NURSERY = School(pk=4, name="MN Thử", kind=SchoolKind.PRESCHOOL, ward_id=HERE)


def last_line(age: int, mark: str = "", *, year: int = YEAR - 1, **facts: Any) -> SchoolingRecord:
    """The line of ``year`` of somebody who is ``age`` in the year after."""
    person = Resident(
        pk=5, household_id=3, birth_year=year + 1 - age, full_name="Thử", sex="F",
        relation=facts.pop("relation", Relation.CHILD),
    )  # fmt: skip
    read = parse_class_mark(mark)
    return SchoolingRecord(
        resident=person, year=year, birth_year=person.birth_year,
        **{
            "household_id": 3, "study_level": read.level, "study_system": read.system,
            "grade": read.grade, "class_name": read.name, "two_sessions": read.two_sessions,
            "repeating": read.repeating, "place_of_study": 1 if mark else 0, **facts,
        },
    )  # fmt: skip


def proposed(last: SchoolingRecord, year: int = YEAR) -> Proposal:
    return propose(last, person=last.resident, year=year, ward_id=HERE, on=date(year, 9, 30))


def line_of(last: SchoolingRecord, year: int = YEAR) -> SchoolingRecord:
    record = SchoolingRecord(
        resident=last.resident, year=year, household_id=3, **proposed(last, year).values
    )
    record.copy_counted_facts()
    return record


@pytest.mark.parametrize(
    ("age", "before", "kind", "after"),
    [
        (9, "3B", Kind.PROMOTED, "4B"),
        (9, "3B*", Kind.PROMOTED, "4B*"),
        (12, "6A2", Kind.PROMOTED, "7A2"),
        (15, "8/1", Kind.PROMOTED, "9/1"),
        (17, "11A2", Kind.PROMOTED, "12A2"),
        (17, "10 TX", Kind.PROMOTED, "11 TX"),
        (30, "4 TX", Kind.PROMOTED, "5 TX"),
        (9, "3B!", Kind.PROMOTED, "4B"),
        (5, "MG 4A", Kind.PROMOTED, "MG 5A"),
        (4, "MG 3", Kind.PROMOTED, "MG 4"),
        (5, "MG", Kind.PROMOTED, "MG 5"),
        (5, "MG 3 Hoa Sen", Kind.PROMOTED, "MG 5 Hoa Sen"),
        (3, "NT", Kind.PROMOTED, "MG 3"),
        (4, "NT", Kind.PROMOTED, "MG 4"),
        (2, "NT", Kind.SAME, "NT"),
        (6, "MG 5A", Kind.FINISHES, "1"),
        (7, "MG 5", Kind.FINISHES, "1"),
        (11, "5C*", Kind.FINISHES, "6"),
        (15, "9A1", Kind.FINISHES, ""),
        (18, "12A7", Kind.FINISHES, ""),
        (19, "12 TX", Kind.FINISHES, ""),
        (17, "TC Điện", Kind.SAME, "TC Điện"),
        (20, "ĐH", Kind.SAME, "ĐH"),
        (40, "", Kind.SAME, ""),
        (9, "TH", Kind.UNSURE, "TH"),
        (16, "THPT TX", Kind.UNSURE, "THPT TX"),
    ],
)  # fmt: skip
def test_the_class_that_follows(age: int, before: str, kind: Kind, after: str) -> None:
    last = last_line(age, before)

    assert proposed(last).kind == kind
    assert write_class_mark(line_of(last)) == after


@pytest.mark.parametrize(
    "before", ["3B*!", "11A2", "10 TX", "NT", "MG 4A", "MG", "TC May", "CĐ", "TH", "5A", "9", ""]
)
@pytest.mark.parametrize("age", [2, 3, 5, 6, 9, 17])
def test_the_proposed_class_reads_as_the_same_facts(age: int, before: str) -> None:
    record = line_of(last_line(age, before))

    mark = parse_class_mark(write_class_mark(record))

    assert (mark.level, mark.grade) == (record.study_level, record.grade)
    assert mark.system == record.study_system
    assert (mark.two_sessions, mark.repeating) == (record.two_sessions, record.repeating)


def test_a_class_that_cannot_be_read_again_is_written_from_its_number() -> None:
    odd = last_line(9, "3", class_name="Lớp ba")

    assert write_class_mark(line_of(odd)) == "4"


def test_a_gdtx_class_without_the_word_keeps_the_system() -> None:
    last = last_line(17, "10A", study_system=StudySystem.CONTINUING)

    record = line_of(last)

    assert record.study_system == StudySystem.CONTINUING
    assert write_class_mark(record) == "11A TX"


@pytest.mark.parametrize(
    ("age", "before", "level", "evidence", "year"),
    [
        (6, "MG 5", CompletedLevel.PRESCHOOL, None, 2026),
        (11, "5A", CompletedLevel.PRIMARY, None, 2026),
        (15, "9A", CompletedLevel.LOWER_SECONDARY, CompletionEvidence.CONFIRMED, 2026),
        (15, "9A", CompletedLevel.LOWER_SECONDARY, CompletionEvidence.DIPLOMA, 2025),
        (18, "12A", CompletedLevel.UPPER_SECONDARY, CompletionEvidence.DIPLOMA, 2026),
    ],
)
def test_the_last_class_finishes_its_level(
    age: int, before: str, level: CompletedLevel, evidence: CompletionEvidence | None, year: int
) -> None:
    """No THCS diploma is issued from 1/1/2026."""
    record = line_of(last_line(age, before, year=year - 1), year)

    assert record.completed_level == level
    assert record.completed_year == year
    assert record.completion_evidence == evidence
    assert not record.completed_continuing


@pytest.mark.parametrize("before", ["9 TX", "12 TX"])
def test_gdtx_finishes_as_bo_tuc(before: str) -> None:
    assert line_of(last_line(20, before)).completed_continuing


def test_a_level_that_was_completed_before_keeps_its_year() -> None:
    last = last_line(
        11, "5A", completed_level=CompletedLevel.PRIMARY, completed_year=2024, diploma_number="17"
    )

    record = line_of(last)

    assert (record.completed_year, record.diploma_number) == (2024, "17")


def test_a_class_in_the_middle_finishes_nothing() -> None:
    last = last_line(9, "3B", completed_level=CompletedLevel.PRESCHOOL, completed_year=2023)

    record = line_of(last)

    assert (record.completed_level, record.completed_year) == (CompletedLevel.PRESCHOOL, 2023)


def test_the_school_stays_within_the_level() -> None:
    record = line_of(last_line(9, "3B*", school=PRIMARY))

    assert record.school_id == PRIMARY.pk
    assert record.place_of_study == PlaceOfStudy.HERE
    assert record.two_sessions


def test_a_school_of_another_ward_stays_elsewhere() -> None:
    record = line_of(last_line(13, "7A", school=FAR))

    assert record.school_id == FAR.pk
    assert record.place_of_study == PlaceOfStudy.ELSEWHERE


def test_a_school_written_as_text_stays() -> None:
    record = line_of(last_line(13, "7A", school_text="THCS Minh Họa"))

    assert record.school_text == "THCS Minh Họa"
    assert record.place_of_study == PlaceOfStudy.ELSEWHERE


@pytest.mark.parametrize(("age", "before"), [(11, "5A*"), (6, "MG 5*")])
def test_the_next_level_has_a_school_to_be_written(age: int, before: str) -> None:
    school = PRIMARY if before.startswith("5") else NURSERY
    last = last_line(age, before, school=school)

    record = line_of(last)

    assert record.school_id is None
    assert not record.two_sessions, "what another school does is not known"
    assert record.place_of_study == PlaceOfStudy.HERE
    assert [each.field for each in questions_of(record, last)] == ["school"]


def test_a_school_of_nine_years_is_kept_into_lop_6() -> None:
    record = line_of(last_line(11, "5A*", school=NINE_YEARS))

    assert record.school_id == NINE_YEARS.pk
    assert write_class_mark(record) == "6A*"


def test_a_nursery_child_stays_at_its_school_into_kindergarten() -> None:
    assert line_of(last_line(3, "NT*", school=NURSERY)).school_id == NURSERY.pk


@pytest.mark.parametrize(("closed", "kept"), [(ON, False), (date(2026, 10, 1), True)])
def test_a_school_that_has_closed_since_is_asked_for(closed: date, kept: bool) -> None:
    """Closed on the statistics point itself is closed."""
    school = School(pk=9, name="TH Cũ", kind=SchoolKind.PRIMARY, ward_id=HERE, closed_on=closed)
    last = last_line(9, "3B*", school=school)

    record = line_of(last)

    assert (record.school_id is not None) == kept
    assert record.two_sessions == kept
    assert write_class_mark(record).startswith("4B")
    asked = [each.sentence for each in questions_of(record, last)]
    assert asked == ([] if kept else ["TH Cũ đã ngừng: ghi trường đang học."])


def test_what_is_said_anew_each_year_is_not_carried() -> None:
    last = last_line(9, "3B!", preschool_marks="P P", preschool_programme_done=True)

    record = line_of(last)

    assert not record.repeating
    assert record.preschool_marks == ""
    assert not record.preschool_programme_done


def test_the_programme_of_the_age_follows_from_the_class_gone_through() -> None:
    """As finishing lớp 5 does; at home there is no programme to finish."""
    assert line_of(last_line(5, "MG 4")).preschool_programme_done
    assert line_of(last_line(3, "NT")).preschool_programme_done
    assert not line_of(last_line(2, "NT")).preschool_programme_done
    assert not line_of(last_line(4, "")).preschool_programme_done


def test_what_a_person_gave_up_or_finished_stays() -> None:
    last = last_line(
        17, dropped_grade=8, dropped_year=2024, dropout_reason=DropoutReason.HARDSHIP,
        completed_level=CompletedLevel.PRIMARY, completed_year=2020,
        vocational_level=VocationalLevel.ELEMENTARY, vocational_year=2025, diploma_number="A1",
        finished_grade=7, finished_year=2023, relapse=2, literacy_completed=3,
    )  # fmt: skip

    record = line_of(last)

    for name in (
        "dropped_grade", "dropped_year", "dropout_reason", "completed_level", "completed_year",
        "vocational_level", "vocational_year", "diploma_number", "finished_grade",
        "finished_year", "relapse", "literacy_completed",
    ):  # fmt: skip
        assert getattr(record, name) == getattr(last, name), name
    assert proposed(last).kind == Kind.SAME


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ResidenceState.PRESENT, ResidenceState.PRESENT),
        (ResidenceState.AWAY, ResidenceState.AWAY),
        (ResidenceState.MOVED_IN, ResidenceState.PRESENT),
        (ResidenceState.UNKNOWN, ResidenceState.UNKNOWN),
    ],
)
def test_where_the_person_lives(before: ResidenceState, after: ResidenceState) -> None:
    assert line_of(last_line(30, residence_state=before)).residence_state == after


@pytest.mark.parametrize("state", [ResidenceState.MOVED_OUT, ResidenceState.DEAD])
def test_who_left_or_died_is_not_carried(state: ResidenceState) -> None:
    proposal = proposed(last_line(30, residence_state=state))

    assert proposal.kind == Kind.GONE
    assert not proposal.is_carried


def test_who_moved_to_another_household_has_arrived_there() -> None:
    last = last_line(9, "3B", household_id=99, residence_state=ResidenceState.MOVED_OUT)

    record = line_of(last)

    assert record.residence_state == ResidenceState.MOVED_IN
    assert "Mới chuyển đến hộ này: xem lại lớp và trường." in [
        each.sentence for each in questions_of(record, last)
    ]


def test_who_died_elsewhere_is_not_carried() -> None:
    last = last_line(70, household_id=99, residence_state=ResidenceState.DEAD)

    assert proposed(last).kind == Kind.GONE


@pytest.mark.parametrize(
    ("age", "relation", "kind"),
    [
        (60, Relation.PARENT, Kind.SAME),
        (61, Relation.PARENT, Kind.LEAVES),
        (61, Relation.HEAD, Kind.SAME),
        (80, Relation.HEAD, Kind.SAME),
        (80, Relation.GRANDPARENT, Kind.LEAVES),
    ],
)
def test_past_sixty_only_the_head_stays(age: int, relation: Relation, kind: Kind) -> None:
    assert proposed(last_line(age, relation=relation)).kind == kind


def test_the_ages_at_which_people_change_bands_are_marked() -> None:
    marked = {age: proposed(last_line(age, relation=Relation.HEAD)) for age in (14, 15, 16, 60, 61)}

    assert [age for age, each in marked.items() if each.turns_15] == [15]
    assert [age for age, each in marked.items() if each.turns_61] == [61]


@pytest.mark.parametrize(
    ("term", "completed", "known"), [(1, None, None), (2, None, 1), (4, 3, 3), (5, 2, 4)]
)
def test_a_literacy_term_proves_only_the_terms_before_it(
    term: int, completed: int | None, known: int | None
) -> None:
    """Whether kỳ n was finished is a certificate's to say: literacy is not given away, nor
    taken (in kỳ 4 somebody counts as literate at level 1)."""
    last = last_line(40, literacy_class=term, literacy_completed=completed)

    record = line_of(last)

    assert record.literacy_class is None
    assert record.literacy_completed == known
    assert proposed(last).kind == Kind.UNSURE
    assert f"kỳ {term}" in questions_of(record, last)[0].sentence


@pytest.mark.parametrize(
    ("last", "field", "words"),
    [
        (last_line(15, "9A"), "class_mark", "Học xong lớp 9"),
        (last_line(18, "12A"), "class_mark", "Học xong lớp 12"),
        (last_line(9, "TH", school=PRIMARY), "class_mark", "ghi lớp"),
        (last_line(3), "class_mark", "3 tuổi, chưa ghi lớp"),
        (last_line(6), "class_mark", "6 tuổi, chưa ghi lớp"),
        (last_line(30, residence_state=ResidenceState.UNKNOWN), "residence_state", "chưa xác định"),
        (last_line(9, "3B"), "school", "Lớp 4B: ghi trường."),
    ],
)
def test_what_the_proposal_cannot_know_is_asked(
    last: SchoolingRecord, field: str, words: str
) -> None:
    (question,) = questions_of(line_of(last), last)

    assert question.field == field
    assert words in question.sentence


@pytest.mark.parametrize(
    "last",
    [
        last_line(9, "3B", school=PRIMARY),
        last_line(2),
        last_line(7),
        last_line(40, completed_level=CompletedLevel.PRIMARY),
        last_line(17, dropped_grade=8),
        last_line(20, "ĐH", school_text="Đại học Minh Họa"),
        last_line(5, school=None, residence_state=ResidenceState.AWAY, disability=2),
    ],
)
def test_nothing_is_asked_where_nothing_is_open(last: SchoolingRecord) -> None:
    if last.disability:
        last.resident.disability_kinds, last.resident.can_study = 1, False

    assert questions_of(line_of(last), last) == []


def test_a_missed_year_asks_for_a_look_at_the_whole_line() -> None:
    last = last_line(9, "3B", school=PRIMARY, year=YEAR - 2)
    record = line_of(last, YEAR - 1)
    record.year = YEAR

    assert f"Không có phiếu năm {YEAR - 1}" in questions_of(record, last)[0].sentence
