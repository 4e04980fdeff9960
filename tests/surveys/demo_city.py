"""A province with a ward of today, the ward that bore its code before, and a commune."""

from dataclasses import dataclass
from datetime import date

from pcgd.territory.models import Tier, Unit
from tests.accounts.factories import make_unit

YEAR = 2025
NEW = date(2025, 7, 1)
END = date(2025, 6, 30)


@dataclass
class City:
    province: Unit
    district: Unit
    old_ward: Unit
    ward: Unit
    commune: Unit


def make_city() -> City:
    """Ward 11359 of a district until 30/6/2025, and another ward with its code since."""
    province = make_unit("31", Tier.PROVINCE)
    district = make_unit("304", Tier.DISTRICT, province, valid_to=END)
    city = City(
        province,
        district,
        make_unit("11359", Tier.WARD, district, valid_to=END),
        make_unit("11359", Tier.WARD, province, valid_from=NEW),
        make_unit("11371", Tier.WARD, province, valid_from=NEW),
    )
    for unit, name in (
        (city.old_ward, "Phường Đằng Giang"),
        (city.ward, "Phường Gia Viên"),
        (city.commune, "Xã An Thọ"),
    ):
        unit.name = name
        unit.save()
        unit.names.update(name=name)
    return city
