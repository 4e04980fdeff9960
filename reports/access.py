"""Which roles meet the dossiers of a unit; whose dossiers, the scope says."""

from __future__ import annotations

from pcgd.accounts.roles import Role

#: Have a dossier built, or stop one that is being built.
BUILDERS = (
    Role.WARD_SECRETARY,
    Role.WARD_HEAD,
    Role.DISTRICT_OFFICER,
    Role.DISTRICT_HEAD,
    Role.CITY_OFFICER,
    Role.CITY_HEAD,
)
#: Find the dossiers in the work column. An enumerator works in hamlets and an administrator
#: with accounts; both may still follow a link to a unit that they see.
READERS = frozenset(Role) - {Role.ENUMERATOR, Role.ADMINISTRATOR}
