"""What must hold for every ward and every city, tried on random ones."""

from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from standards.engine import ChildLevels
from standards.engine.model import Subject
from standards.services import assess, rulebook_on

# Time limits per example fail on a busy machine and say nothing about the rules.
unhurried = settings(deadline=None)
DAY = date(2024, 9, 30)
NOW = date(2026, 9, 30)
CEILING = {"PCGDMN5": 1, "PCGDTH": 3, "PCGDTHCS": 3, "XMC": 2}
PAIRS = {
    "age5_attending": "age5_total",
    "mn_completed": "mn_completion_total",
    "age6_in_grade1": "age6_total",
    "age11_completed_primary": "age11_total",
    "age11_14_completed_primary": "age11_14_total",
    "age15_18_graduated": "age15_18_total",
    "age15_18_studying_on": "age15_18_total",
    "age15_25_literate1": "age15_25_total",
    "age15_35_literate1": "age15_35_total",
    "age15_35_literate2": "age15_35_total",
    "age15_60_literate2": "age15_60_total",
    "age3_5_attending": "age3_5_total",
    "age3_5_completed": "age3_5_total",
}


@st.composite
def wards(draw):
    """Complete figures, most rates near the thresholds where the levels turn."""
    figures = {}
    for total in dict.fromkeys(PAIRS.values()):
        figures[total] = draw(st.integers(0, 60))
    for part, total in PAIRS.items():
        size = figures[total]
        figures[part] = draw(st.integers(size * 6 // 10, size) | st.integers(0, size))
    left = figures["age11_total"] - figures["age11_completed_primary"]
    figures["age11_rest_in_primary"] = draw(st.just(left) | st.integers(0, left))
    return figures


def _levels(figures, disadvantaged, as_of=NOW):
    assessment = assess(as_of=as_of, tier="ward", figures=figures, disadvantaged=disadvantaged)
    return {result.info.code: (result.level, result.at_most) for result in assessment.standards}


@unhurried
@given(wards(), st.booleans(), st.sampled_from(sorted(PAIRS)))
def test_one_more_completed_never_lowers_a_level(figures, disadvantaged, code):
    more = dict(figures)
    if more[code] < more[PAIRS[code]]:
        more[code] += 1
    if code == "age11_completed_primary":
        # The child who completes leaves those who are still studying, unless out of school.
        left = more["age11_total"] - more["age11_completed_primary"]
        more["age11_rest_in_primary"] = min(more["age11_rest_in_primary"], left)
    before, after = _levels(figures, disadvantaged), _levels(more, disadvantaged)
    for standard, (level, _) in before.items():
        assert after[standard][0] >= level


@unhurried
@given(wards(), st.booleans(), st.data())
def test_what_becomes_known_lies_between_level_and_at_most(figures, disadvantaged, data):
    unknown = data.draw(st.sets(st.sampled_from(sorted(figures)), max_size=6))
    partly = {code: count for code, count in figures.items() if code not in unknown}
    truth = _levels(figures, disadvantaged)
    guess = _levels(partly, disadvantaged)
    for standard, (level, at_most) in guess.items():
        assert level <= truth[standard][0] <= at_most


@unhurried
@given(wards(), st.booleans(), st.data())
def test_missing_figures_settle_the_level(figures, disadvantaged, data):
    """Supplying exactly the figures named as missing leaves nothing open."""
    unknown = data.draw(st.sets(st.sampled_from(sorted(figures)), max_size=6))
    partly = {code: count for code, count in figures.items() if code not in unknown}
    assessment = assess(as_of=NOW, tier="ward", figures=partly, disadvantaged=disadvantaged)
    for result in assessment.standards:
        assert set(result.missing) <= unknown
        assert bool(result.missing) == (result.level < result.at_most)
        supplied = partly | {code: figures[code] for code in result.missing}
        level, at_most = _levels(supplied, disadvantaged)[result.info.code]
        assert level == at_most


@unhurried
@given(wards(), st.booleans(), st.sampled_from([DAY, NOW]))
def test_levels_are_what_the_text_says(figures, disadvantaged, day):
    """The decree read once more, in fractions and plain ifs, sharing nothing with the engine."""
    levels = {code: level for code, (level, _) in _levels(figures, disadvantaged, day).items()}
    expected = _second_reading(figures, disadvantaged)
    if day == DAY:
        del expected["PCGDMN35"]
    assert levels == expected


def _second_reading(figures, disadvantaged):
    def passes(part, total, normal, eased=None):
        if figures[total] == 0:
            return None
        wanted = eased if disadvantaged and eased is not None else normal
        return Fraction(figures[part], figures[total]) >= Fraction(wanted, 100)

    def all_hold(*checks):
        return False not in checks and True in checks

    rest = None
    if figures["age11_total"]:
        left = figures["age11_total"] - figures["age11_completed_primary"]
        rest = left == figures["age11_rest_in_primary"]
    mn5 = all_hold(
        passes("age5_attending", "age5_total", 95, 90),
        passes("mn_completed", "mn_completion_total", 85, 80),
    )
    mn35 = all_hold(
        passes("age3_5_attending", "age3_5_total", 90, 85),
        passes("age3_5_completed", "age3_5_total", 85, 80),
    )
    grade1 = [passes("age6_in_grade1", "age6_total", percent) for percent in (90, 95, 98)]
    at11 = [
        passes("age11_completed_primary", "age11_total", normal, eased)
        for normal, eased in ((80, 70), (90, 80))
    ]
    to14 = passes("age11_14_completed_primary", "age11_14_total", 80, 70)
    th1 = all_hold(grade1[0], to14)
    th2 = th1 and all_hold(grade1[1], at11[0], rest)
    th3 = th2 and all_hold(grade1[2], at11[1], rest)
    if disadvantaged:
        xmc1 = passes("age15_25_literate1", "age15_25_total", 90)
        xmc2 = passes("age15_35_literate2", "age15_35_total", 90)
    else:
        xmc1 = passes("age15_35_literate1", "age15_35_total", 90)
        xmc2 = passes("age15_60_literate2", "age15_60_total", 90)
    graduated = [
        passes("age15_18_graduated", "age15_18_total", normal, eased)
        for normal, eased in ((80, 70), (90, 80), (95, 90))
    ]
    studying = passes("age15_18_studying_on", "age15_18_total", 80, 70)
    thcs1 = th1 and bool(xmc1) and all_hold(graduated[0])
    thcs2 = thcs1 and all_hold(graduated[1])
    thcs3 = thcs2 and all_hold(graduated[2], studying)
    return {
        "PCGDMN5": int(mn5),
        "PCGDMN35": int(mn35),
        "PCGDTH": th1 + th2 + th3,
        "PCGDTHCS": thcs1 + thcs2 + thcs3,
        "XMC": 2 if xmc2 else int(bool(xmc1)),
    }


@unhurried
@given(wards(), st.booleans())
def test_short_by_is_exactly_what_is_missing(figures, disadvantaged):
    assessment = assess(as_of=DAY, tier="ward", figures=figures, disadvantaged=disadvantaged)
    for result in assessment.criteria:
        if result.outcome != "not_met":
            continue
        needed = Fraction(result.info.threshold) * result.denominator / 100
        assert result.numerator + result.short_by >= needed
        assert result.numerator + result.short_by - 1 < needed
        assert 0 < result.short_by <= result.denominator - result.numerator


@st.composite
def cities(draw):
    """Levels and highest possible levels of up to 40 wards, by standard."""
    units = {}
    for standard, highest in CEILING.items():
        pairs = st.tuples(st.integers(0, highest), st.integers(0, highest)).map(sorted)
        units[standard] = [tuple(pair) for pair in draw(st.lists(pairs, min_size=1, max_size=40))]
    return units


def _roll_up(units, day, tier="province", child_tier="ward"):
    children = {standard: ChildLevels.of_units(pairs) for standard, pairs in units.items()}
    assessment = assess(
        as_of=day, tier=tier, child_tier=child_tier, recognised=children, computed=children
    )
    return {result.info.code: result for result in assessment.standards}


@unhurried
@given(cities(), st.sampled_from([("district", DAY), ("province", date(2025, 9, 30))]))
def test_a_roll_up_never_exceeds_its_best_child_and_keeps_the_bounds(units, where):
    tier, day = where
    now = _roll_up(units, day, tier)
    settled_low = {code: [(low, low) for low, _ in pairs] for code, pairs in units.items()}
    settled_high = {code: [(high, high) for _, high in pairs] for code, pairs in units.items()}
    low, high = _roll_up(settled_low, day, tier), _roll_up(settled_high, day, tier)
    for standard, pairs in units.items():
        result = now[standard]
        assert result.level <= result.at_most <= max(possible for _, possible in pairs)
        assert (low[standard].level, high[standard].level) == (result.level, result.at_most)
        assert bool(result.missing) == (result.level < result.at_most)


@unhurried
@given(st.lists(st.integers(0, 3), min_size=1, max_size=40))
def test_raising_one_ward_never_lowers_the_district(levels):
    raised = [min(levels[0] + 1, 3), *levels[1:]]
    before = _roll_up({"PCGDTHCS": [(level, level) for level in levels]}, DAY, "district")
    after = _roll_up({"PCGDTHCS": [(level, level) for level in raised]}, DAY, "district")
    assert after["PCGDTHCS"].level >= before["PCGDTHCS"].level


def test_the_second_reading_knows_every_standard_of_the_day():
    assert set(rulebook_on(DAY).standards) == set(CEILING)
    assert set(rulebook_on(NOW).standards) == set(CEILING) | {"PCGDMN35"}


pairs_of_a_standard = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 1)).map(sorted), max_size=30
)


