"""Random lives of a small tree: whatever happens, every day stays readable."""

import random
from datetime import date, timedelta
from itertools import pairwise

import pytest

from pcgd.territory.models import Placement, Tier, Unit
from pcgd.territory.services import (
    Successor,
    TerritoryError,
    create_unit,
    end_unit,
    move_unit,
    rename_unit,
    replace_unit,
)

START = date(2025, 7, 1)
TIERS = [Tier.PROVINCE, Tier.DISTRICT, Tier.WARD, Tier.HAMLET]


class Story:
    """Two provinces to begin with; each step tries one thing, mostly a little later."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.today = START
        for code in ("01", "02"):
            create_unit(code=code, name="Tỉnh", tier=Tier.PROVINCE, parent=None, valid_from=START)

    def step(self) -> None:
        if self.rng.random() < 0.3:
            self.today += timedelta(days=1)
        self.rng.choice(
            [self.create] * 8 + [self.move] * 6 + [self.replace] * 2 + [self.rename, self.end]
        )()

    def day(self) -> date:
        return self.today + timedelta(days=self.rng.choice([-3, 0, 0, 0, 1, 5]))

    def unit(self, *, mortal: bool = False) -> Unit:
        units = Unit.objects.order_by("pk")
        return self.rng.choice(list(units.exclude(code__in=("01", "02")) if mortal else units))

    def create(self) -> None:
        create_unit(
            code=f"{self.rng.randrange(10, 60)}",
            name=f"Đơn vị {self.rng.randrange(100)}",
            tier=self.rng.choice(TIERS),
            parent=self.unit(),
            valid_from=self.day(),
            valid_to=self.rng.choice([None, None, None, START + timedelta(days=60)]),
        )

    def move(self) -> None:
        move_unit(unit=self.unit(), new_parent=self.unit(), on=self.day())

    def end(self) -> None:
        end_unit(unit=self.unit(mortal=True), last_day=self.day())

    def rename(self) -> None:
        rename_unit(unit=self.unit(), name=f"Tên {self.rng.randrange(100)}", on=self.day())

    def replace(self) -> None:
        heirs = [Successor(self.unit())]
        if self.rng.random() < 0.5:
            heirs.append(Successor(self.unit(), main=False))
        ends = self.rng.random() < 0.8
        replace_unit(unit=self.unit(mortal=True), successors=heirs, on=self.day(), ends=ends)


def _check_every_unit() -> None:
    for unit in Unit.objects.all():
        for dated in (unit.placements, unit.names):
            spans = sorted(dated.values_list("valid_from", "valid_to"))
            assert spans[0][0] == unit.valid_from
            assert spans[-1][1] == unit.valid_to
            for (_, last), (first, _) in pairwise(spans):
                assert last + timedelta(days=1) == first
        newest = unit.placements.order_by("valid_from").last()
        assert newest is not None
        assert unit.path == newest.path


def _check_every_day() -> None:
    for offset in range(-3, 70):
        on = START + timedelta(days=offset)
        placements = {placement.unit_id: placement for placement in Placement.objects.in_force(on)}
        in_force = list(Unit.objects.in_force(on))
        assert len(placements) == len(in_force)
        assert len({unit.code for unit in in_force}) == len(in_force)
        for placement in placements.values():
            if placement.parent_id is not None:
                above = placements[placement.parent_id]
                assert placement.path.startswith(above.path)
                assert placement.path.count("/") == above.path.count("/") + 1


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_each_unit_stands_in_one_place_every_day_of_its_life(seed: int) -> None:
    story = Story(seed)
    done = 0
    for _ in range(150):
        before = list(Unit.objects.order_by("pk").values_list("pk", "path", "valid_to"))
        try:
            story.step()
            done += 1
        except (TerritoryError, IndexError):  # IndexError: no one to choose from yet
            after = list(Unit.objects.order_by("pk").values_list("pk", "path", "valid_to"))
            assert after == before
    assert done > 15
    _check_every_unit()
    _check_every_day()
    paths = Placement.objects.values_list("path", "unit_id").distinct()
    assert len({path for path, _ in paths}) == len(paths)
