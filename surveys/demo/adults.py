"""What an adult of 19 or more has finished, or is still learning, by cohort."""

from __future__ import annotations

from bisect import bisect_right
from random import Random

from households.models import (
    CompletedLevel,
    DisabilityClass,
    SchoolingRecord,
    VocationalLevel,
)
from surveys.demo.enrolment import Enrolment

#: Age → share whose last completed level is THPT, THCS, TH; the rest finished none. Between
#: two ages the shares change evenly.
_COMPLETED = {
    19: (0.860, 0.120, 0.014),
    25: (0.830, 0.140, 0.020),
    35: (0.720, 0.220, 0.043),
    45: (0.560, 0.340, 0.073),
    60: (0.420, 0.400, 0.135),
    90: (0.250, 0.350, 0.250),
}
_COMPLETED_AGES = list(_COMPLETED)
_AGE_AT = {
    CompletedLevel.UPPER_SECONDARY: 18,
    CompletedLevel.LOWER_SECONDARY: 15,
    CompletedLevel.PRIMARY: 11,
}
#: Age → share of THPT leavers at university or college now.
_AT_UNIVERSITY = {19: 0.58, 20: 0.55, 21: 0.48, 22: 0.2, 23: 0.08, 24: 0.04, 25: 0.02}
_DEGREES = {
    VocationalLevel.NONE: 34,
    VocationalLevel.ELEMENTARY: 6,
    VocationalLevel.INTERMEDIATE: 14,
    VocationalLevel.COLLEGE: 13,
    VocationalLevel.UNIVERSITY: 30,
    VocationalLevel.MASTER: 3,
    VocationalLevel.DOCTOR: 0.3,
}
_YEARS_TO_DEGREE = {
    VocationalLevel.ELEMENTARY: 1,
    VocationalLevel.INTERMEDIATE: 2,
    VocationalLevel.COLLEGE: 3,
    VocationalLevel.UNIVERSITY: 4,
    VocationalLevel.MASTER: 7,
    VocationalLevel.DOCTOR: 12,
}


class AdultSchooling:
    """Fills the records of people of 19 and more."""

    def __init__(self, draw: Random, enrolment: Enrolment) -> None:
        self.draw, self.enrolment, self.year = draw, enrolment, enrolment.year

    def fill(self, record: SchoolingRecord, age: int) -> None:
        unable = record.disability == DisabilityClass.UNABLE
        if unable and self.draw.random() < 0.6:
            return
        upper, lower, primary = shares_at(age)
        chance = self.draw.random()
        if chance < upper:
            self._finished(record, CompletedLevel.UPPER_SECONDARY, age)
            if not unable:
                self._after_upper_secondary(record, age)
        elif chance < upper + lower:
            self._finished(record, CompletedLevel.LOWER_SECONDARY, age)
            self._after_lower_secondary(record, age)
        elif chance < upper + lower + primary:
            self._finished(record, CompletedLevel.PRIMARY, age)
            self._after_primary(record, age)
        else:
            self._finished_nothing(record, age)

    def _finished(self, record: SchoolingRecord, level: CompletedLevel, age: int) -> None:
        self.enrolment.complete(record, level, self.year - (age - _AGE_AT[level]))

    def _after_upper_secondary(self, record: SchoolingRecord, age: int) -> None:
        if self.draw.random() < 0.06:
            record.completed_continuing = True
        if self.draw.random() < _AT_UNIVERSITY.get(age, 0.004 if age < 40 else 0.0):
            self.enrolment.higher(record)
            return
        if age <= 20 and self.draw.random() < 0.12:
            self.enrolment.vocational(record)
            return
        self._degree(record, age, list(_DEGREES))

    def _degree(self, record: SchoolingRecord, age: int, choices: list[VocationalLevel]) -> None:
        level = self.draw.choices(choices, [_DEGREES[choice] for choice in choices])[0]
        since_school = age - 18
        if level and since_school >= _YEARS_TO_DEGREE[level]:
            record.vocational_level = level
            # Most go straight on after school, some study later beside work.
            late = self.draw.randint(0, min(6, since_school - _YEARS_TO_DEGREE[level]))
            record.vocational_year = self.year - since_school + _YEARS_TO_DEGREE[level] + late

    def _after_lower_secondary(self, record: SchoolingRecord, age: int) -> None:
        chance = self.draw.random()
        if chance < 0.15:
            self._degree(record, age, [VocationalLevel.ELEMENTARY, VocationalLevel.INTERMEDIATE])
        elif chance < 0.3:
            grade = self.draw.randint(10, 11)
            self.enrolment.drop_out(record, grade=grade, year=self.year - (age - 6 - grade))
        elif chance < 0.6:
            record.finished_grade, record.finished_year = 9, record.completed_year

    def _after_primary(self, record: SchoolingRecord, age: int) -> None:
        chance = self.draw.random()
        if chance < 0.5:
            grade = self.draw.randint(6, 9)
            self.enrolment.drop_out(record, grade=grade, year=self.year - (age - 6 - grade))
        elif chance < 0.7:
            grade = self.draw.randint(6, 8)
            record.finished_grade = grade
            record.finished_year = self.year - (age - 6 - grade)
        elif age > 35 and chance < 0.72:
            # Finished primary long ago and reads no more (tái mù chữ).
            record.relapse = 1 if self.draw.random() < 0.5 else 2

    def _finished_nothing(self, record: SchoolingRecord, age: int) -> None:
        """Stopped in lớp 1 to 4, went to literacy classes (TT 33/2021, kỳ 1 to 5), or never
        learnt to read."""
        chance = self.draw.random()
        if chance < 0.4:
            grade = self.draw.randint(3, 4)
            record.finished_grade = grade
            record.finished_year = self.year - (age - 6 - grade)
            if age > 35 and self.draw.random() < 0.06:
                record.relapse = 1
        elif chance < 0.55:
            record.literacy_completed = 3
            if self.draw.random() < 0.2:
                record.literacy_class = 4
        elif chance < 0.68:
            record.literacy_completed = 5
        elif chance < 0.76:
            record.literacy_class = self.draw.randint(1, 3)
            record.literacy_completed = record.literacy_class - 1 or None
        elif chance < 0.86:
            grade = self.draw.randint(1, 2)
            record.finished_grade = grade
            record.finished_year = self.year - (age - 6 - grade)


def shares_at(age: int) -> tuple[float, float, float]:
    """Shares of THPT, THCS and TH as last completed level at ``age``."""
    if age >= _COMPLETED_AGES[-1]:
        return _COMPLETED[_COMPLETED_AGES[-1]]
    after = bisect_right(_COMPLETED_AGES, age)
    young, old = _COMPLETED_AGES[after - 1], _COMPLETED_AGES[after]
    part = (age - young) / (old - young)
    upper, lower, primary = (
        before + part * (later - before)
        for before, later in zip(_COMPLETED[young], _COMPLETED[old], strict=True)
    )
    return upper, lower, primary
