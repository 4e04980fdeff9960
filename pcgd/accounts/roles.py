"""The roles in which people act for a unit, and the tiers at which each exists."""

from collections.abc import Mapping
from types import MappingProxyType

from django.db import models

from pcgd.territory.models import Tier


class Role(models.TextChoices):
    """What a person does for a unit (one membership, one role)."""

    ENUMERATOR = "enumerator", "Điều tra viên"
    SCHOOL_OFFICER = "school_officer", "Cán bộ phổ cập trường"
    WARD_SECRETARY = "ward_secretary", "Thư ký BCĐ xã/phường"
    WARD_HEAD = "ward_head", "Trưởng BCĐ xã/phường"
    COMMITTEE_MEMBER = "committee_member", "Thành viên BCĐ"
    DISTRICT_OFFICER = "district_officer", "Chuyên viên Phòng GDĐT"
    DISTRICT_HEAD = "district_head", "Lãnh đạo quận/huyện"
    CITY_OFFICER = "city_officer", "Chuyên viên Sở GDĐT"
    CITY_HEAD = "city_head", "Lãnh đạo tỉnh/thành phố"
    ADMINISTRATOR = "administrator", "Quản trị"
    INSPECTOR = "inspector", "Đoàn kiểm tra"


_WARD = frozenset({Tier.WARD})
_DISTRICT = frozenset({Tier.DISTRICT})
_PROVINCE = frozenset({Tier.PROVINCE})

#: Nobody acts for a hamlet: those who work in hamlets hold a ward role narrowed to areas.
TIERS_OF_ROLE: Mapping[Role, frozenset[Tier]] = MappingProxyType(
    {
        Role.ENUMERATOR: _WARD,
        Role.SCHOOL_OFFICER: _WARD,
        Role.WARD_SECRETARY: _WARD,
        Role.WARD_HEAD: _WARD,
        Role.COMMITTEE_MEMBER: _WARD,
        Role.DISTRICT_OFFICER: _DISTRICT,
        Role.DISTRICT_HEAD: _DISTRICT,
        Role.CITY_OFFICER: _PROVINCE,
        Role.CITY_HEAD: _PROVINCE,
        Role.ADMINISTRATOR: _PROVINCE | _DISTRICT | _WARD,
        Role.INSPECTOR: _WARD,
    }
)

#: Works only in the hamlets given to the membership; without any, sees nothing.
AREAS_REQUIRED: frozenset[Role] = frozenset({Role.ENUMERATOR})
#: May be narrowed to some hamlets; without any, sees the whole unit.
AREAS_OPTIONAL: frozenset[Role] = frozenset(
    {Role.SCHOOL_OFFICER, Role.COMMITTEE_MEMBER, Role.INSPECTOR}
)
AREAS_ALLOWED: frozenset[Role] = AREAS_REQUIRED | AREAS_OPTIONAL


def roles_at(tier: Tier | str) -> tuple[Role, ...]:
    """The roles that exist at a tier, in the order of the list above."""
    return tuple(role for role in Role if tier in TIERS_OF_ROLE[role])
