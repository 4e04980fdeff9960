"""Who may enter the portal, for which unit, in which role, from day to day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from pcgd.accounts.roles import AREAS_ALLOWED, AREAS_REQUIRED, Role
from pcgd.accounts.scoping import Scope, ScopedQuerySet, units_within
from pcgd.names import fold_name, name_sort_key, nfc
from pcgd.territory.models import Placement, Tier, Unit, UnitQuerySet

if TYPE_CHECKING:
    _Text = models.CharField[str, str]
else:
    _Text = models.CharField


class PersonNameField(_Text):
    """A person's name, always stored in Unicode NFC with single spaces."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return nfc(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = nfc(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


class NameKeyField(_Text):
    """A key computed from the person's name at every save, like ``auto_now``."""

    def __init__(self, *args: Any, key: Callable[[str], str], **kwargs: Any) -> None:
        self.key = key
        kwargs.setdefault("default", "")
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "key": self.key}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.key(getattr(model_instance, "full_name", ""))
        setattr(model_instance, self.attname, value)
        return value


class AccountHistory(HistoricalRecords):  # type: ignore[misc]
    """History of an account, without one more row at each sign-in."""

    _NOT_NEWS: ClassVar[frozenset[str]] = frozenset({"last_login", "password"})

    def post_save(self, instance: Any, created: bool, using: Any = None, **kwargs: Any) -> None:
        changed = kwargs.get("update_fields")
        if not created and changed and self._NOT_NEWS.issuperset(changed):
            return
        super().post_save(instance, created, using=using, **kwargs)


class UserQuerySet(models.QuerySet["User"]):
    def known_to(self, scope: Scope) -> Self:
        """People who act, or once acted, for a unit inside ``scope``."""
        return self.filter(pk__in=Membership.objects.within(scope).values("user_id"))


