"""The notes of stored phiếu, many at a time, and why some of them cannot be handed in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from households.models import SchoolingRecord
from surveys.models import HouseholdForm
from surveys.validation.catalogue import catalogue
from surveys.validation.facts import LAST_COLUMNS, Facts, fact_rows, facts_of_row
from surveys.validation.household_rules import HouseholdFacts
from surveys.validation.notes import ERROR, Note, blocking
from surveys.validation.phieu import notes_of_household

#: So many households are asked about at once: SQLite takes no more parameters.
_CHUNK = 500


def notes_of_forms(forms: Sequence[HouseholdForm]) -> dict[int, list[Note]]:
    """Form id → its notes; two queries for every 500 phiếu of a round. Each form has ``round``
    and ``household`` loaded."""
    people = _people(forms)
    return {
        form.pk: notes_of_household(
            HouseholdFacts(
                household_id=form.household_id,
                year=form.round.year,
                people=people.get((form.household_id, form.round.year), []),
                head_name=form.household.head_name,
                surveyed_on=form.surveyed_on,
                begun=form.household.closed_on is None,
                hamlet_id=form.hamlet_id,
            ),
            form.accepted,
        )
        for form in forms
    }


def _people(forms: Sequence[HouseholdForm]) -> dict[tuple[int, int], list[Facts]]:
    """(household, year) → its people in the order of the paper."""
    catalogue()
    found: dict[tuple[int, int], list[Facts]] = defaultdict(list)
    rounds = {form.round_id: form.round for form in forms}
    for survey_round in rounds.values():
        year = survey_round.year
        homes = [form.household_id for form in forms if form.round_id == survey_round.pk]
        for start in range(0, len(homes), _CHUNK):
            chunk = homes[start : start + _CHUNK]
            records = SchoolingRecord.objects.in_year(year).filter(household__in=chunk)
            before = SchoolingRecord.objects.in_year(year - 1).filter(
                resident__in=records.order_by().values("resident")
            )
            last = {
                row[0]: row[1:]
                for row in before.order_by().values_list("resident_id", *LAST_COLUMNS)
            }
            ordered = records.order_by("household", "resident__position", "resident_id")
            for row in fact_rows(ordered):
                facts = facts_of_row(row, last.get(row[0]), survey_round.statistics_date)
                found[facts.household_id, year].append(facts)
    return found


def submit_refusal(notes: Sequence[Note]) -> str:
    """Why a phiếu with these notes cannot be handed in; empty when it can."""
    left = blocking(notes)
    if any(note.code == "no_members" for note in left):
        return "Phiếu chưa có người nào; hãy nhập ít nhất một người."
    errors = [note for note in left if note.level == ERROR]
    unconfirmed = len(left) - len(errors)
    parts = []
    if errors:
        parts.append(f"còn {len(errors)} lỗi phải sửa")
    if unconfirmed:
        parts.append(f"còn {unconfirmed} cảnh báo chưa xác nhận")
    if not parts:
        return ""
    first = (errors or left)[0].message
    return f"Chưa nộp được: {' và '.join(parts)}. {first}"
