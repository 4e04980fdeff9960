"""The one place that says what a person may see: the subtree of the unit they act for, and,
to look at only, the units that wholly became it (docs/adr/0006-predecessors.md).

A model that belongs to a unit names the lookup to that unit's path::

    class Household(models.Model):
        scope_path = "hamlet__path"
        objects = HouseholdQuerySet.as_manager()   # a ScopedQuerySet

``within(scope)`` is the only code that writes a scope filter. Views obtain objects through
``get_scoped_or_404`` and let people choose among them through ``ScopedModelChoiceField``;
what lies outside the scope does not exist for them (404), which also keeps secret that it
exists elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from django import forms
from django.apps import AppConfig, apps
from django.core import checks
from django.core.exceptions import (
    FieldDoesNotExist,
    ImproperlyConfigured,
    ObjectDoesNotExist,
    PermissionDenied,
    ValidationError,
)
from django.db import models
from django.db.models import Q
from django.db.models.constants import LOOKUP_SEP
from django.http import Http404

from pcgd.accounts.roles import AREAS_ALLOWED, AREAS_REQUIRED, Role
from pcgd.territory.models import Unit, UnitQuerySet
from pcgd.territory.predecessors import wholly_became

if TYPE_CHECKING:
    from pcgd.accounts.models import Membership, User

_M = TypeVar("_M", bound=models.Model, covariant=True)
_Model = TypeVar("_Model", bound=models.Model)
_ID_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Scope:
    """What one membership sees: every unit whose path begins with one of ``paths`` and, until
    it comes to writing, one of ``past_paths`` (units that wholly became its own).

    Unit paths end in "/", so "31/113/" never covers "31/1135/". No paths: nothing.
    """

    user: User
    membership: Membership
    role: Role
    unit: Unit
    paths: tuple[str, ...]
    past_paths: tuple[str, ...] = ()
    writes: bool = False

    @property
    def open_paths(self) -> tuple[str, ...]:
        """Where rows may be taken from: to look at, or to change."""
        return self.paths if self.writes else self.paths + self.past_paths

    def for_writing(self) -> Scope:
        """The same scope without what may only be looked at."""
        return replace(self, writes=True)

    def can_see(self, unit: Unit) -> bool:
        """True when ``unit`` is at or below one of the scope's units."""
        return unit.path.startswith(self.open_paths)

    def can_change(self, unit: Unit) -> bool:
        """True when what belongs to ``unit`` is this membership's to change, as far as its
        role goes: never in a unit that became its own."""
        return unit.path.startswith(self.paths)

    @property
    def is_whole_unit(self) -> bool:
        """False when the membership is narrowed to some hamlets of its unit."""
        return self.paths == (self.unit.path,)


def scope_of(membership: Membership, on: date) -> Scope:
    """What ``membership`` sees on that day: nothing when it is not in force then.

    Areas narrow and never widen: an area that has meanwhile passed to another ward no
    longer counts. Whoever sees the whole unit also sees what wholly became it. One query
    for the areas of a role that has them and one for the past, where ``took_over`` has not
    said that there is none (and one when ``unit`` was not loaded).
    """
    role = Role(membership.role)
    unit = membership.unit
    paths: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    if membership.is_in_force(on):
        areas = _area_paths(membership, on) if role in AREAS_ALLOWED else None
        if areas:
            paths = tuple(path for path in areas if path.startswith(unit.path))
        elif role not in AREAS_REQUIRED:
            paths = (unit.path,)
            if getattr(membership, "took_over", True):
                past = wholly_became(unit, on)
    return Scope(membership.user, membership, role, unit, paths, past)


def _area_paths(membership: Membership, on: date) -> list[str]:
    return sorted(membership.areas.in_force(on).values_list("unit__path", flat=True))


class ScopedQuerySet(models.QuerySet[_M]):
    """A queryset whose model says, in ``scope_path``, which unit each row belongs to."""

    def within(self, scope: Scope) -> Self:
        """The rows that ``scope`` may see."""
        if not scope.paths:
            return self.none()
        return self.filter(_under(scope_path_of(self.model), scope.open_paths))


def _under(lookup: str, paths: Iterable[str]) -> Q:
    condition = Q()
    for path in paths:
        condition |= Q(**{f"{lookup}__startswith": path})
    return condition


def scope_path_of(model: type[models.Model]) -> str:
    """The lookup from ``model`` to the path of the unit that its rows belong to."""
    lookup = getattr(model, "scope_path", None)
    if not isinstance(lookup, str) or not lookup:
        raise ImproperlyConfigured(
            f"{model.__name__} has no scope_path, e.g. scope_path = 'household__hamlet__path'."
        )
    return lookup


def units_within(scope: Scope) -> UnitQuerySet:
    """The units that ``scope`` may see, of every tier and of every time."""
    return Unit.objects.under_paths(scope.open_paths)


