"""Building what was before 1/7/2025: phiếu of wards that have ended."""

from __future__ import annotations

from datetime import date
from itertools import count

from households.models import Household
from pcgd.territory.models import Unit
from surveys.models import HouseholdForm
from tests.surveys.world import World

OLD_YEAR = 2024
END, NEW = date(2025, 6, 30), date(2025, 7, 1)
_numbers = count(1)


def old_form(world: World, hamlet: Unit, *, ward: Unit | None = None) -> HouseholdForm:
    """A phiếu of 2024 in a hamlet of ``ward`` (the world's ward 11365 of the district)."""
    household = Household(hamlet=hamlet, number=next(_numbers), head_name="Phạm Văn Cũ")
    household.fill_derived()
    household.save()
    return HouseholdForm.objects.create(
        round=world.old_round,
        household=household,
        hamlet=hamlet,
        ward=ward or world.district_ward,
    )
