"""The page “Lời văn hồ sơ” with ready texts; templates only put them in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.forms import BoundField
from django.utils import timezone

from pcgd.territory.models import Tier, Unit
from reports.dossier_paragraphs import PARAGRAPHS, PLACEHOLDERS, UNKNOWN, filled, lines_of
from reports.dossier_words import Dossier
from reports.forms_texts import LetterForm, MemberFormSet, TextsForm, member_forms
from reports.models_dossier import CommitteeMember, DossierText
from reports.sources import DamagedSnapshotError, source_of
from reports.text_services import (
    LETTER_TITLES,
    Conflict,
    LetterValues,
    letters_of,
    letters_stamp,
    members_stamp,
)
from standards.engine import StandardsError
from surveys.figures import NoDataError
from surveys.models import SurveyRound


@dataclass(frozen=True, slots=True)
class TextRow:
    """One paragraph; ``lines`` is it as it is printed. ``section`` is its heading where a new
    one begins, else ""; ``proposal`` is shown beside a text that differs from it."""

    section: str
    field: BoundField
    shown: BoundField
    saved: str
    is_written: bool
    proposal: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Placeholder:
    sign: str
    meaning: str
    value: str


@dataclass(frozen=True, slots=True)
class TextsPage:
    """Everything on the page; ``shown`` and ``proposals`` are by key, ``values`` by the name
    of the placeholder. ``problem``: why there are no numbers yet."""

    unit: Unit
    year: int
    can_edit: bool
    problem: str
    shown: Mapping[str, str]
    proposals: Mapping[str, str]
    written: Mapping[str, DossierText]
    values: Mapping[str, str]
    texts: TextsForm
    members: Sequence[CommitteeMember]
    members_form: MemberFormSet
    members_stamp: str
    letters_form: Sequence[LetterForm]
    letters_stamp: str
    text_conflicts: Sequence[Conflict] = ()
    member_conflicts: Sequence[Conflict] = ()
    letter_conflicts: Sequence[Conflict] = ()
    member_problem: str = ""
    letter_problem: str = ""

    @property
    def last_year(self) -> int:
        return self.year - 1

    @property
    def placeholders(self) -> list[Placeholder]:
        return [
            Placeholder(f"{{{name}}}", meaning, self.values.get(name, UNKNOWN))
            for name, meaning in PLACEHOLDERS.items()
        ]

    @property
    def rows(self) -> list[TextRow]:
        found, section = [], ""
        for each in PARAGRAPHS:
            row = self.written.get(each.key)
            found.append(
                TextRow(
                    section="" if each.section == section else each.section,
                    field=self.texts[each.key],
                    shown=self.texts[f"{each.key}_shown"],
                    saved=_saved(row),
                    is_written=row is not None,
                    proposal="" if row is None else self.proposals[each.key],
                    lines=lines_of(filled(self.shown[each.key], self.values)),
                )
            )
            section = each.section
        return found

    def member_forms(self, data: Any) -> MemberFormSet:
        return member_forms(data, self.members)

    def letter_forms(self, data: Any) -> list[LetterForm]:
        return _letter_forms(self.unit, self.year, data)

    def with_texts(self, form: TextsForm, *, conflicts: Sequence[Conflict] = ()) -> TextsPage:
        return replace(self, texts=form, text_conflicts=conflicts)

    def with_members(
        self,
        form: MemberFormSet,
        stamp: str,
        *,
        problem: str = "",
        conflicts: Sequence[Conflict] = (),
    ) -> TextsPage:
        """``stamp`` is what the page was opened with; after a conflict it is the new one, and
        saving once more is a decision."""
        return replace(
            self,
            members_form=form,
            members_stamp=self.members_stamp if conflicts else stamp,
            member_problem=problem,
            member_conflicts=conflicts,
        )

    def with_letters(
        self,
        form: Sequence[LetterForm],
        stamp: str,
        *,
        problem: str = "",
        conflicts: Sequence[Conflict] = (),
    ) -> TextsPage:
        """As ``with_members``."""
        return replace(
            self,
            letters_form=form,
            letters_stamp=self.letters_stamp if conflicts else stamp,
            letter_problem=problem,
            letter_conflicts=conflicts,
        )


def load_page(unit: Unit, survey_round: SurveyRound, *, can_edit: bool) -> TextsPage:
    year = survey_round.year
    values, problem, is_complete = _numbers(unit, year)
    is_ward = unit.tier == Tier.WARD
    proposals = {
        each.key: each.proposal(is_ward=is_ward, is_complete=is_complete) for each in PARAGRAPHS
    }
    rows = DossierText.objects.of_unit(unit, year).select_related("edited_by")
    written = {row.key: row for row in rows}
    shown = proposals | {key: row.text for key, row in written.items() if key in proposals}
    members = list(CommitteeMember.objects.of_unit(unit, year).in_protocol_order())
    return TextsPage(
        unit=unit,
        year=year,
        can_edit=can_edit,
        problem=problem,
        shown=shown,
        proposals=proposals,
        written=written,
        values=values,
        texts=TextsForm(shown=shown),
        members=members,
        members_form=member_forms(None, members),
        members_stamp=members_stamp(unit, year),
        letters_form=_letter_forms(unit, year, None),
        letters_stamp=letters_stamp(unit, year),
    )


def _numbers(unit: Unit, year: int) -> tuple[Mapping[str, str], str, bool]:
    """(what the placeholders stand for now, why they stand for nothing, nothing is left)."""
    try:
        dossier = Dossier(source_of(unit=unit, year=year))
    except (NoDataError, StandardsError, DamagedSnapshotError) as error:
        return {}, str(error), False
    return dossier.placeholders, "", dossier.is_complete


def _letter_forms(unit: Unit, year: int, data: Any) -> list[LetterForm]:
    known = {each.document: each for each in letters_of(unit, year)}
    documents = [code for code in LETTER_TITLES if code != "quyet-dinh" or unit.tier != Tier.WARD]
    return [LetterForm(data, values=known.get(code, LetterValues(code))) for code in documents]


def _saved(row: DossierText | None) -> str:
    if row is None:
        return ""
    who = row.edited_by.full_name or row.edited_by.username if row.edited_by else ""
    when = f"{timezone.localtime(row.edited_at):%H:%M %d/%m/%Y}"
    return f"{who} sửa lúc {when}" if who else f"Sửa lúc {when}"
