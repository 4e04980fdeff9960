"""The standards of a ward once more, in openfisca-core, for a second opinion.

Written from the tables of the decrees and not from ``standards/documents``; it shares no line and
no number with the engine. Every ward is one "person" of the simulation, every rule a variable.
A rate is 1 when reached, -1 when not, 0 when there is nobody to count; a level is held when no
rate of it is missed, one at least is reached, and the levels it needs are held.
"""

from pathlib import Path

import numpy
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

Ward = build_entity(key="ward", plural="wards", label="Xã", is_person=True)

FIGURES = {
    "age5_attending": "age5_total",
    "mn_completed": "mn_completion_total",
    "age3_5_attending": "age3_5_total",
    "age3_5_completed": "age3_5_total",
    "age6_in_grade1": "age6_total",
    "age11_14_completed_primary": "age11_14_total",
    "age11_completed_primary": "age11_total",
    "age15_18_graduated": "age15_18_total",
    "age15_18_studying_on": "age15_18_total",
    "age15_25_literate1": "age15_25_total",
    "age15_35_literate1": "age15_35_total",
    "age15_35_literate2": "age15_35_total",
    "age15_60_literate2": "age15_60_total",
}
REST = "age11_rest_in_primary"
CONDITIONS = {
    "mn_disabled_reached": "mn_disabled_able",
    "th_disabled_reached": "th_disabled_able",
    "thcs_disabled_reached": "thcs_disabled_able",
    "xmc_disabled_reached": "xmc_disabled_able",
    "mn5_rooms": "mn5_classes",
    "mn5_activity_area_dm2": "mn5_children",
    "mn5_classes_equipped": "mn5_classes",
    "mn_teachers_entitled": "mn_teachers",
    "mn5_teachers_standard": "mn5_teachers",
    "mn_schools_with_monitor": "mn_schools",
    "th_rooms": "th_classes",
    "th_teachers_standard": "th_teachers",
    "th_schools_with_monitor": "th_schools",
    "thcs_rooms": "thcs_classes",
    "thcs_teachers_standard": "thcs_teachers",
    "thcs_schools_with_monitor": "thcs_schools",
    "xmc_schools_with_monitor": "xmc_schools",
}
#: More than one per one of the other, or counted in hundredths.
RATIOS = ("mn5_rooms", "th_rooms", "thcs_rooms", "mn5_activity_area_dm2")


def judge(part, whole, percent):
    """1 reached, -1 not, 0 nobody to count."""
    reached = numpy.where(100 * part >= percent * whole, 1, -1)
    return numpy.where(whole == 0, 0, reached)


def all_hold(*rates):
    missed = numpy.logical_or.reduce([rate == -1 for rate in rates])
    reached = numpy.logical_or.reduce([rate == 1 for rate in rates])
    return ~missed & reached


class _Law:
    """The figures and thresholds of the wards on one day."""

    def __init__(self, ward, period, parameters):
        self._ward, self._period = ward, period
        self.at = parameters(period)
        self.poor = ward("disadvantaged", period)

    def figure(self, code):
        return self._ward(code, self._period)

    def rate(self, part, node):
        """``node``: one threshold for all wards, or one for each kind of area."""
        percent = node
        if hasattr(node, "normal"):
            percent = numpy.where(self.poor, node.disadvantaged, node.normal)
        return judge(self.figure(part), self.figure(FIGURES[part]), percent)

    def rest_in_primary(self):
        """All who are 11 and have not completed primary are studying it."""
        total = self.figure("age11_total")
        left = total - self.figure("age11_completed_primary")
        all_study = numpy.where(self.figure(REST) == left, 1, -1)
        return numpy.where(total == 0, 0, all_study)


class mn5(Variable):
    entity, value_type, definition_period = Ward, bool, DateUnit.DAY
    reference = "NĐ 20/2014 Đ6.2"

    def formula_2014_05_15(ward, period, parameters):
        law = _Law(ward, period, parameters)
        return all_hold(
            law.rate("age5_attending", law.at.pcgdmn5.attending),
            law.rate("mn_completed", law.at.pcgdmn5.completed),
        )


class mn35(Variable):
    entity, value_type, definition_period = Ward, bool, DateUnit.DAY
    reference = "NĐ 277/2025 Đ12"

    def formula_2025_10_20(ward, period, parameters):
        law = _Law(ward, period, parameters)
        return all_hold(
            law.rate("age3_5_attending", law.at.pcgdmn35.attending),
            law.rate("age3_5_completed", law.at.pcgdmn35.completed),
        )


class th1(Variable):
    entity, value_type, definition_period = Ward, bool, DateUnit.DAY
    reference = "NĐ 20/2014 Đ9.2"

    def formula_2014_05_15(ward, period, parameters):
        law = _Law(ward, period, parameters)
        return all_hold(
            law.rate("age6_in_grade1", law.at.pcgdth.grade1.level1),
            law.rate("age11_14_completed_primary", law.at.pcgdth.completed_to_14),
        )


