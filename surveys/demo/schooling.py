"""What a child or young person of the ward studies and has finished, by age.

Age is survey year minus birth year. Someone who never repeated is in lớp ``age − 5`` from
the September in which they turn 6, finished primary the summer in which they turned 11 and
THCS the summer in which they turned 15. Shares are those of an ordinary town ward.
"""

from __future__ import annotations

from random import Random

from households.models import (
    CompletedLevel,
    DisabilityClass,
    SchoolingRecord,
    VocationalLevel,
)
from surveys.demo.enrolment import Enrolment

_NURSERY = {0: 0.01, 1: 0.2, 2: 0.55}
_KINDERGARTEN = {3: 0.975, 4: 0.985, 5: 0.992}
_PROGRAMME_DONE = 0.955
_STARTED_SCHOOL = 0.996
_PRESCHOOL_COMPLETED = 0.985
#: age → (left school before finishing THCS, a grade behind)
_LOWER_SECONDARY = {
    11: (0.0002, 0.013),
    12: (0.002, 0.02),
    13: (0.006, 0.02),
    14: (0.011, 0.02),
    15: (0.016, 0.016),
    16: (0.019, 0.005),
    17: (0.021, 0.002),
    18: (0.023, 0.0),
}
#: Inclusive classes reach nearly all in primary school, fewer before and after.
_ABLE_DISABLED_AT_SCHOOL = ((5, 0.9), (11, 0.985), (18, 0.88))


