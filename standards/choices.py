"""A city's reading of the points that the law leaves open: which is in force, and setting one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from pcgd.accounts.audit import audited
from pcgd.accounts.scoping import Scope
from pcgd.names import nfc
from pcgd.territory.models import Tier, Unit
from standards.engine.model import Parameter, Value
from standards.models import ParameterChoice
from standards.services import documents, rulebook_on

_FURTHEST = 10
"""Years ahead of today for which a choice may be set: further away is a slip of the pen."""


class ChoiceError(ValueError):
    """A choice that cannot be set: one Vietnamese sentence, and the field to mend."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class CityChoices:
    """All choices that one province ever set, for whoever needs those of several days."""

    rows: Sequence[ParameterChoice]

    def on(self, day: date, law: date | None = None) -> dict[str, Value]:
        """{parameter: value} in force on that day, held against the documents of ``law``
        (of the same day unless told otherwise).

        Only names and values that those documents know: a choice made for a document that
        has since gone out of force says nothing any more. Raises NoDocumentError.
        """
        known = rulebook_on(law or day).parameters
        found = {}
        for row in self.rows:
            if row.is_in_force(day) and row.name in known:
                value = value_of(known[row.name], row.value)
                if value is not None:
                    found[row.name] = value
        return found


def city_choices(unit: Unit) -> CityChoices:
    """What the province above (or at) ``unit`` has set; one query."""
    rows = ParameterChoice.objects.of_province_above(unit).newest_first()
    return CityChoices(tuple(rows))


def choices_for(unit: Unit, on: date) -> dict[str, Value]:
    """{parameter: value} set for that day by the province above ``unit``; one query.

    Raises NoDocumentError.
    """
    return city_choices(unit).on(on)


def value_of(parameter: Parameter, text: str) -> Value | None:
    """The parameter's value that is written ``text``; None when it has no such value."""
    for value in parameter.values:
        if str(value.value) == text:
            return value.value
    return None


def parameter_named(name: str) -> Parameter | None:
    """The parameter in its newest wording, whichever document it stands in."""
    found = None
    for document in documents():
        for parameter in document.parameters:
            newer = found is None or parameter.validity.valid_from > found.validity.valid_from
            if parameter.name == name and newer:
                found = parameter
    return found


def parameter_on(name: str, on: date) -> Parameter:
    """The parameter as the documents of that day have it. Raises ChoiceError, NoDocumentError."""
    known: Mapping[str, Parameter] = rulebook_on(on).parameters
    if name in known:
        return known[name]
    if parameter_named(name) is not None:
        raise ChoiceError(
            f"Ngày {on:%d/%m/%Y} không có văn bản nào dùng tham số “{name}”.", "valid_from"
        )
    raise ChoiceError(f"Không có tham số “{name}”; các tham số hiện có: {', '.join(known)}.")


