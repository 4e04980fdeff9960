"""Levels stand above each other: a higher one asks for no less, and ends no later."""

import pytest

from standards.engine import DocumentError
from tests.standards.document_text import HEAD, INDICATOR, LEVEL, REST, STANDARD, WHOLE
from tests.standards.test_loader_library import ROW


def refusal_of(load, text):
    with pytest.raises(DocumentError) as refusal:
        load(text)
    return refusal.value


@pytest.mark.parametrize(
    ("lower", "upper", "row"),
    [
        # (area, threshold) of the two levels; the row of the upper one that asks for less
        ([("normal", 90), ("disadvantaged", 80)], [("normal", 90), ("disadvantaged", 79)], 2),
        ([("normal", 90), ("disadvantaged", 80)], [("normal", 89), ("disadvantaged", 80)], 1),
        ([("normal", 90), ("disadvantaged", 80)], [(None, 85)], 1),
        ([(None, 85)], [("normal", 90), ("disadvantaged", 80)], 2),
        ([(None, 85)], [("disadvantaged", 90), ("normal", 80)], 2),
        ([(None, 85)], [(None, 85)], 0),
        ([("normal", 90), ("disadvantaged", 80)], [("disadvantaged", 80), ("normal", 90)], 0),
        ([("normal", 90), ("disadvantaged", 80)], [(None, 90)], 0),
        ([(None, 85)], [("normal", 90), ("disadvantaged", 85)], 0),
    ],
)
def test_a_higher_level_asks_for_no_less_in_any_area(load, lower, upper, row):
    def rows(criteria, article):
        return "".join(
            ROW.replace("Đ2", article).replace(
                "threshold = 90",
                (f'area = "{area}", ' if area else "") + f"threshold = {threshold}",
            )
            for area, threshold in criteria
        )

    second = LEVEL.replace("level = 1", 'level = 2\nrequires = ["A 1"]').replace(
        ROW, rows(upper, "Đ4")
    )
    text = HEAD + STANDARD + INDICATOR + LEVEL.replace(ROW, rows(lower, "Đ2")) + second
    if row:
        assert refusal_of(load, text).where == f"level[2].criteria[{row}].threshold"
    else:
        assert load(text)


def test_a_rate_may_be_asked_for_less_at_another_tier_or_in_another_standard(load):
    """Only the levels of one standard and tier stand above each other."""
    easier = (
        STANDARD.replace('"A"', '"C"').replace('"Mức độ 1", "Mức độ 2"', '"Mức độ 1", "Mức 2"')
        + LEVEL.replace('"A"', '"C"').replace("90", "10")
        + LEVEL.replace('"A"', '"C"').replace("level = 1", "level = 2").replace("90", "20")
    )
    assert load(WHOLE + easier)


def test_a_level_that_ends_needs_one_that_lasts_as_long(load):
    """Level 2 ends a day before, with, or a day after the level that it needs."""
    for last, refused in (("2022-12-30", False), ("2022-12-31", False), ("2023-01-01", True)):
        lower = LEVEL.replace("level = 1", "level = 1\nvalid_to = 2022-12-31")
        upper = REST.replace("level = 2", f"level = 2\nvalid_to = {last}")
        standard = STANDARD.replace("article", "valid_to = 2022-12-31\narticle")
        text = HEAD + standard + INDICATOR + lower + upper
        if refused:
            assert refusal_of(load, text).where == "level[2].standard"
        elif last == "2022-12-31":
            assert load(text)
        else:
            assert refusal_of(load, text).what == ("ngày 31/12/2022 cấp “ward” của “A” thiếu mức 2")


def test_a_level_that_starts_before_what_it_needs_is_refused(load):
    lower = LEVEL.replace("level = 1", "level = 1\nvalid_from = 2020-01-02")
    assert refusal_of(load, HEAD + STANDARD + INDICATOR + lower + REST).where == (
        "level[2].requires"
    )


def test_a_level_with_an_end_that_outlasts_what_it_needs_is_refused(load):
    lower = LEVEL.replace("level = 1", "level = 1\nvalid_to = 2021-12-31")
    upper = REST.replace("level = 2", "level = 2\nvalid_to = 2022-12-31")
    assert refusal_of(load, HEAD + STANDARD + INDICATOR + lower + upper).where == (
        "level[2].requires"
    )
