"""One invented person a year later: a grade further, a level finished, a way taken.

The record of the new year begins as what was known of the year before; ages are counted as
everywhere (survey year minus birth year).
"""

from __future__ import annotations

from random import Random

from households.models import (
    CompletedLevel,
    DisabilityClass,
    SchoolingRecord,
    StudyLevel,
    StudySystem,
    VocationalLevel,
)
from surveys.demo.enrolment import Enrolment

#: What a person has finished, or never will, stays with them.
_KEPT = (
    "residence_kind", "completed_level", "completed_continuing", "completed_year",
    "completion_evidence", "vocational_level", "vocational_year", "diploma_number",
    "finished_grade", "finished_year", "dropped_grade", "dropped_year", "dropout_reason",
    "literacy_class", "literacy_completed", "relapse",
)  # fmt: skip
_NURSERY = {0: 0.01, 1: 0.2, 2: 0.55}
_KINDERGARTEN = 0.99
_PROGRAMME_DONE = 0.965
_REPEATS = {StudyLevel.PRIMARY: 0.006, StudyLevel.LOWER_SECONDARY: 0.003}
_LEAVES = {
    StudyLevel.PRIMARY: 0.0002,
    StudyLevel.LOWER_SECONDARY: 0.002,
    StudyLevel.UPPER_SECONDARY: 0.009,
}
_COMES_BACK = 0.2
_LAST_TERM = 5


