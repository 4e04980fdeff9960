"""The phiếu of a whole ward as a book: hamlet after hamlet, in house order, with what is written
on them now (NĐ 20/2014 Đ26.1: a ward keeps its phiếu)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from django.conf import settings

from households.models import School
from pcgd.territory.models import Tier, Unit
from reports.books.kinds import BookError
from reports.official_names import official_name
from reports.paper import DEMO_MARK, YEAR_LINES, people_of
from reports.paper_sheets import Sheet, sheets
from reports.table_pdf import PrintedTable
from surveys.freeze import digest
from surveys.models import HouseholdForm, SurveyRound, WardData

#: Beside the codes of the register books.
CODE, TITLE = "phieu", "Phiếu điều tra phổ cập giáo dục, xóa mù chữ"
#: Phiếu whose people are in memory together.
_AT_ONCE = 200


def hamlets_with_phieu(*, unit: Unit, year: int, hamlet: Unit | None = None) -> list[Unit]:
    """The hamlets of the ward that have phiếu of that year, in the order of their names (or
    the one that is asked for). Raises BookError where there is no round or no phiếu."""
    if unit.tier != Tier.WARD:
        raise BookError(f"Phiếu điều tra in theo xã, phường; {unit.name} không có phiếu riêng.")
    own = HouseholdForm.objects.filter(round=_round_of(unit, year), ward=unit)
    found = Unit.objects.of_tier(Tier.HAMLET).filter(pk__in=own.values("hamlet"))
    if hamlet is not None:
        found = found.filter(pk=hamlet.pk)
    hamlets = list(found.order_by("sort_key", "code"))
    if not hamlets:
        raise BookError(f"{(hamlet or unit).name} chưa có phiếu điều tra năm {year}.")
    return hamlets


def _round_of(unit: Unit, year: int) -> SurveyRound:
    found = SurveyRound.objects.for_unit(unit, year).first()
    if found is None:
        raise BookError(f"{unit.name} chưa mở đợt điều tra năm {year}.")
    return found


def phieu_stamp(*, unit: Unit, year: int, hamlets: Sequence[Unit]) -> str:
    """Digest of what the phiếu rest on: every save of one moves the data version of its ward
    and year, and five years are on the paper. Schools have names of their own."""
    versions = WardData.objects.filter(ward=unit, year__gt=year - YEAR_LINES, year__lte=year)
    return digest(
        {
            "unit": [unit.pk, unit.name],
            "hamlets": [[each.pk, each.code, each.name] for each in hamlets],
            "versions": sorted(versions.values_list("year", "version")),
            "schools": list(School.objects.order_by("pk").values_list("pk", "name", "ward")),
            "demo": bool(settings.DEMO_DATA),
        }
    )


def print_phieu(
    *, unit: Unit, year: int, hamlet: Unit, alive: Callable[[], None] = lambda: None
) -> PrintedTable:
    """The phiếu of one hamlet. ``alive`` is called now and then."""
    from reports.table_pdf.phieu import print_sheets

    return print_sheets(
        _sheets(unit, year, hamlet),
        title=f"{TITLE} năm {year}, {hamlet.name}, {official_name(unit.name).full}",
        year=year,
        mark=DEMO_MARK if settings.DEMO_DATA else "",
        guessed=True,
        alive=alive,
    )


def _sheets(unit: Unit, year: int, hamlet: Unit) -> Iterator[Sheet]:
    own = HouseholdForm.objects.filter(round=_round_of(unit, year), ward=unit, hamlet=hamlet)
    keys = list(own.in_house_order().values_list("pk", flat=True))
    related = ("household__hamlet", "hamlet", "ward", "round")
    for start in range(0, len(keys), _AT_ONCE):
        some = HouseholdForm.objects.filter(pk__in=keys[start : start + _AT_ONCE])
        forms = list(some.in_house_order().select_related(*related))
        yield from sheets(people_of(forms), this_year=True)


def phieu_file_name(unit: Unit, year: int) -> str:
    """“phieu-dieu-tra-11359-gia-vien-2025.pdf”."""
    return f"phieu-dieu-tra-{unit.code}-{official_name(unit.name).slug}-{year}.pdf"
