"""Dates and numbers as Vietnamese offices write them, both ways."""

from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.utils import formats

from pcgd.forms import VietnameseDecimalField
from pcgd.templatetags.pcgd_format import birth, icon, number, percent2, tone_icon

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("03/04/2019", date(2019, 4, 3)),
        ("25/12/2019", date(2019, 12, 25)),
        ("3/4/2019", date(2019, 4, 3)),
        ("03-04-2019", date(2019, 4, 3)),
        ("03.04.2019", date(2019, 4, 3)),
        ("2019-04-03", date(2019, 4, 3)),
        ("29/02/2020", date(2020, 2, 29)),
    ],
)
def test_a_date_is_read_day_first(typed, meant):
    assert forms.DateField().clean(typed) == meant


@pytest.mark.parametrize("typed", ["12/25/2019", "29/02/2019", "03/04/19", "2019", "hôm nay"])
def test_what_is_no_date_is_refused(typed):
    with pytest.raises(forms.ValidationError):
        forms.DateField().clean(typed)


def test_dates_are_written_day_first():
    assert formats.date_format(date(2019, 4, 3), "SHORT_DATE_FORMAT") == "03/04/2019"
    assert formats.localize(datetime(2026, 9, 25, 20, 41)) == "20:41 25/09/2026"  # noqa: DTZ001


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("1.234,5", "1234.5"), ("1234,5", "1234.5"), ("0,25", "0.25"), ("1.234.567", "1234567")],
)
def test_a_decimal_is_read_with_a_comma(typed, meant):
    assert VietnameseDecimalField().clean(typed) == Decimal(meant)


@pytest.mark.parametrize(
    "typed", ["95.12", "1.23.456", "1,234.5", "1.2345", "٣", "1e3", "NaN", "mười"]
)
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(forms.ValidationError):
        VietnameseDecimalField().clean(typed)


def test_a_rate_typed_with_a_point_is_not_taken_for_thousands():
    rate = VietnameseDecimalField(max_value=100)

    assert rate.clean("95,125") == Decimal("95.125")
    with pytest.raises(forms.ValidationError):
        rate.clean("95.125")


def test_a_number_is_shown_again_with_a_comma():
    class RateForm(forms.Form):
        rate = VietnameseDecimalField()

    assert 'value="95,5"' in str(RateForm(initial={"rate": Decimal("95.5")})["rate"])
    assert 'value="95.5x"' in str(RateForm({"rate": "95.5x"})["rate"])


def test_grouping():
    assert formats.number_format(1234567.5, 2, force_grouping=True) == "1.234.567,50"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.000"),
        (1234567, "1.234.567"),
        (-1234, "-1.234"),
        (Decimal("1234.50"), "1.234,5"),
        (1200.0, "1.200"),
        (Decimal("1E+4"), "10.000"),
        ("20000", "20.000"),
        (None, "–"),
        ("", "–"),
        (float("nan"), "–"),
    ],
)
def test_number(value, text):
    assert number(value) == text


@pytest.mark.parametrize("value", ["mười", True, object()])
def test_number_refuses_what_is_none(value):
    with pytest.raises((ValueError, ArithmeticError)):
        number(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("98.615"), f"98,62{NBSP}%"),
        (Decimal("94.985"), f"94,99{NBSP}%"),  # banker's rounding would say 94,98
        (100, f"100,00{NBSP}%"),
        (0, f"0,00{NBSP}%"),
        (None, "–"),
    ],
)
def test_percent2(value, text):
    assert percent2(value) == text


@pytest.mark.parametrize(
    ("year", "month", "day", "text"),
    [
        (2020, 9, 12, "12/09/2020"),
        (2014, 3, None, "03/2014"),
        (1984, None, None, "1984"),
        (1984, None, 5, "1984"),  # a day without its month says nothing
        (None, None, None, "–"),
    ],
)
def test_birth(year, month, day, text):
    person = SimpleNamespace(birth_year=year, birth_month=month, birth_day=day)

    assert birth(person) == text


def test_birth_of_nobody():
    assert birth(None) == "–"


def test_icon_is_silent_unless_named():
    assert 'aria-hidden="true"' in icon("check")
    assert 'role="img" aria-label="Đạt &amp; vượt"' in icon("check", label="Đạt & vượt")


def test_unknown_icon_is_an_error():
    with pytest.raises(ValueError, match="khong-co"):
        icon("khong-co")


def test_unknown_tone_has_the_neutral_sign():
    assert tone_icon("lạ") == "minus"
