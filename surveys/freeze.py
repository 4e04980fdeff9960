"""Freezing: what a unit hands in is kept as it was, with a digest that proves it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db.models import Max

from households.models import SchoolingRecord
from pcgd.accounts.models import User
from pcgd.territory.models import Tier, Unit
from standards.assessment import to_record
from surveys.assessments import UpperTree, assess_unit
from surveys.figures import fresh_tally, persons_behind, statistics_date
from surveys.freeze_units import units_below
from surveys.models import Snapshot, Submission

#: The named lists that go into a dossier.
DOSSIER_LISTS = (
    "age5_out",
    "age6_out",
    "age6_14_out",
    "age15_18_not_graduated",
    "dropped_out",
    "illiterate_15_60",
    "illiterate2_15_60",
)


#: What other layers add to the content of a hand-in: name → what gives it for (unit, year).
#: It is made once, when the unit hands in, and is under the same digest.
_ALSO_FROZEN: dict[str, Callable[[Unit, int], Any]] = {}


def freeze_also(name: str, made_by: Callable[[Unit, int], Any]) -> None:
    """Have ``made_by`` asked at each hand-in; it gives plain data for JSON."""
    _ALSO_FROZEN[name] = made_by


def canonical(content: Any) -> str:
    """The one way to write the content down: sorted keys, no spaces, real letters."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(content: Any) -> str:
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def is_intact(snapshot: Snapshot) -> bool:
    """True while the content still is what was handed in."""
    return digest(snapshot.content) == snapshot.sha256


def content_of(*, unit: Unit, year: int) -> dict[str, Any]:
    """Everything a dossier needs, as plain data. Raises NoDataError."""
    tree = None if unit.tier == Tier.WARD else UpperTree(unit, year, statistics_date(unit, year))
    assessed = assess_unit(unit=unit, year=year) if tree is None else tree.assess(unit)
    content: dict[str, Any] = {
        "unit": {"id": unit.pk, "code": unit.code, "name": unit.name, "tier": unit.tier},
        "year": year,
        "statistics_date": assessed.on.isoformat(),
        "disadvantaged": assessed.disadvantaged,
        "figures": dict(assessed.figures),
        "school_figures": dict(assessed.school_figures),
        "assessment": to_record(assessed.assessment),
        "lists": {},
    }
    if tree is not None:
        content["units"] = units_below(tree, unit)
    else:
        tally = fresh_tally(ward=unit, year=year)
        content["data_version"] = tally.version
        # The database gives groups in any order; the digest is of what was counted.
        content["cells"] = sorted(tally.cells, key=repr)
        content["lists"] = {
            code: [_row(record) for record in persons_behind(unit=unit, year=year, code=code)]
            for code in DOSSIER_LISTS
        }
    # Through JSON once, so that the digest is of what the database gives back.
    plain: dict[str, Any] = json.loads(canonical(content))
    return plain


def _row(record: SchoolingRecord) -> dict[str, Any]:
    person = record.resident
    return {
        "id": person.pk,
        "name": person.full_name,
        "birth_day": person.birth_day,
        "birth_month": person.birth_month,
        "birth_year": person.birth_year,
        "female": record.female,
        "hamlet": record.hamlet.name,
        "head": record.household.head_name,
        "address": record.household.address,
        "study": record.class_name or record.get_study_level_display(),
        "completed": record.get_completed_level_display(),
        "dropped_grade": record.dropped_grade,
        "disabled": record.disability > 0,
    }


def freeze(*, submission: Submission, by: User) -> Snapshot:
    """Store the unit's figures as they are now; inside the transaction of the hand-in."""
    unit, year = submission.unit, submission.round.year
    content = content_of(unit=unit, year=year)
    for name, made_by in _ALSO_FROZEN.items():
        content[name] = json.loads(canonical(made_by(unit, year)))
    last = submission.snapshots.aggregate(last=Max("number"))["last"] or 0
    return Snapshot.objects.create(
        submission=submission,
        number=last + 1,
        content=content,
        sha256=digest(content),
        created_by=by,
    )


def recognised_levels_of(submission: Submission) -> dict[str, int]:
    """What is recognised is what was handed in: the levels of the latest snapshot."""
    snapshot = submission.latest_snapshot()
    if snapshot is None:
        raise ValueError("a submission is recognised only after it was sent")
    standards = snapshot.content["assessment"]["standards"]
    return {standard["code"]: standard["level"] for standard in standards}