class ChildSchooling:
    """Fills the records of people up to 18."""

    def __init__(self, draw: Random, enrolment: Enrolment) -> None:
        self.draw, self.enrolment, self.year = draw, enrolment, enrolment.year

    def fill(self, record: SchoolingRecord, age: int) -> None:
        if record.disability == DisabilityClass.UNABLE:
            return
        able = record.disability == DisabilityClass.ABLE
        if able and age >= 3 and self._stays_at_home(record, age):
            return
        if age <= 2:
            self._nursery(record, age)
        elif age <= 5:
            self._kindergarten(record, age)
        elif age == 6:
            self._first_grade(record)
        elif age <= 10:
            self._primary(record, age, behind=0.25 if able and age >= 8 else 0.008)
        elif age <= 14:
            self._lower_secondary(record, age)
        else:
            self._after_lower_secondary(record, age)

    def _stays_at_home(self, record: SchoolingRecord, age: int) -> bool:
        """A disabled child who could study and is not at school, perhaps not any more."""
        share = next(share for oldest, share in _ABLE_DISABLED_AT_SCHOOL if age <= oldest)
        if self.draw.random() < share:
            return False
        if age >= 12 and self.draw.random() < 0.8:
            self.enrolment.complete(record, CompletedLevel.PRIMARY, self.year - (age - 11))
        return True

    def _nursery(self, record: SchoolingRecord, age: int) -> None:
        if self.draw.random() < _NURSERY[age]:
            self.enrolment.nursery(record)

    def _kindergarten(self, record: SchoolingRecord, age: int) -> None:
        if self.draw.random() < _KINDERGARTEN[age]:
            self.enrolment.kindergarten(record, age_group=age)
            record.preschool_programme_done = self.draw.random() < _PROGRAMME_DONE

    def _first_grade(self, record: SchoolingRecord) -> None:
        if self.draw.random() < _STARTED_SCHOOL:
            self.enrolment.grade(record, 1)
            self._completed_preschool(record, self.year)
        elif self.draw.random() < 0.6:
            self.enrolment.kindergarten(record, age_group=5)

    def _completed_preschool(self, record: SchoolingRecord, year: int) -> None:
        if self.draw.random() < _PRESCHOOL_COMPLETED:
            self.enrolment.complete(record, CompletedLevel.PRESCHOOL, year)

    def _primary(self, record: SchoolingRecord, age: int, *, behind: float) -> None:
        chance = self.draw.random()
        if chance < 0.0015:
            return
        late = chance < 0.0015 + behind
        self.enrolment.grade(record, age - 5 - late, repeating=late and self.draw.random() < 0.5)
        self._completed_preschool(record, self.year - (age - 6))

    def _lower_secondary(self, record: SchoolingRecord, age: int) -> None:
        """11 to 14: lớp 6 to 9, or one grade behind, or gone."""
        left, behind = _LOWER_SECONDARY[age]
        chance = self.draw.random()
        if chance < left:
            self._left_early(record, age)
            return
        late = chance < left + behind
        grade = age - 5 - late
        self.enrolment.grade(record, grade, repeating=late and self.draw.random() < 0.6)
        if grade == 5:
            self._completed_preschool(record, self.year - 5)
        else:
            # Behind, but not repeating now: the year was lost earlier, perhaps in primary.
            in_primary = late and not record.repeating
            in_primary = in_primary and (grade == 6 or self.draw.random() < 0.5)
            self.enrolment.complete(
                record, CompletedLevel.PRIMARY, self.year - (age - 11) + in_primary
            )

    def _left_early(self, record: SchoolingRecord, age: int) -> None:
        """Left during lớp 6 to 9, one to four years ago (at 11: during lớp 5)."""
        if age == 11:
            self.enrolment.complete(record, CompletedLevel.PRESCHOOL, self.year - 5)
            self.enrolment.drop_out(record, grade=5, year=self.year)
            return
        # Who is in lớp g during the school year that ends in year y turns g + 6 in y.
        grade = self.draw.randint(6, min(age - 6, 9))
        self.enrolment.complete(record, CompletedLevel.PRIMARY, self.year - (age - 11))
        self.enrolment.drop_out(record, grade=grade, year=self.year - (age - 6 - grade))

    def _after_lower_secondary(self, record: SchoolingRecord, age: int) -> None:
        left, behind = _LOWER_SECONDARY[age]
        chance = self.draw.random()
        if chance < left:
            self._left_early(record, age)
        elif chance < left + behind:
            self.enrolment.complete(record, CompletedLevel.PRIMARY, self.year - (age - 11))
            self.enrolment.grade(record, 9, repeating=self.draw.random() < 0.7)
        elif age == 18:
            self._eighteen(record)
        else:
            self.enrolment.complete(record, CompletedLevel.LOWER_SECONDARY, self.year - (age - 15))
            self._upper_secondary(record, age)

    def _upper_secondary(self, record: SchoolingRecord, age: int) -> None:
        """15 to 17, THCS finished: THPT, GDTX, a trade, or work."""
        chance = self.draw.random()
        on_time = age - 5
        dropped = {15: 0.0, 16: 0.012, 17: 0.022}[age]
        if chance < 0.78:
            late = age > 15 and self.draw.random() < 0.015
            self.enrolment.grade(record, on_time - late, repeating=late)
        elif chance < 0.86:
            self.enrolment.continuing(record, on_time)
        elif chance < 0.965 - dropped:
            self.enrolment.vocational(record)
        elif chance < 0.965:
            grade = self.draw.randint(10, age - 6)
            self.enrolment.drop_out(record, grade=grade, year=self.year - (age - 6 - grade))
        else:
            record.finished_grade, record.finished_year = 9, record.completed_year

    def _eighteen(self, record: SchoolingRecord) -> None:
        """The summer after lớp 12."""
        lower = self.year - 3
        chance = self.draw.random()
        if chance < 0.83:
            self.enrolment.complete(record, CompletedLevel.UPPER_SECONDARY, self.year)
            record.completed_continuing = self.draw.random() < 0.09
            self._leaver(record)
            return
        self.enrolment.complete(record, CompletedLevel.LOWER_SECONDARY, lower)
        if chance < 0.85:
            self.enrolment.grade(record, 12, repeating=True)
        elif chance < 0.91:
            self.enrolment.vocational(record)
        elif chance < 0.955:
            record.vocational_level = VocationalLevel.INTERMEDIATE
            record.vocational_year = self.year
        else:
            grade = self.draw.randint(10, 12)
            self.enrolment.drop_out(record, grade=grade, year=self.year - (12 - grade))

    def _leaver(self, record: SchoolingRecord) -> None:
        chance = self.draw.random()
        if chance < 0.6:
            self.enrolment.higher(record)
        elif chance < 0.74:
            self.enrolment.vocational(record)