def _by_area(poor, other):
    """A province's wards as (level, at most), đặc biệt khó khăn and others, for PCGDMN35."""
    assessment = assess(
        as_of=NOW,
        tier="province",
        child_tier="ward",
        recognised_by_area={
            area: {"PCGDMN35": ChildLevels.of_units(tuple(pair) for pair in pairs)}
            for area, pairs in (("disadvantaged", poor), ("normal", other))
        },
    )
    return assessment.standard("PCGDMN35")


@unhurried
@given(pairs_of_a_standard, pairs_of_a_standard)
def test_each_area_of_wards_is_counted_apart(poor, other):
    """NĐ 277/2025 Đ12 once more in fractions: 85 % of the poor, 90 % of the others, if any."""

    def reached(pairs, percent, bound):
        if not pairs:
            return None
        return Fraction(sum(pair[bound] for pair in pairs), len(pairs)) >= Fraction(percent, 100)

    result = _by_area(poor, other)
    for bound, level in ((0, result.level), (1, result.at_most)):
        checks = [reached(poor, 85, bound), reached(other, 90, bound)]
        assert level == int(False not in checks and True in checks)
    assert bool(result.missing) == (result.level < result.at_most)


@unhurried
@given(pairs_of_a_standard, pairs_of_a_standard, st.data())
def test_one_more_recognised_ward_never_lowers_the_province(poor, other, data):
    """Nor does learning of a ward what was not known of it."""
    before = _by_area(poor, other)
    area = data.draw(st.sampled_from([pairs for pairs in (poor, other) if pairs] or [[]]))
    if area:
        place = data.draw(st.integers(0, len(area) - 1))
        low, high = area[place]
        area[place] = [1, 1]
        after = _by_area(poor, other)
        assert after.level >= before.level
        assert after.at_most >= before.at_most
        area[place] = [data.draw(st.integers(low, high))] * 2
        settled = _by_area(poor, other)
        assert before.level <= settled.level <= settled.at_most <= before.at_most


