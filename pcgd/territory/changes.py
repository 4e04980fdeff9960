"""Carries out a file of changes: all of it, or nothing.

The rows are taken day by day. Within a day the order of the rows does not matter; the order
of the law does: units that are merged or divided end first, so that a new unit may take over
their code; then units are founded, from the province down; then renamed; then moved; then
ended; then successions are recorded, and what still stands below a unit that went passes to
its main successor; hard-area lists last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from django.db import transaction

from pcgd.territory.change_file import Problem, read_change_file
from pcgd.territory.change_rows import Action, Change, parse_rows
from pcgd.territory.models import Tier, Unit, UnitNotFoundError
from pcgd.territory.placing import ONE_DAY
from pcgd.territory.rules import TerritoryError, UnitDraft, day
from pcgd.territory.services import (
    Successor,
    create_units,
    end_unit,
    move_unit,
    rename_unit,
    replace_unit,
    retire_unit,
    set_area_status,
)

_TOP_DOWN = (Tier.PROVINCE, Tier.DISTRICT, Tier.WARD, Tier.HAMLET)


_BATCH = 500
_WHOLE = Decimal("1.001")
"""Shares are rounded to four decimals: their sum may pass 1 by a hair."""


@dataclass
class ChangeReport:
    """What was (or, in a dry run, would be) done, or what stands in the way."""

    problems: list[Problem] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    counts: Counter[Action] = field(default_factory=Counter)


def apply_change_file(*, path: Path, dry_run: bool = False) -> ChangeReport:
    """Read, check and carry out the file; with ``problems`` or ``dry_run`` nothing is written.

    First every cell is read; only when all can be read are the changes tried one upon the
    other. Raises ChangeFileError when the file is no file of changes at all.
    """
    raw = read_change_file(path)
    changes, problems = parse_rows(raw.rows)
    problems = raw.problems + problems or _ill_formed_splits(changes)
    if problems:
        return ChangeReport(problems=problems)
    with transaction.atomic():
        report = _Run().over(changes)
        if dry_run or report.problems:
            transaction.set_rollback(True)
    return report


def _split_key(change: Change) -> tuple[str, date]:
    return change.code, change.on


def _splits(changes: Iterable[Change]) -> list[list[Change]]:
    """The rows of each divided unit together."""
    rows = sorted((c for c in changes if c.action is Action.SPLIT), key=_split_key)
    return [list(group) for _, group in groupby(rows, key=_split_key)]


def _ill_formed_splits(changes: Iterable[Change]) -> list[Problem]:
    problems = []
    for rows in _splits(changes):
        first = rows[0]
        marked = sum(row.main for row in rows)
        total = sum((row.share or Decimal(0) for row in rows), Decimal(0))
        if len(rows) < 2:
            wanted = "cần ít nhất hai dòng “chia” cho một đơn vị bị chia"
            problems.append(first.problem("ma", first.code, wanted))
        elif len({row.new_code for row in rows}) < len(rows):
            problems.append(first.problem("ma_moi", first.new_code, "cần mỗi mã mới một dòng"))
        if marked != 1:
            wanted = "cần đúng một dòng đánh dấu “x” trong các dòng chia đơn vị này"
            problems.append(first.problem("phan_chinh", f"{marked} dòng", wanted))
        if total > _WHOLE:
            problems.append(first.problem("ty_le", total, "cần tổng các phần không quá 1"))
    return problems


@dataclass(frozen=True, slots=True)
class _Leaving:
    """A unit whose territory passes to others. ``ends`` is false for one that is named among
    its own successors and whose code no new unit takes: it lives on and gives parts away."""

    unit: Unit
    rows: list[Change]
    ends: bool


class _Run:
    """One pass over the changes inside the caller's transaction."""

    def __init__(self) -> None:
        self.report = ChangeReport()
        self._failed_codes: set[str] = set()

    def over(self, changes: Iterable[Change]) -> ChangeReport:
        in_time = sorted(changes, key=attrgetter("on"))
        for on, group in groupby(in_time, key=attrgetter("on")):
            self._day(on, list(group))
        self.report.problems.sort(key=attrgetter("sheet", "row"))
        return self.report

    def _day(self, on: date, changes: Sequence[Change]) -> None:
        by_action = {
            action: [change for change in changes if change.action is action] for action in Action
        }
        founded = {change.code for change in by_action[Action.CREATE]}
        leaving = self._retire([[row] for row in by_action[Action.MERGE]], on, founded)
        leaving += self._retire(_splits(changes), on, founded)
        for tier in _TOP_DOWN:
            self._create([row for row in by_action[Action.CREATE] if row.tier == tier], on)
        for change in by_action[Action.RENAME]:
            self._try(change, self._rename)
        for change in by_action[Action.MOVE]:
            self._try(change, self._move)
        for change in by_action[Action.END]:
            self._try(change, self._end)
        for unit in leaving:
            self._try(unit.rows[0], partial(self._replace, unit))
        for change in by_action[Action.AREA_STATUS]:
            self._try(change, self._area_status)

    def _retire(
        self, groups: Iterable[list[Change]], on: date, founded: set[str]
    ) -> list[_Leaving]:
        """End the units that are merged or divided; what remains to be done with each."""
        leaving: list[_Leaving] = []
        for rows in groups:
            code = rows[0].code
            named_itself = any(row.new_code == code for row in rows)
            lives_on = rows[0].action is Action.SPLIT and named_itself and code not in founded
            self._try(rows[0], partial(self._retire_one, rows, lives_on, leaving), count=False)
        return leaving

    def _retire_one(
        self, rows: list[Change], lives_on: bool, leaving: list[_Leaving], first: Change
    ) -> None:
        last_day = first.on - ONE_DAY
        old = self._unit(first, "ma", first.code, last_day)
        if not lives_on:
            retire_unit(unit=old, last_day=last_day, decree=first.decree)
        leaving.append(_Leaving(old, rows, ends=not lives_on))

    def _create(self, changes: Sequence[Change], on: date) -> None:
        """Found the units together; only if that fails one by one, to tell which ones fail."""
        for start in range(0, len(changes), _BATCH):
            parents: dict[str, Unit] = {}
            drafts: list[tuple[Change, UnitDraft]] = []
            for change in changes[start : start + _BATCH]:
                self._try(change, partial(self._draft, parents, drafts), count=False)
            try:
                create_units(drafts=[draft for _, draft in drafts])
            except TerritoryError:
                for change, draft in drafts:
                    self._try(change, partial(self._create_one, draft))
            else:
                for change, draft in drafts:
                    self._note(change, _created(draft))

    def _draft(
        self, parents: dict[str, Unit], drafts: list[tuple[Change, UnitDraft]], change: Change
    ) -> None:
        above = change.parent_code
        if above and above not in parents:
            parents[above] = self._unit(change, "ma_cap_tren", above, change.on)
        draft = UnitDraft(
            change.code,
            change.name,
            change.tier or Tier.WARD,
            parents.get(above),
            change.on,
            decree=change.decree,
        )
        drafts.append((change, draft))

    def _create_one(self, draft: UnitDraft, _: Change) -> str:
        create_units(drafts=[draft])
        return _created(draft)

    def _rename(self, change: Change) -> str:
        unit = self._unit(change, "ma", change.code, change.on)
        before = unit.name
        rename_unit(unit=unit, name=change.name, on=change.on, decree=change.decree)
        return f"{before} ({unit.code}) thành {unit.name}"

    def _move(self, change: Change) -> str:
        unit = self._unit(change, "ma", change.code, change.on)
        parent = self._unit(change, "ma_cap_tren", change.parent_code, change.on)
        move_unit(unit=unit, new_parent=parent, on=change.on, decree=change.decree)
        return f"{unit.name} ({unit.code}) về {parent.name} ({parent.code})"

    def _end(self, change: Change) -> str:
        unit = self._unit(change, "ma", change.code, change.on - ONE_DAY)
        end_unit(unit=unit, last_day=change.on - ONE_DAY, decree=change.decree)
        return f"{unit.name} ({unit.code})"

    def _replace(self, leaving: _Leaving, first: Change) -> str:
        old = leaving.unit
        successors = [
            Successor(
                unit=self._unit(row, "ma_moi", row.new_code, row.on),
                main=row.main or row.action is Action.MERGE,
                share=row.share,
            )
            for row in leaving.rows
            if leaving.ends or row.new_code != old.code
        ]
        replace_unit(
            unit=old, successors=successors, on=first.on, decree=first.decree, ends=leaving.ends
        )
        names = "; ".join(f"{heir.unit.name} ({heir.unit.code})" for heir in successors)
        return f"{old.name} ({old.code}) vào {names}"

    def _area_status(self, change: Change) -> str:
        unit = self._unit(change, "ma", change.code, change.on)
        if change.kind is None:
            raise TerritoryError("Thiếu danh sách của diện khó khăn.")
        set_area_status(
            unit=unit,
            kind=change.kind,
            valid_from=change.on,
            valid_to=change.last_day,
            decree=change.decree,
        )
        return f"{unit.name} ({unit.code}): {change.kind.label.lower()}"

    def _unit(self, change: Change, column: str, code: str, on: date) -> Unit:
        try:
            return Unit.objects.by_code(code, on)
        except UnitNotFoundError as error:
            raise _NoSuchUnitError(
                change.problem(column, code, f"cần mã của một đơn vị có vào ngày {day(on)}"), code
            ) from error

    def _try(self, change: Change, act: Callable[[Change], str | None], count: bool = True) -> None:
        try:
            with transaction.atomic():
                text = act(change)
        except _NoSuchUnitError as error:
            # A unit that could not be founded was reported at its own row already.
            if error.code not in self._failed_codes:
                self.report.problems.append(error.problem)
        except TerritoryError as error:
            sentence = str(error).removesuffix(".")
            self.report.problems.append(change.problem("ma", change.code, sentence))
        else:
            if count:
                self._note(change, text or "")
            return
        if change.action is Action.CREATE:
            self._failed_codes.add(change.code)

    def _note(self, change: Change, text: str) -> None:
        self.report.counts[change.action] += 1
        self.report.done.append(
            f"{change.sheet}, dòng {change.row}: {change.verb} {text} từ {day(change.on)}"
        )


class _NoSuchUnitError(LookupError):
    def __init__(self, problem: Problem, code: str) -> None:
        super().__init__(code)
        self.problem = problem
        self.code = code


def _created(draft: UnitDraft) -> str:
    above = f" thuộc {draft.parent.name} ({draft.parent.code})" if draft.parent else ""
    return f"{draft.name} ({draft.code}){above}"
