"""Schools offered while somebody types in the “trường” cell of a phiếu."""

from __future__ import annotations

from functools import lru_cache

from households.models import School
from households.school_lookup import school_text, short_name
from pcgd.names import fold_name
from surveys.models import HouseholdForm

MOST = 20


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    return fold_name(text)


def matching_schools(form: HouseholdForm, text: str) -> list[dict[str, str]]:
    """At most 20 working schools of the round's province in whose name, code or ward every
    word of ``text`` occurs, diacritics aside: ``{"text": as written in the cell, "where":
    name of the ward}``. Schools of the phiếu's own ward come first, then names that begin
    with what was typed."""
    wanted = fold_name(text)
    words = wanted.split()
    if not words:
        return []
    schools = (
        School.objects.active()
        .filter(ward__path__startswith=form.round.province.path)
        .select_related("ward")
        .only("code", "name", "ward__name")
        .order_by("name", "code")
    )
    found = []
    for school in schools:
        name, short = _folded(school.name), _folded(short_name(school.name))
        hay = f"{name} {short} {school.code.lower()} {_folded(school.ward.name)}"
        if all(word in hay for word in words):
            rank = (school.ward_id != form.ward_id, wanted not in f"{name} {short}")
            found.append((rank, {"text": school_text(school), "where": school.ward.name}))
    found.sort(key=lambda pair: pair[0])
    return [row for _rank, row in found[:MOST]]