@transaction.atomic
@audited
def set_choice(
    *,
    scope: Scope,
    province: Unit,
    name: str,
    value: str,
    valid_from: date,
    document: str,
    today: date,
    note: str = "",
    settled: date | None = None,
) -> ParameterChoice:
    """From ``valid_from`` the province reads the parameter as ``value``; what it had chosen
    before ends the day before.

    ``settled``: a day up to which figures have been handed in; a choice never reaches back
    there, since the units of one round are measured alike. Raises ChoiceError for an unknown
    name or value (naming the allowed ones), a missing document, a day out of bounds, or one
    not after the choice that it follows; NoDocumentError before the first document.
    """
    if province.tier != Tier.PROVINCE:
        raise ChoiceError("Chỉ tỉnh/thành phố chọn cách hiểu quy định.")
    parameter = parameter_on(name, valid_from)
    wanted = value_of(parameter, value.strip())
    if wanted is None:
        allowed = ", ".join(f"{each.value} ({each.title})" for each in parameter.values)
        raise ChoiceError(f"Không có giá trị “{value}”; cần một trong: {allowed}.", "value")
    document = nfc(document)
    if not document:
        raise ChoiceError("Chưa ghi số văn bản quy định cách hiểu này.", "document")
    _refuse_settled(valid_from, settled)
    if valid_from.year > today.year + _FURTHEST:
        raise ChoiceError(
            f"Ngày {valid_from:%d/%m/%Y} quá xa; cần không muộn hơn năm {today.year + _FURTHEST}.",
            "valid_from",
        )
    # One choice of a province at a time, or two could overlap.
    Unit.objects.select_for_update().get(pk=province.pk)
    own = ParameterChoice.objects.filter(province=province, name=name)
    last = own.order_by("-valid_from").first()
    if last is not None and valid_from <= last.valid_from:
        raise ChoiceError(
            f"Đã có lựa chọn áp dụng từ ngày {last.valid_from:%d/%m/%Y} (văn bản {last.document}); "
            "cần một ngày sau đó, hoặc bỏ lựa chọn ấy trước.",
            "valid_from",
        )
    if last is not None and (last.valid_to is None or last.valid_to >= valid_from):
        last.valid_to = valid_from - timedelta(days=1)
        last.save()
    return ParameterChoice.objects.create(
        province=province,
        name=name,
        value=str(wanted),
        valid_from=valid_from,
        document=document,
        note=nfc(note),
        created_by=scope.user,
    )


@transaction.atomic
@audited
def end_choice(
    *, scope: Scope, choice: ParameterChoice, last_day: date, settled: date | None = None
) -> ParameterChoice:
    """The choice is in force for the last time on ``last_day``; after it the default holds.

    Raises ChoiceError when it has ended already, when ``last_day`` is before its first day,
    or when figures have been handed in for a day after it (``settled``).
    """
    choice = _locked(choice)
    if choice.valid_to is not None:
        raise ChoiceError(f"Lựa chọn này đã kết thúc ngày {choice.valid_to:%d/%m/%Y}.")
    if last_day < choice.valid_from:
        raise ChoiceError(
            f"Ngày cuối {last_day:%d/%m/%Y} ở trước ngày bắt đầu {choice.valid_from:%d/%m/%Y}.",
            "last_day",
        )
    if settled is not None and last_day < settled:
        raise _settled(settled, "last_day")
    choice.valid_to = last_day
    choice.save()
    return choice


@transaction.atomic
@audited
def withdraw_choice(
    *, scope: Scope, choice: ParameterChoice, settled: date | None = None
) -> ParameterChoice | None:
    """Undo the newest choice of a parameter, for which nothing was handed in yet; the log
    keeps it. The choice that it had replaced holds again and is returned.

    Raises ChoiceError when figures were handed in under it, or a later choice follows.
    """
    choice = _locked(choice)
    _refuse_settled(choice.valid_from, settled)
    own = ParameterChoice.objects.filter(province=choice.province_id, name=choice.name)
    if own.filter(valid_from__gt=choice.valid_from).exists():
        raise ChoiceError("Chỉ bỏ được lựa chọn mới nhất của mỗi tham số.")
    before = own.filter(valid_to=choice.valid_from - timedelta(days=1)).first()
    choice.delete()
    if before is not None:
        before.valid_to = None
        before.save()
    return before


def _locked(choice: ParameterChoice) -> ParameterChoice:
    """The choice as it stands, kept from others until the transaction ends."""
    Unit.objects.select_for_update().get(pk=choice.province_id)
    found = ParameterChoice.objects.filter(pk=choice.pk).first()
    if found is None:
        raise ChoiceError("Lựa chọn này vừa bị người khác bỏ.")
    return found


def _refuse_settled(first_day: date, settled: date | None) -> None:
    if settled is not None and first_day <= settled:
        raise _settled(settled, "valid_from")


def _settled(day: date, field: str) -> ChoiceError:
    return ChoiceError(
        f"Đã có đơn vị gửi số liệu tính đến {day:%d/%m/%Y} theo cách hiểu trước; "
        "chỉ đổi được cho những ngày sau đó.",
        field,
    )
