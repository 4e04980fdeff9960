"""Who is disabled, how, and whether able to study (workbook, columns AJ to AS)."""

from __future__ import annotations

from random import Random

from households.models import DisabilityKind, Resident

#: (up to this age, share of disabled people)
_SHARES = ((5, 0.006), (18, 0.010), (40, 0.011), (150, 0.017))
_KINDS = {
    DisabilityKind.MOBILITY: 30,
    DisabilityKind.HEARING_SPEECH: 14,
    DisabilityKind.SIGHT: 9,
    DisabilityKind.MENTAL: 14,
    DisabilityKind.INTELLECTUAL: 16,
    DisabilityKind.LEARNING: 5,
    DisabilityKind.AUTISM: 7,
    DisabilityKind.OTHER: 5,
}
_SEVERE = DisabilityKind.MENTAL | DisabilityKind.INTELLECTUAL | DisabilityKind.AUTISM


def draw_disability(draw: Random, person: Resident, *, age: int) -> None:
    """Mark the person as disabled, or leave them as they are."""
    share = next(share for oldest, share in _SHARES if age <= oldest)
    if draw.random() >= share:
        return
    count = 2 if draw.random() < 0.2 else 1
    kinds = DisabilityKind(0)
    for kind in draw.choices(list(_KINDS), list(_KINDS.values()), k=count):
        kinds |= kind
    person.disability_kinds = kinds.value
    person.disability_certified = draw.random() < 0.7
    person.can_study = draw.random() >= (0.45 if kinds & _SEVERE else 0.12)
