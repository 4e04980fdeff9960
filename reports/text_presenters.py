"""The page “Lời văn hồ sơ” with ready texts; templates only put them in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.forms import BaseForm, BoundField
from django.http import QueryDict
from django.utils import timezone

from pcgd.territory.models import Tier, Unit
from reports.dossier_paragraphs import PARAGRAPHS, PLACEHOLDERS, UNKNOWN, filled, lines_of
from reports.dossier_words import Dossier
from reports.forms_texts import (
    LETTERS_PREFIX,
    MEMBERS_PREFIX,
    TEXTS_PREFIX,
    LetterForm,
    MemberFormSet,
    SentForms,
    TextsForm,
    member_forms,
)
from reports.models_dossier import CommitteeMember, DossierText
from reports.sources import DamagedSnapshotError, source_of
from reports.text_services import (
    LETTER_TITLES,
    MAX_MEMBERS,
    LetterValues,
    Part,
    letters_of,
    letters_stamp,
    members_stamp,
)
from reports.words_saving import Refusal
from standards.engine import StandardsError
from surveys.figures import NoDataError
from surveys.models import SurveyRound

_SECTIONS = {Part.TEXTS: "bao-cao", Part.MEMBERS: "ban-chi-dao", Part.LETTERS: "van-ban"}
_STALE = "Người khác vừa sửa sau khi bạn mở trang; hai bản ở ngay phần đó."


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
class Mistake:
    """Something to mend before the page can be saved; ``target`` is the id of its place."""

    label: str
    sentence: str
    target: str


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
    refusals: Mapping[Part, Refusal] = field(default_factory=dict)
    #: Whether it shows words that are not stored.
    is_unsaved: bool = False
    #: Whether these were sent when their writer was signed in no longer.
    is_kept: bool = False

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

    @property
    def texts_refusal(self) -> Refusal | None:
        return self.refusals.get(Part.TEXTS)

    @property
    def members_refusal(self) -> Refusal | None:
        return self.refusals.get(Part.MEMBERS)

    @property
    def letters_refusal(self) -> Refusal | None:
        return self.refusals.get(Part.LETTERS)

    @property
    def mistakes(self) -> list[Mistake]:
        """All that stands in the way of saving, in the order of the page."""
        found = [*_wrong_boxes("", self.texts), *self._reasons(Part.TEXTS)]
        for number, form in enumerate(self.members_form, start=1):
            found += _wrong_boxes(f"Thành viên {number}, ", form)
        if self.members_form.is_bound and self.members_form.non_form_errors():
            sentence = f"Không đọc được danh sách; nhiều nhất {MAX_MEMBERS} người."
            found.append(Mistake("Ban Chỉ đạo", sentence, _SECTIONS[Part.MEMBERS]))
        found += self._reasons(Part.MEMBERS)
        for letter in self.letters_form:
            found += _wrong_boxes(f"{letter.title}, ", letter)
        return [*found, *self._reasons(Part.LETTERS)]

    def _reasons(self, part: Part) -> list[Mistake]:
        refusal, section = self.refusals.get(part, Refusal()), _SECTIONS[part]
        found = [Mistake(each.label, _STALE, section) for each in refusal.conflicts]
        if refusal.problem:
            found.append(Mistake(part.label, refusal.problem, section))
        return found

    def read(self, data: QueryDict) -> SentForms:
        """The page as it came back. ``keep`` in it names what its writer gives up for what
        somebody else saved meanwhile."""
        kept = set(data.getlist("keep"))
        texts = members = letters = None
        if _brings(data, TEXTS_PREFIX):
            texts = TextsForm(data, shown=self.shown)
            texts = texts.keep_stored(self.shown, kept & self.shown.keys())
        if _brings(data, MEMBERS_PREFIX) and Part.MEMBERS not in kept:
            members = member_forms(data, self.members)
        if _brings(data, LETTERS_PREFIX) and Part.LETTERS not in kept:
            letters = _letter_forms(self.unit, self.year, data)
        return SentForms(
            texts, members, data.get("members_stamp", ""), letters, data.get("letters_stamp", "")
        )

    def with_sent(
        self, sent: SentForms, refusals: Mapping[Part, Refusal], *, is_kept: bool = False
    ) -> TextsPage:
        """The page with what was typed and is not stored. Against what somebody else changed
        meanwhile it has now been seen: saving once more is a decision."""
        page = replace(self, refusals=refusals, is_unsaved=True, is_kept=is_kept)
        stale = {part for part, refusal in refusals.items() if refusal.conflicts}
        if sent.texts is not None:
            keys = (
                [each.key for each in refusals[Part.TEXTS].conflicts] if Part.TEXTS in stale else ()
            )
            page = replace(
                page, texts=sent.texts.show_anew(self.shown, keys) if keys else sent.texts
            )
        if sent.members is not None:
            stamp = self.members_stamp if Part.MEMBERS in stale else sent.members_stamp
            page = replace(page, members_form=sent.members, members_stamp=stamp)
        if sent.letters is not None:
            stamp = self.letters_stamp if Part.LETTERS in stale else sent.letters_stamp
            page = replace(page, letters_form=sent.letters, letters_stamp=stamp)
        return page


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


def _brings(data: QueryDict, prefix: str) -> bool:
    return any(name.startswith(f"{prefix}-") for name in data)


def _wrong_boxes(whose: str, form: BaseForm) -> list[Mistake]:
    return [
        Mistake(f"{whose}{box.label}", str(error), box.id_for_label)
        for box in form
        for error in box.errors
    ]


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