class Growing:
    """Fills records of the year after. ``effort`` (0 to 1) is how much of what a ward can do
    has taken effect: leavers led into a trade, adults into literacy classes."""

    def __init__(self, draw: Random, enrolment: Enrolment, effort: float) -> None:
        self.draw, self.enrolment, self.effort = draw, enrolment, effort
        self.year = enrolment.year

    def next_year(self, before: SchoolingRecord) -> SchoolingRecord:
        """The record of the same person in the enrolment's year, not yet saved."""
        record = SchoolingRecord(
            resident=before.resident, year=self.year, household=before.household
        )
        for name in _KEPT:
            setattr(record, name, getattr(before, name))
        record.copy_counted_facts()
        if record.disability != DisabilityClass.UNABLE:
            self._study(record, before, self.year - record.birth_year)
            self._keep_school(record, before)
        return record

    def _study(self, record: SchoolingRecord, before: SchoolingRecord, age: int) -> None:
        if age <= 2:
            if self.draw.random() < max(_NURSERY[age], 0.95 * self._was(before, "NURSERY")):
                self.enrolment.nursery(record)
        elif age <= 5:
            self._kindergarten(record, age)
        elif before.study_level == StudyLevel.KINDERGARTEN or age == 6:
            self._first_grade(record, before)
        elif before.study_level in _LEAVES:
            self._next_grade(record, before, age)
        elif before.study_level == StudyLevel.VOCATIONAL:
            self._trade(record, age)
        elif before.study_level == StudyLevel.HIGHER:
            self._university(record, age)
        elif 7 <= age <= 18:
            self._out_of_school(record, age)
        else:
            self._literacy(record)

    @staticmethod
    def _was(before: SchoolingRecord, level: str) -> bool:
        return before.study_level == StudyLevel[level]

    def _kindergarten(self, record: SchoolingRecord, age: int) -> None:
        if self.draw.random() < _KINDERGARTEN:
            self.enrolment.kindergarten(record, age_group=age)
            record.preschool_programme_done = self.draw.random() < _PROGRAMME_DONE

    def _first_grade(self, record: SchoolingRecord, before: SchoolingRecord) -> None:
        if self.draw.random() < 0.004:
            self.enrolment.kindergarten(record, age_group=5)
            return
        self.enrolment.grade(record, 1)
        if before.preschool_programme_done or self.draw.random() < 0.5:
            self.enrolment.complete(record, CompletedLevel.PRESCHOOL, self.year)

    def _next_grade(self, record: SchoolingRecord, before: SchoolingRecord, age: int) -> None:
        level, grade = StudyLevel(before.study_level), before.grade or 1
        chance = self.draw.random()
        if chance < _LEAVES[level]:
            self.enrolment.drop_out(record, grade=grade, year=self.year)
            return
        continuing = before.study_system == StudySystem.CONTINUING
        if chance < _LEAVES[level] + _REPEATS.get(level, 0.004) and not continuing:
            self.enrolment.grade(record, grade, repeating=True)
            return
        if grade == 5:
            self.enrolment.complete(record, CompletedLevel.PRIMARY, self.year)
        elif grade == 9:
            self.enrolment.complete(record, CompletedLevel.LOWER_SECONDARY, self.year)
            self._after_lower_secondary(record)
            return
        elif grade == 12:
            self.enrolment.complete(record, CompletedLevel.UPPER_SECONDARY, self.year)
            record.completed_continuing = continuing
            self._after_upper_secondary(record)
            return
        if continuing:
            self.enrolment.continuing(record, grade + 1)
        else:
            self.enrolment.grade(record, grade + 1)

    def _after_lower_secondary(self, record: SchoolingRecord) -> None:
        chance = self.draw.random()
        if chance < 0.8:
            self.enrolment.grade(record, 10)
        elif chance < 0.88:
            self.enrolment.continuing(record, 10)
        elif chance < 0.95 + 0.04 * self.effort:
            self.enrolment.vocational(record)
        else:
            record.finished_grade, record.finished_year = 9, self.year

    def _after_upper_secondary(self, record: SchoolingRecord) -> None:
        chance = self.draw.random()
        trade = 0.1 + 0.4 * self.effort
        if chance < trade:
            self.enrolment.vocational(record)
        elif chance < trade + 0.45:
            self.enrolment.higher(record)

    def _trade(self, record: SchoolingRecord, age: int) -> None:
        if age <= 18 or self.draw.random() < 0.3:
            self.enrolment.vocational(record)
            return
        record.vocational_level = max(record.vocational_level, VocationalLevel.INTERMEDIATE)
        record.vocational_year = self.year

    def _university(self, record: SchoolingRecord, age: int) -> None:
        if age <= 21 or self.draw.random() < 0.25:
            self.enrolment.higher(record)
            return
        record.vocational_level = max(record.vocational_level, VocationalLevel.UNIVERSITY)
        record.vocational_year = self.year

    def _out_of_school(self, record: SchoolingRecord, age: int) -> None:
        """Some are led back into the grade that they left, or start late."""
        if self.draw.random() >= _COMES_BACK * (1 + self.effort):
            return
        if record.completed_level <= CompletedLevel.PRESCHOOL:
            grade = min(record.dropped_grade or 1, 5)
        elif record.completed_level == CompletedLevel.PRIMARY:
            grade = min(max(record.dropped_grade or 6, 6), 9)
        elif record.completed_level == CompletedLevel.LOWER_SECONDARY:
            grade = min(max(record.dropped_grade or 10, 10), 12)
        else:
            return
        record.dropped_grade = record.dropped_year = record.dropout_reason = None
        if grade >= 10:
            self.enrolment.continuing(record, grade)
        else:
            self.enrolment.grade(record, grade)

    def _literacy(self, record: SchoolingRecord) -> None:
        """Literacy classes go on, term by term (TT 33/2021, kỳ 1 to 5)."""
        if record.literacy_class:
            record.literacy_completed = max(record.literacy_completed or 0, record.literacy_class)
            following = record.literacy_class + 1
            record.literacy_class = following if following <= _LAST_TERM else None
        elif self._cannot_read(record) and self.draw.random() < 0.05 + 0.3 * self.effort:
            record.literacy_class = (record.literacy_completed or 0) + 1

    @staticmethod
    def _cannot_read(record: SchoolingRecord) -> bool:
        return (
            record.completed_level <= CompletedLevel.PRESCHOOL
            and record.vocational_level == VocationalLevel.NONE
            and (record.finished_grade or record.dropped_grade or 0) < 3
            and (record.literacy_completed or 0) < 3
        )

    def _keep_school(self, record: SchoolingRecord, before: SchoolingRecord) -> None:
        """A pupil stays at the school and in the class, as long as it is one of the ward's
        own or one elsewhere, and the level is the same."""
        if record.study_level != before.study_level or record.study_level == StudyLevel.NONE:
            return
        if record.study_system != before.study_system:
            return
        own = {school.pk for some in self.enrolment.schools.values() for school in some}
        if before.school_id in own or (before.school_id is None and before.school_text):
            record.school_id, record.school_text = before.school_id, before.school_text
            record.place_of_study = before.place_of_study
        if record.grade and before.grade and record.study_level != StudyLevel.KINDERGARTEN:
            group = before.class_name.removeprefix(str(before.grade))
            record.class_name = f"{record.grade}{group}"
        elif record.grade is None:
            record.class_name = before.class_name
