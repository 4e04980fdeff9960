"""What is frozen has one digest, however the database gave it."""

import pytest

from surveys.figures import fresh_tally
from surveys.freeze import content_of, digest
from surveys.models import HouseholdForm
from tests.surveys.world import YEAR, World, add_person

pytestmark = pytest.mark.django_db


def test_the_order_of_groups_is_not_part_of_the_digest(world: World, form: HouseholdForm) -> None:
    for age in (3, 20, 40, 70):
        add_person(form, age)
    before = digest(content_of(unit=world.ward, year=YEAR))
    tally = fresh_tally(ward=world.ward, year=YEAR)
    assert len(tally.cells) == 6
    tally.cells = list(reversed(tally.cells))
    tally.save()
    assert digest(content_of(unit=world.ward, year=YEAR)) == before
    add_person(form, 41)
    assert digest(content_of(unit=world.ward, year=YEAR)) != before