class th2(Variable):
    entity, value_type, definition_period = Ward, bool, DateUnit.DAY
    reference = "NĐ 20/2014 Đ10.1"

    def formula_2014_05_15(ward, period, parameters):
        law = _Law(ward, period, parameters)
        return ward("th1", period) & all_hold(
            law.rate("age6_in_grade1", law.at.pcgdth.grade1.level2),
            law.rate("age11_completed_primary", law.at.pcgdth.completed_at_11.level2),
            law.rest_in_primary(),
        )


class th3(Variable):
    entity, value_type, definition_period = Ward, bool, DateUnit.DAY
    reference = "NĐ 20/2014 Đ11.1"

    def formula_2014_05_15(ward, period, parameters):
        law = _Law(ward, period, parameters)
        return ward("th2", period) & all_hold(
            law.rate("age6_in_grade1", law.at.pcgdth.grade1.level3),
            law.rate("age11_completed_primary", law.at.pcgdth.completed_at_11.level3),
            law.rest_in_primary(),
        )


class thcs1(Variable):
    entity, value_type, definition_period = Ward, bool, DateUnit.DAY
    reference = "NĐ 20/2014 Đ14.2"

    def formula_2014_05_15(ward, period, parameters):
        law = _Law(ward, period, parameters)
        graduated = law.rate("age15_18_graduated", law.at.pcgdthcs.graduated.level1)
        return ward("th1", period) & ward("xmc1", period) & all_hold(graduated)


class thcs2(Variable):
    entity, value_type, definition_period = Ward, bool, DateUnit.DAY
    reference = "NĐ 20/2014 Đ15.1"

    def formula_2014_05_15(ward, period, parameters):
        law = _Law(ward, period, parameters)
        graduated = law.rate("age15_18_graduated", law.at.pcgdthcs.graduated.level2)
        return ward("thcs1", period) & all_hold(graduated)


class thcs3(Variable):
    entity, value_type, definition_period = Ward, bool, DateUnit.DAY
    reference = "NĐ 20/2014 Đ16.1"

    def formula_2014_05_15(ward, period, parameters):
        law = _Law(ward, period, parameters)
        return ward("thcs2", period) & all_hold(
            law.rate("age15_18_graduated", law.at.pcgdthcs.graduated.level3),
            law.rate("age15_18_studying_on", law.at.pcgdthcs.studying_on),
        )


class xmc1(Variable):
    entity, value_type, definition_period = Ward, bool, DateUnit.DAY
    reference = "NĐ 20/2014 Đ20.1"

    def formula_2014_05_15(ward, period, parameters):
        law = _Law(ward, period, parameters)
        young = law.rate("age15_25_literate1", law.at.xmc.level1.disadvantaged)
        all_of_age = law.rate("age15_35_literate1", law.at.xmc.level1.normal)
        return all_hold(numpy.where(law.poor, young, all_of_age))


class xmc2(Variable):
    entity, value_type, definition_period = Ward, bool, DateUnit.DAY
    reference = "NĐ 20/2014 Đ21.1"

    def formula_2014_05_15(ward, period, parameters):
        law = _Law(ward, period, parameters)
        to_35 = law.rate("age15_35_literate2", law.at.xmc.level2.disadvantaged)
        to_60 = law.rate("age15_60_literate2", law.at.xmc.level2.normal)
        return all_hold(numpy.where(law.poor, to_35, to_60))


def _asked(conditions, code):
    if code.endswith("_disabled_reached"):
        return conditions.disabled_reached
    if code.endswith("_rooms"):
        return conditions.rooms[code.removesuffix("_rooms")]
    if code.endswith("_with_monitor"):
        return conditions.monitor
    if code.endswith("_teachers_standard"):
        return conditions.professional_standard
    return {
        "mn5_activity_area_dm2": conditions.activity_area,
        "mn5_classes_equipped": conditions.equipped,
        "mn_teachers_entitled": conditions.entitled,
    }[code]


def _condition(code):
    def formula_2016_05_10(ward, period, parameters):
        asked = _asked(parameters(period).conditions, code)
        if code == "mn5_activity_area_dm2":
            # One dm² is a hundredth of a m², as the threshold is counted.
            asked = asked * 100
        return judge(ward(code, period), ward(CONDITIONS[code], period), asked)

    return _variable(f"{code}_judged", int, formula_2016_05_10=formula_2016_05_10)


def _variable(name, value_type, **more):
    body = {"entity": Ward, "value_type": value_type, "definition_period": DateUnit.DAY, **more}
    return type(name, (Variable,), body)


class WardSystem(TaxBenefitSystem):
    def __init__(self):
        super().__init__([Ward])
        codes = {REST, *FIGURES, *FIGURES.values(), *CONDITIONS, *CONDITIONS.values()}
        for code in sorted(codes):
            self.add_variable(_variable(code, int))
        self.add_variable(_variable("disadvantaged", bool))
        for rule in (mn5, mn35, th1, th2, th3, thcs1, thcs2, thcs3, xmc1, xmc2):
            self.add_variable(rule)
        for code in CONDITIONS:
            self.add_variable(_condition(code))
        self.load_parameters(str(Path(__file__).parent / "parameters"))