class AccountManager(UserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def known_to(self, scope: Scope) -> UserQuerySet:
        return self.get_queryset().known_to(scope)


class User(AbstractUser):
    """A person with an account. What they may do is in their memberships.

    ``full_name`` is the whole Vietnamese name (họ, tên đệm, tên), never split in two.
    """

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    full_name = PersonNameField("họ và tên", max_length=120)
    search_key = NameKeyField(max_length=120, key=fold_name)
    sort_key = NameKeyField(max_length=700, key=name_sort_key)
    phone = models.CharField(
        "điện thoại",
        max_length=20,
        blank=True,
        validators=[
            RegexValidator(r"^[0-9 .+()-]{8,20}$", "Số điện thoại chỉ gồm 8 đến 15 chữ số.")
        ],
    )
    must_change_password = models.BooleanField(
        "phải đổi mật khẩu", default=False, help_text="Mật khẩu do người quản trị cấp."
    )

    objects: ClassVar[AccountManager] = AccountManager()
    history = AccountHistory(excluded_fields=["password", "last_login", "search_key", "sort_key"])

    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name = "tài khoản"
        verbose_name_plural = "tài khoản"
        constraints = (
            # Phones capitalise the first letter: “Anh” and “anh” must be the same person.
            models.UniqueConstraint(
                Lower("username"),
                name="user_username_any_case",
                violation_error_message="Tên đăng nhập này đã có người dùng.",
            ),
            models.CheckConstraint(condition=~Q(full_name=""), name="user_has_name"),
        )

    def __str__(self) -> str:
        return self.full_name

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        """The given name, as Vietnamese colleagues address each other."""
        return self.full_name.rsplit(" ", 1)[-1]


def _days_in_force(on: date) -> Q:
    return Q(valid_from__lte=on) & (Q(valid_to__isnull=True) | Q(valid_to__gte=on))


class MembershipQuerySet(ScopedQuerySet["Membership"]):
    def in_force(self, on: date) -> Self:
        """Memberships that give access on that day."""
        return self.filter(_days_in_force(on), _not_revoked(on))

    def ended(self, on: date) -> Self:
        """Memberships that gave access before that day, and do no longer."""
        return self.filter(Q(valid_to__lt=on) | Q(revoked_on__lte=on))

    def not_ended(self, on: date) -> Self:
        """Those that give access on that day or will later."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on), _not_revoked(on))

    def managed_within(self, scope: Scope) -> Self:
        """Memberships in the units whose accounts ``scope`` issues and revokes."""
        return self.filter(unit__in=units_managed_within(scope))

    def matching(self, text: str) -> Self:
        """Those whose holder's name (with or without diacritics) or user name has ``text``."""
        key = fold_name(text)
        if not key:
            return self
        return self.filter(
            Q(user__search_key__contains=key) | Q(user__username__icontains=text.strip())
        )

    def in_unit_order(self) -> Self:
        """One person's memberships, from the highest unit down."""
        return self.order_by("unit__path", "role", "pk")

    def in_list_order(self) -> Self:
        """By unit from the top down, then by the holder's name in Vietnamese order."""
        return self.order_by("unit__path", "user__sort_key", "user_id", "role", "pk")


def _not_revoked(on: date) -> Q:
    return Q(revoked_on__isnull=True) | Q(revoked_on__gt=on)


def units_managed_within(scope: Scope) -> UnitQuerySet:
    """The unit itself and those placed directly below it: each tier manages the next one's
    accounts. Wards have no tier of accounts below them, so hamlets are left out."""
    children = Placement.objects.filter(parent=scope.unit).values("unit_id")
    return (
        units_within(scope)
        .filter(Q(pk=scope.unit.pk) | Q(pk__in=children))
        .exclude(tier=Tier.HAMLET)
    )


class Membership(models.Model):
    """A person acts for a unit in a role, from ``valid_from`` to ``valid_to`` (both days
    included; ``None`` = until further notice).

    ``revoked_on`` cuts it short: from that very day it gives no access. It is a field of
    its own because access granted and revoked on one day has no last day to write down.
    """

    scope_path = "unit__path"

    user = models.ForeignKey(
        User, models.PROTECT, related_name="memberships", verbose_name="tài khoản"
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="memberships", verbose_name="đơn vị"
    )
    role = models.CharField("vai trò", max_length=20, choices=Role)
    valid_from = models.DateField("từ ngày")
    valid_to = models.DateField("đến hết ngày", null=True, blank=True)
    revoked_on = models.DateField("thu hồi ngày", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "phân công đơn vị"
        verbose_name_plural = "phân công đơn vị"
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="membership_dates_in_order",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
            # An inspection team works in a ward for a time, never without end.
            models.CheckConstraint(
                condition=~Q(role=Role.INSPECTOR) | Q(valid_to__isnull=False),
                name="membership_inspector_has_end",
            ),
            models.UniqueConstraint(
                fields=("user", "unit", "role"),
                condition=Q(valid_to=None, revoked_on=None),
                name="membership_open_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.unit}"

    def is_in_force(self, on: date) -> bool:
        """The same rule as ``MembershipQuerySet.in_force``, for one loaded row."""
        return (
            self.valid_from <= on
            and (self.valid_to is None or self.valid_to >= on)
            and (self.revoked_on is None or self.revoked_on > on)
        )

    @property
    def may_have_areas(self) -> bool:
        return self.role in AREAS_ALLOWED

    @property
    def needs_areas(self) -> bool:
        """Without areas such a membership sees nothing at all."""
        return self.role in AREAS_REQUIRED


class MembershipAreaQuerySet(models.QuerySet["MembershipArea"]):
    def in_force(self, on: date) -> Self:
        return self.filter(_days_in_force(on))


class MembershipArea(models.Model):
    """A tổ dân phố or thôn to which a membership is narrowed, from day to day."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="areas")
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="membership_areas", verbose_name="tổ dân phố/thôn"
    )
    valid_from = models.DateField("từ ngày")
    valid_to = models.DateField("đến hết ngày", null=True, blank=True)

    objects = MembershipAreaQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "địa bàn phân công"
        verbose_name_plural = "địa bàn phân công"
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="membership_area_dates_in_order",
            ),
            models.UniqueConstraint(
                fields=("membership", "unit"),
                condition=Q(valid_to=None),
                name="membership_area_open_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit} ({self.membership})"
