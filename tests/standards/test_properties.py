"""What must hold for every ward and every city, tried on random ones."""

from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from standards.engine import ChildLevels
from standards.services import assess, rulebook_on

# Time limits per example fail on a busy machine and say nothing about the rules.
unhurried = settings(deadline=None)
DAY = date(2024, 9, 30)
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


def _levels(figures, disadvantaged):
    assessment = assess(as_of=DAY, tier="ward", figures=figures, disadvantaged=disadvantaged)
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
    assessment = assess(as_of=DAY, tier="ward", figures=partly, disadvantaged=disadvantaged)
    for result in assessment.standards:
        assert set(result.missing) <= unknown
        assert bool(result.missing) == (result.level < result.at_most)
        supplied = partly | {code: figures[code] for code in result.missing}
        level, at_most = _levels(supplied, disadvantaged)[result.info.code]
        assert level == at_most


@unhurried
@given(wards(), st.booleans())
def test_levels_are_what_the_text_says(figures, disadvantaged):
    """The decree read once more, in fractions and plain ifs, sharing nothing with the engine."""
    levels = {code: level for code, (level, _) in _levels(figures, disadvantaged).items()}
    assert levels == _second_reading(figures, disadvantaged)


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
