"""Saving a phiếu: one transaction, one version, an audit row for whatever changed.

Who saves an older version than the stored one is refused: they are shown what the other
person changed, and what they typed stays on the page, merged over the new values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.db.models.deletion import ProtectedError
from django.utils import timezone

from households.models import (
    Household,
    RecordStage,
    Relation,
    Resident,
    School,
    SchoolingRecord,
)
from households.school_lookup import SchoolFinder
from pcgd.accounts.audit import audited
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Unit
from surveys.entry_lines import apply_to_record, apply_to_resident
from surveys.figures import touch_ward
from surveys.forms_entry import MemberForm, VisitForm
from surveys.models import HouseholdForm, SurveyRound
from surveys.residence import LAST_MOVE, MOVED_ON, describe_move, log_move
from surveys.validation.accepting import accept_typed
from surveys.workflow import TransitionRefusedError, lock_reason, perform_on_form

NEW_PREFIX = "n"
_NEW_LINE = re.compile(f"{NEW_PREFIX}([0-9]{{1,4}})-full_name")


class StaleFormError(Exception):
    """Somebody saved this phiếu after it was opened here."""


@dataclass(frozen=True, slots=True)
class EntryError:
    who: str
    label: str
    sentence: str
    field_id: str


@dataclass(slots=True)
class EntryPage:
    """A phiếu on screen: its header and its lines, bound to what was typed or not."""

    form: HouseholdForm
    header: VisitForm
    members: list[MemberForm]
    new_members: list[MemberForm] = field(default_factory=list)

    @property
    def all_members(self) -> list[MemberForm]:
        return [*self.members, *self.new_members]

    @property
    def has_errors(self) -> bool:
        return any(form.is_bound and form.errors for form in (self.header, *self.all_members))

    @property
    def errors(self) -> list[EntryError]:
        """Every error in the order of the page, each with the field to jump to."""
        found = [
            EntryError("Hộ", str(bound.label), str(sentence), bound.id_for_label)
            for bound in self.header
            for sentence in bound.errors
        ]
        for member in self.all_members:
            who = str(member["full_name"].value() or "Người mới")
            found += [
                EntryError(who, "Dòng", str(sentence), str(member.prefix))
                for sentence in member.non_field_errors()
            ]
            found += [
                EntryError(
                    who, str(bound.label), str(sentence), bound.id_for_label or bound.auto_id
                )
                for bound in member
                for sentence in bound.errors
            ]
        return found

    def is_valid(self) -> bool:
        valid = self.header.is_valid()
        for member in self.all_members:
            valid = member.is_valid() and valid
        return valid


class InvalidEntryError(Exception):
    """Something typed is wrong; ``page`` carries it with the errors on its fields."""

    def __init__(self, page: EntryPage) -> None:
        super().__init__("phiếu có ô sai")
        self.page = page


def records_of(form: HouseholdForm) -> list[SchoolingRecord]:
    """The lines of the phiếu, in the order of the paper."""
    return list(
        SchoolingRecord.objects.in_year(form.round.year)
        .filter(household=form.household_id)
        .select_related("resident", "school")
        .annotate(last_move=LAST_MOVE, moved_on=MOVED_ON)
        .order_by("resident__position", "resident_id")
    )


def school_finder(form: HouseholdForm) -> SchoolFinder:
    """All working schools of the province: a child may study in any ward."""
    province = form.round.province
    return SchoolFinder(School.objects.active().filter(ward__path__startswith=province.path))


def entry_page(
    form: HouseholdForm,
    data: Mapping[str, Any] | None = None,
    *,
    finder: SchoolFinder | None = None,
    blank_lines: int = 0,
) -> EntryPage:
    """The page for ``form``; with ``data`` (a POST) bound to it. New lines are those whose
    prefix n1, n2, … stands in the data."""
    if finder is None:
        finder = school_finder(form) if data is not None else SchoolFinder([])
    year = form.round.year
    header = VisitForm(data, prefix="h", form=form)
    members = [
        MemberForm(data, prefix=f"m{record.resident_id}", year=year, schools=finder, record=record)
        for record in records_of(form)
    ]
    numbers: Iterable[int] = range(1, blank_lines + 1)
    if data is not None:
        numbers = sorted(int(line[1]) for name in data if (line := _NEW_LINE.fullmatch(name)))
    new = [
        MemberForm(data, prefix=f"{NEW_PREFIX}{n}", year=year, schools=finder, empty_permitted=True)
        for n in numbers
    ]
    return EntryPage(form, header, members, new)


@audited
def save_entry(
    *, form_id: int, version: int, data: Mapping[str, Any], scope: Scope, submit: bool = False
) -> HouseholdForm:
    """Write what was typed. Raises StaleFormError, InvalidEntryError and
    TransitionRefusedError; then nothing is written."""
    with transaction.atomic():
        place = HouseholdForm.objects.values_list("ward_id", "round__year").get(pk=form_id)
        touch_ward(ward_id=place[0], year=place[1])
        form = (
            HouseholdForm.objects.select_for_update(of=("self",))
            .select_related("round__province", "household__hamlet", "hamlet", "ward", "edited_by")
            .get(pk=form_id)
        )
        if why := lock_reason(form.ward_id, form.round_id):
            raise TransitionRefusedError(why)
        if form.version != version:
            raise StaleFormError
        page = entry_page(form, data)
        if not page.is_valid():
            raise InvalidEntryError(page)
        _write(page, scope)
        form = perform_on_form(form_id=form_id, action="start", scope=scope)
        accept_typed(form_id=form_id, data=data, scope=scope)
        if submit:
            form = perform_on_form(form_id=form_id, action="submit", scope=scope)
    return form


def _write(page: EntryPage, scope: Scope) -> None:
    form = page.form
    if page.header.has_changed():
        _write_header(page)
    failed = False
    position = 0
    # A new head last: for a moment the household would have two.
    for member in sorted(page.members, key=lambda m: m.cleaned_data["relation"] == Relation.HEAD):
        position = max(position, member.record.resident.position if member.record else 0)
        if member.cleaned_data.get("remove"):
            failed = not _remove(member) or failed
        elif member.has_changed():
            failed = not _write_member(member, form) or failed
    for member in page.new_members:
        if member.is_untouched_blank:
            continue
        position += 1
        failed = not _write_new(member, form, position) or failed
    if failed:
        raise InvalidEntryError(page)
    _follow_head(form)


def _write_header(page: EntryPage) -> None:
    household = page.form.household
    cleaned = dict(page.header.cleaned_data)
    HouseholdForm.objects.filter(pk=page.form.pk).update(surveyed_on=cleaned.pop("surveyed_on"))
    for name, value in cleaned.items():
        setattr(household, name, value)
    household.fill_derived()
    try:
        household.full_clean(validate_unique=False)
    except ValidationError as error:
        _report(page.header, error)
        raise InvalidEntryError(page) from error
    household.save()


def _write_member(member: MemberForm, form: HouseholdForm) -> bool:
    record = member.record
    assert record is not None  # noqa: S101 - a line of the phiếu has its record
    before = record.residence_state
    apply_to_resident(record.resident, member.cleaned_data)
    apply_to_record(record, member.cleaned_data, form)
    record.stage = max(record.stage, RecordStage.RECORDED)
    if not _clean_and_save(member, record.resident, record):
        return False
    # What is still shown of an earlier move does not belong to the next one.
    place = member.cleaned_data["event_place"] if "event_place" in member.changed_data else ""
    if record.residence_state != before:
        log_move(record, before=before, text=place)
    elif place:
        describe_move(record, place)
    return True


def _write_new(member: MemberForm, form: HouseholdForm, position: int) -> bool:
    person = Resident(household=form.household, position=position)
    apply_to_resident(person, member.cleaned_data)
    record = SchoolingRecord(
        resident=person,
        year=form.round.year,
        household=form.household,
        hamlet=form.hamlet,
        stage=RecordStage.RECORDED,
    )
    apply_to_record(record, member.cleaned_data, form)
    if not _clean_and_save(member, person, record):
        return False
    log_move(record, before=None, text=member.cleaned_data["event_place"])
    return True


def _clean_and_save(member: MemberForm, person: Resident, record: SchoolingRecord) -> bool:
    """Check both rows and save them; False with errors on the line."""
    try:
        person.full_clean(exclude=["household"], validate_constraints=False)
        record.full_clean(
            exclude=["resident", "household", "hamlet"],
            validate_unique=False,
            validate_constraints=False,
        )
    except ValidationError as error:
        _report(member, error)
        return False
    try:
        with transaction.atomic():
            person.save()
            record.resident = person
            record.save()
    except IntegrityError:
        # Asking the database about each of twenty constraints takes longer than all the rest
        # of a save, so it is asked only which of them it has just found broken. That may be
        # by what another ward wrote in this moment: the same personal id.
        try:
            person.validate_unique()
            person.validate_constraints()
            record.validate_constraints()
        except ValidationError as error:
            _report(member, error)
            return False
        raise
    return True


def _report(shown: forms.Form, error: ValidationError) -> None:
    """Put model errors on the fields of the line; what has no field there, on the line."""
    names = {"birth_year": "birth", "birth_month": "birth", "birth_day": "birth",
             "sex": "female", "can_study": "disability_kinds"}  # fmt: skip
    messages: Mapping[str, Sequence[str]] = (
        error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    )
    for name, sentences in messages.items():
        target = names.get(name, name)
        for sentence in sentences:
            shown.add_error(target if target in shown.fields else None, sentence)


def _remove(member: MemberForm) -> bool:
    record = member.record
    assert record is not None  # noqa: S101 - a line of the phiếu has its record
    if refused := delete_person(record):
        member.add_error("remove", refused)
        return False
    return True


def delete_person(record: SchoolingRecord, *, why: str = "") -> str:
    """Take out a person who was typed by mistake, which is only one without a past; the audit
    rows keep ``why``. Returns the sentence why not, or "". After a refusal the transaction (or
    its savepoint) must be rolled back."""
    person = record.resident
    if person.records.exclude(pk=record.pk).exists():
        return (
            f"{person.full_name} có dữ liệu năm trước nên không xóa; hãy ghi tình trạng cư trú "
            "(chuyển đi, chết) thay cho việc xóa."
        )
    record._change_reason = person._change_reason = why or None  # type: ignore[attr-defined]
    record.delete()
    try:
        person.delete()
    except ProtectedError:
        return f"{person.full_name} còn được dùng ở nơi khác, không xóa được."
    return ""


def _follow_head(form: HouseholdForm) -> None:
    """The head's name on the phiếu is that of the person marked as chủ hộ, if one is."""
    household = form.household
    head = household.residents.filter(relation=Relation.HEAD).values_list("full_name", flat=True)
    name = head.first()
    if name and name != household.head_name:
        household.head_name = name
        household.fill_derived()
        household.save()


@audited
@transaction.atomic
def create_household(
    *, survey_round: SurveyRound, hamlet: Unit, ward: Unit, cleaned: Mapping[str, Any], scope: Scope
) -> HouseholdForm:
    """A household that was not on the list, with its phiếu; numbered after the last."""
    touch_ward(ward_id=ward.pk, year=survey_round.year)
    if why := lock_reason(ward.pk, survey_round.pk):
        raise TransitionRefusedError(why)
    # One number after another, also when somebody adds a household to another year's round.
    Unit.objects.select_for_update(no_key=True).get(pk=hamlet.pk)
    last = Household.objects.filter(hamlet=hamlet).aggregate(last=Max("number"))["last"] or 0
    household = Household(hamlet=hamlet, number=last + 1, **cleaned)
    household.fill_derived()
    household.full_clean()
    household.save()
    return HouseholdForm.objects.create(
        round=survey_round, household=household, hamlet=hamlet, ward=ward,
        edited_by=scope.user, edited_at=timezone.now(),
    )  # fmt: skip