def scoped(source: type[_Model] | models.QuerySet[_Model], scope: Scope) -> models.QuerySet[_Model]:
    """Any scoped model's rows, or the given rows, limited to ``scope``.

    Raises ImproperlyConfigured for a model that is neither Unit nor scoped: an unscoped
    object must never reach a view through these doors.
    """
    queryset = source if isinstance(source, models.QuerySet) else source._default_manager.all()
    if isinstance(queryset, UnitQuerySet):
        return cast("models.QuerySet[_Model]", queryset.under_paths(scope.open_paths))
    if isinstance(queryset, ScopedQuerySet):
        return queryset.within(scope)
    raise ImproperlyConfigured(f"{queryset.model.__name__} is not read through a ScopedQuerySet.")


def get_scoped_or_404(
    source: type[_Model] | models.QuerySet[_Model], scope: Scope, **lookup: Any
) -> _Model:
    """The one object of ``source`` inside ``scope`` that matches ``lookup``.

    Raises Http404 when there is none, whether it does not exist or lies elsewhere; and
    PermissionDenied for what may be looked at and is now to be written.
    """
    queryset = scoped(source, scope)
    try:
        return queryset.get(**lookup)
    except ObjectDoesNotExist:
        name = queryset.model._meta.verbose_name
        if scope.writes and scope.past_paths:
            looking = replace(scope, writes=False)
            if scoped(source, looking).filter(**lookup).exists():
                raise PermissionDenied(
                    f"Dữ liệu này thuộc đơn vị cũ đã nhập vào {scope.unit.name}; "
                    "chỉ xem, không sửa."
                ) from None
        raise Http404(f"Không có {name} này trong phạm vi của đơn vị.") from None


class _ScopedField:
    """Common to both choice fields: empty until the form says whose scope it is."""

    queryset: Any
    source: models.QuerySet[Any]

    def _close(self) -> None:
        self.source = self.queryset
        self.queryset = self.source.none()

    def limit_to(self, scope: Scope) -> None:
        """Offer, and accept, only what ``scope`` may work with."""
        self.queryset = scoped(self.source.all(), scope.for_writing())


class ScopedModelChoiceField(_ScopedField, forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice among the objects of the scope; anything else is an invalid choice."""

    def __init__(self, queryset: models.QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(queryset, **kwargs)
        self._close()


class ScopedModelMultipleChoiceField(
    _ScopedField,
    forms.ModelMultipleChoiceField,  # type: ignore[type-arg]
):
    """Several choices among the objects of the scope."""

    def __init__(self, queryset: models.QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(queryset, **kwargs)
        self._close()

    def clean(self, value: Any) -> Any:
        # Longer than any id: databases answer such a number with an error, not with "none".
        for each in value if isinstance(value, (list, tuple)) else ():
            if len(str(each)) > _ID_DIGITS:
                raise ValidationError(
                    self.error_messages["invalid_pk_value"],
                    code="invalid_pk_value",
                    params={"pk": str(each)[:_ID_DIGITS]},
                )
        return super().clean(value)


class ScopedFormMixin:
    """A form that must be told whose scope it works in: ``MyForm(data, scope=scope)``.

    Raises ImproperlyConfigured when it holds an ordinary model choice over a scoped model
    (as a ModelForm makes from a foreign key), which would offer every ward's rows.
    """

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        self.scope = scope
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, _ScopedField):
                field.limit_to(scope)
            elif isinstance(field, forms.ModelChoiceField) and _is_scoped(field.queryset):
                raise ImproperlyConfigured(
                    f"{type(self).__name__}.{name} must be a ScopedModelChoiceField."
                )


def _is_scoped(queryset: object) -> bool:
    return isinstance(queryset, (UnitQuerySet, ScopedQuerySet))


@checks.register(checks.Tags.models)
def check_scope_paths(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Every model read through a ScopedQuerySet names a lookup that ends in Unit.path and
    passes through no to-many relation (which would show a row once per match)."""
    configs = apps.get_app_configs() if app_configs is None else app_configs
    return [
        checks.Error(problem, obj=model, id="accounts.E001")
        for config in configs
        for model in config.get_models()
        if isinstance(model._default_manager.all(), ScopedQuerySet)
        if (problem := _problem_of(model))
    ]


def _problem_of(model: type[models.Model]) -> str:
    lookup = getattr(model, "scope_path", "")
    if not lookup:
        return "scope_path is missing."
    *relations, last = lookup.split(LOOKUP_SEP)
    current: type[models.Model] = model
    for name in relations:
        try:
            field = current._meta.get_field(name)
        except FieldDoesNotExist:
            return f"scope_path: {current.__name__} has no field “{name}”."
        target = field.related_model
        if field.one_to_many or field.many_to_many or not isinstance(target, type):
            return f"scope_path: “{name}” does not lead to one object."
        current = target
    if current is not Unit or last != "path":
        return "scope_path does not end in the path of a unit."
    return ""