@st.composite
def schools(draw):
    """Some or all figures of the schools of a ward; parts never larger than their wholes."""
    figures = {}
    for part, total in SCHOOL_PAIRS.items():
        figures[total] = draw(st.integers(0, 40)) if total not in figures else figures[total]
        most = figures[total] if part not in RATIOS else 200
        figures[part] = draw(st.integers(0, most))
    known = draw(st.sets(st.sampled_from(sorted(figures))))
    return {code: count for code, count in figures.items() if code in known}


RATIOS = ("mn5_rooms", "th_rooms", "thcs_rooms", "mn5_activity_area_dm2")
SCHOOL_PAIRS = {
    indicator.numerator: indicator.denominator
    for indicator in rulebook_on(NOW).figure_indicators(Subject.SCHOOLS)
}


@unhurried
@given(wards(), schools(), st.booleans())
def test_figures_of_schools_change_no_level(figures, of_schools, disadvantaged):
    without = assess(as_of=NOW, tier="ward", figures=figures, disadvantaged=disadvantaged)
    beside = assess(
        as_of=NOW, tier="ward", figures=figures | of_schools, disadvantaged=disadvantaged
    )
    assert beside.standards == without.standards
    levels = [result for result in beside.criteria if not result.info.is_condition]
    assert tuple(levels) == without.criteria


@unhurried
@given(schools())
def test_a_condition_is_what_its_numbers_say(of_schools):
    assessment = assess(as_of=NOW, tier="ward", figures=of_schools, disadvantaged=False)
    for result in assessment.criteria:
        info = result.info
        whole, part = of_schools.get(SCHOOL_PAIRS[info.code]), of_schools.get(info.code)
        if whole == 0:
            assert result.outcome == "not_applicable"
        elif whole is None or part is None:
            assert result.outcome == "missing"
        elif info.threshold is None:
            assert (result.outcome, result.short_by) == ("not_applicable", None)
        else:
            asked = Fraction(info.threshold) * whole
            asked *= info.scale if info.code in RATIOS else Fraction(1, 100)
            assert result.outcome == ("met" if part >= asked else "not_met")
            assert part + result.short_by >= asked
            assert not result.short_by or part + result.short_by - 1 < asked
