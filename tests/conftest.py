import pytest

from surveys.models import HouseholdForm
from tests.surveys.world import World, add_person, make_form, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def form(world: World) -> HouseholdForm:
    """A phiếu with a mother and a child of 6 in lớp 1."""
    form = make_form(world)
    add_person(form, 34, "Trần Thị Mẹ", relation=1, completed_level=4)
    add_person(form, 6, "Lê Bảo Anh", study_level=3, grade=1, class_name="1A", completed_level=1)
    return form
