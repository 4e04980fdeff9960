"""Every layout of a statistics form: well written, and filled where nobody was surveyed."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from households.school_items import codes_of
from pcgd.territory.models import Tier, Unit
from reports.forms.building import build_forms, forms_for
from reports.forms.data import FormData
from reports.forms.expanding import Expansion
from reports.forms.filling import Filling
from reports.forms.layout import Layout, Line, UnknownFormError, layout, layouts
from reports.forms.school_cells import asked
from reports.forms.table import UNDEFINED, Kind, Operation, RowStyle, leaves
from standards import services as standards
from standards.services import counting_choices
from surveys.measures import measure_set
from tests.surveys.world import YEAR, World, make_world

YEARS = (2024, 2025, 2026)
TIERS = (Tier.WARD, Tier.DISTRICT, Tier.PROVINCE)
EVERY = pytest.mark.parametrize("form", layouts(), ids=lambda form: form.code)


@pytest.fixture
def city(db: None) -> World:
    return make_world()


def expansions(form: Layout) -> Iterator[Expansion]:
    for tier in TIERS:
        for year in YEARS:
            if form.exists(tier, year):
                yield Expansion(form, year, tier)


def lines_of(expansion: Expansion) -> list[Line]:
    return [*expansion.rows(), *expansion.lines(), *expansion.columns().lines]


def test_no_two_forms_share_a_name() -> None:
    names = [name for form in layouts() for name in {form.code, *form.names}]
    found = Counter(layout(name).code for name in names)
    assert found == Counter({form.code: len({form.code, *form.names}) for form in layouts()})


def test_no_two_forms_share_a_place_in_the_workbook() -> None:
    places = [(form.group, form.order) for form in layouts()]
    assert [place for place, n in Counter(places).items() if n > 1] == []
    sheets = [form.sheet for form in layouts()]
    assert [sheet for sheet, n in Counter(sheets).items() if n > 1] == []


def test_an_unknown_form_is_answered_with_those_that_exist() -> None:
    with pytest.raises(UnknownFormError, match=r"Không có biểu nào mang mã “MN-99”; .*MN-1TE"):
        layout("MN-99")


@EVERY
def test_it_can_be_asked_for_in_small_letters_and_decomposed(form: Layout) -> None:
    for name in (form.code, *form.names):
        assert layout(unicodedata.normalize("NFD", name.lower())) is form


@EVERY
def test_it_exists_somewhere(form: Layout) -> None:
    assert list(expansions(form))


@EVERY
def test_keys_are_unique(form: Layout) -> None:
    for expansion in expansions(form):
        for lines in (expansion.rows(), expansion.lines(), expansion.columns().lines):
            keys = [line.key for line in lines]
            assert [key for key, n in Counter(keys).items() if n > 1] == []


@EVERY
def test_every_selection_compiles(form: Layout) -> None:
    for year in YEARS:
        measures = measure_set(year, counting_choices(date(year, 9, 30)))
        for line in (line for each in expansions(form) for line in lines_of(each)):
            if line.select is not None:
                assert measures.select(line.select), line.key


@EVERY
def test_every_column_has_a_width_and_a_number(form: Layout) -> None:
    for expansion in expansions(form):
        for column in leaves(expansion.columns().heads):
            assert column.width > 0, column.key
            assert column.number, column.key


@EVERY
def test_what_people_read_is_there_and_composed(form: Layout) -> None:
    texts = [form.title, form.sheet, *form.names, *form.notes, form.lines_total]
    texts += [criterion.label for criterion in form.criteria]
    for expansion in expansions(form):
        for line in lines_of(expansion):
            assert line.label or line.hidden, line.key
            texts += [line.label, line.number]
        texts += _head_texts(expansion.columns().heads)
    assert [text for text in texts if text != unicodedata.normalize("NFC", text)] == []
    assert [text for text in texts if "{" in text] == []


def _head_texts(nodes: Any) -> list[str]:
    found = []
    for node in nodes:
        found.append(node.label)
        found += _head_texts(getattr(node, "children", ()))
    return found


@EVERY
def test_sums_and_rates_name_lines_that_exist(form: Layout) -> None:
    for expansion in expansions(form):
        for lines in (expansion.rows(), expansion.columns().lines):
            keys = [line.key for line in lines]
            for line in lines:
                if line.calculation is None:
                    continue
                for written in (*line.calculation.first, *line.calculation.others):
                    for key in written.split(".."):
                        assert key in keys, f"{line.key}: {key}"
                if line.calculation.operation == Operation.RATE:
                    assert line.kind == Kind.RATE, line.key


@EVERY
def test_a_class_of_law_stands_behind_each_condition_and_level(form: Layout) -> None:
    rules = [standards.rulebook_on(date(year, 9, 30)) for year in YEARS]
    known = {code for each in rules for code in each.standards}
    indicators = {code for each in rules for code in each.indicators}
    for expansion in expansions(form):
        for line in lines_of(expansion):
            assert not line.level or line.level in known, line.key
            assert set(line.conditions) <= indicators, line.key
    assert {criterion.level for criterion in form.criteria} - {""} <= known


@EVERY
def test_criteria_point_at_cells_that_are_filled(form: Layout, city: World) -> None:
    for unit, year in ((city.ward, 2026), (city.district, 2024), (city.province, 2026)):
        if not form.exists(unit.tier, year):
            continue
        filling = Filling(form, FormData(unit, year))
        filling.data.count(filling.grids())
        for criterion in form.criteria:
            for row, column in (*criterion.first, *criterion.others, *criterion.less):
                assert filling.row(row), f"{criterion.key}: {row}"
                assert column in filling.by_key, f"{criterion.key}: {column}"


@EVERY
def test_figures_are_figures_of_the_law(form: Layout) -> None:
    known = measure_set(YEAR, counting_choices(date(YEAR, 9, 30))).figures
    for criterion in form.criteria:
        parts = [criterion.first, criterion.others, criterion.less]
        assert len(criterion.figures) in (0, sum(map(bool, parts))), criterion.key
        assert set(criterion.figures) <= set(known), criterion.key


def test_a_ward_of_2025_has_the_forms_of_that_year(city: World) -> None:
    codes = [form.code for form in forms_for(city.ward, 2025)]
    assert "MN-2" in codes
    # NĐ 277/2025 is of October 2025: nobody is asked for it with the figures of 2025.
    assert "MN-01-TCĐK" in codes
    assert layout("MN-01-TCĐK").usual_from == 2026
    assert "MN-01-TCĐK" not in [form.code for form in forms_for(city.district_ward, 2024)]
    assert "MN-01-TCĐK" in [form.code for form in forms_for(city.ward, 2026)]


@pytest.mark.parametrize("tier", TIERS)
def test_where_nobody_was_surveyed_all_is_zero_and_no_rate_is_known(
    city: World, tier: Tier
) -> None:
    unit, year = _unit(city, tier)
    for table in build_forms(unit=unit, year=year):
        form = layout(table.code)
        lines = {line.key: line for line in Expansion(form, year, tier).columns().lines}
        for row in table.rows:
            if row.style == RowStyle.GROUP:
                continue
            for column, value in zip(table.columns, row.values, strict=True):
                if column.is_label or not _counts_persons(lines[column.key], lines):
                    continue
                kind = row.kind or column.kind
                expected = {UNDEFINED} if kind in (Kind.RATE, Kind.RATIO) else {0}
                assert value is None or value in expected, (table.code, row.key, column.key)


def _unit(city: World, tier: Tier) -> tuple[Unit, int]:
    return {
        Tier.WARD: (city.ward, 2026),
        Tier.DISTRICT: (city.district, 2024),
        Tier.PROVINCE: (city.province, 2026),
    }[tier]


def _counts_persons(line: Line, lines: dict[str, Line]) -> bool:
    if line.calculation is None:
        return line.select is not None
    parts = (*line.calculation.first, *line.calculation.others)
    return all(_counts_persons(lines[key], lines) for part in parts for key in part.split(".."))


@EVERY
def test_items_are_those_of_the_schools_it_asks(form: Layout) -> None:
    known = {*codes_of("TH"), *codes_of("THCS")} if form.source == "incoming" else set()
    known |= set(codes_of(form.school_level)) if form.school_level else set()
    for expansion in expansions(form):
        parts = {line.part for line in expansion.lines()}
        for line in (*expansion.rows(), *expansion.columns().lines):
            written = {line.item, *line.items.values()} - {""}
            assert {code for each in written for code in asked(each).codes} <= known, line.key
            assert not line.items or set(line.items) == parts, line.key
