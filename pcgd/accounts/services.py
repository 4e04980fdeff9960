"""Issuing and withdrawing access: every write to accounts and memberships."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from pcgd.accounts.models import Membership, MembershipArea, User
from pcgd.accounts.roles import TIERS_OF_ROLE, Role
from pcgd.names import nfc
from pcgd.territory.models import Tier, Unit

# Without 0/o, 1/l/i: the password is read out on the telephone or copied from paper.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class AccountError(ValueError):
    """What is asked cannot be done. The message is a Vietnamese sentence; ``field`` names
    the input it is about, or is empty."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class IssuedAccount:
    """A new account, or one with a new password, and that password in clear, which is
    shown once and kept nowhere."""

    user: User
    password: str


def new_password() -> str:
    """Twelve random letters and digits in three groups: “k7mw-3hpa-x9ce” (59 bits)."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
    return "-".join(groups)


def normalise_username(text: str) -> str:
    """User names are lower case: phones capitalise the first letter by themselves."""
    return AbstractBaseUser.normalize_username(text.strip()).lower()


def may_be_username(text: str) -> bool:
    """False for what is longer than any user name; no table has room for it either."""
    return len(text) <= (User._meta.get_field("username").max_length or 0)


@transaction.atomic
def create_account(
    *,
    username: str,
    full_name: str,
    password: str | None = None,
    phone: str = "",
    email: str = "",
    must_change_password: bool | None = None,
) -> IssuedAccount:
    """Open an account. Without ``password`` a random one is issued, which must be changed
    at the first sign-in; with one, only if ``must_change_password`` says so.

    Raises AccountError when the user name is taken (in any case) or a value is wrong.
    """
    issued = password or new_password()
    user = User(
        username=normalise_username(username),
        full_name=nfc(full_name),
        phone=phone.strip(),
        email=email.strip(),
        must_change_password=password is None
        if must_change_password is None
        else must_change_password,
    )
    if not user.full_name:
        raise AccountError("Chưa ghi họ và tên.", field="full_name")
    if not user.username:
        raise AccountError("Chưa ghi tên đăng nhập.", field="username")
    if User.objects.filter(username__iexact=user.username).exists():
        raise _username_taken(user.username)
    try:
        UnicodeUsernameValidator()(user.username)
    except ValidationError:
        raise AccountError(
            f"Tên đăng nhập “{user.username}” chỉ được có chữ, số và các dấu @ . + - _",
            field="username",
        ) from None
    user.set_password(issued)
    try:
        user.full_clean(exclude=("password",))
    except ValidationError as error:
        field, sentences = next(iter(error.message_dict.items()))
        raise AccountError(sentences[0], field=field if field != "__all__" else "") from error
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        # Two administrators took the same user name in the same second.
        raise _username_taken(user.username) from None
    return IssuedAccount(user=user, password=issued)


def _username_taken(username: str) -> AccountError:
    return AccountError(f"Tên đăng nhập “{username}” đã có người dùng.", field="username")


@transaction.atomic
def create_account_in_unit(
    *,
    username: str,
    full_name: str,
    unit: Unit,
    role: Role | str,
    valid_from: date,
    valid_to: date | None = None,
    phone: str = "",
) -> IssuedAccount:
    """Open an account with an issued password and its first membership: both or neither.

    Raises AccountError as ``create_account`` and ``grant_membership`` do.
    """
    issued = create_account(username=username, full_name=full_name, phone=phone)
    grant_membership(
        user=issued.user, unit=unit, role=role, valid_from=valid_from, valid_to=valid_to
    )
    return issued


@transaction.atomic
def issue_new_password(*, user: User) -> IssuedAccount:
    """Replace a forgotten password by a random one that must be changed."""
    password = new_password()
    _set_password(user, password, must_change=True)
    return IssuedAccount(user=user, password=password)


@transaction.atomic
def change_password(*, user: User, password: str) -> None:
    """The person has chosen a password of their own (already validated by the form)."""
    _set_password(user, password, must_change=False)


def _set_password(user: User, password: str, *, must_change: bool) -> None:
    user.set_password(password)
    user.must_change_password = must_change
    user.save(update_fields=["password", "must_change_password"])


@transaction.atomic
def grant_membership(
    *,
    user: User,
    unit: Unit,
    role: Role | str,
    valid_from: date,
    valid_to: date | None = None,
    areas: Iterable[Unit] = (),
) -> Membership:
    """Let ``user`` act for ``unit`` in ``role``, both days included.

    Raises AccountError when the role does not exist at the unit's tier, the dates are out
    of order, an inspector has no last day, the person already holds this role in this unit
    on some of these days, or an area is not a hamlet of the unit.
    """
    role = _known_role(role)
    if unit.tier not in TIERS_OF_ROLE[role]:
        raise AccountError(
            f"Vai trò “{role.label}” không có ở cấp {unit.get_tier_display().lower()}.",
            field="role",
        )
    if valid_to is not None and valid_to < valid_from:
        raise AccountError(
            f"Ngày kết thúc {valid_to:%d/%m/%Y} ở trước ngày bắt đầu {valid_from:%d/%m/%Y}.",
            field="valid_to",
        )
    if role is Role.INSPECTOR and valid_to is None:
        raise AccountError("Đoàn kiểm tra phải có ngày kết thúc.", field="valid_to")
    # One grant to a person at a time, or two could overlap.
    User.objects.select_for_update().get(pk=user.pk)
    same = Membership.objects.filter(user=user, unit=unit, role=role, revoked_on=None)
    if any(_overlaps(each, valid_from, valid_to) for each in same):
        raise AccountError(
            f"{user.full_name} đã có vai trò “{role.label}” tại {unit.name} "
            "trong khoảng thời gian này.",
            field="role",
        )
    membership = Membership.objects.create(
        user=user, unit=unit, role=role, valid_from=valid_from, valid_to=valid_to
    )
    hamlets = list(areas)
    if hamlets:
        assign_areas(membership=membership, hamlets=hamlets, on=valid_from)
    return membership


def _known_role(role: Role | str) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise AccountError(f"Không có vai trò “{role}”.", field="role") from None


def _overlaps(other: Membership, valid_from: date, valid_to: date | None) -> bool:
    begins_before_end = valid_to is None or other.valid_from <= valid_to
    ends_after_begin = other.valid_to is None or other.valid_to >= valid_from
    return begins_before_end and ends_after_begin


@transaction.atomic
def end_membership(*, membership: Membership, last_day: date | None = None) -> Membership:
    """End a membership after ``last_day``; without it, access is cut at once.

    Raises AccountError when it has already ended, or ``last_day`` is before its first day
    or in the past: what was allowed on past days stays on record.
    """
    today = timezone.localdate()
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    over = membership.valid_to is not None and membership.valid_to < today
    if over or membership.revoked_on is not None:
        raise AccountError("Phân công này đã kết thúc từ trước.")
    if last_day is None:
        membership.revoked_on = today
    else:
        if last_day < today or last_day < membership.valid_from:
            earliest = max(today, membership.valid_from)
            raise AccountError(f"Ngày cuối phải từ {earliest:%d/%m/%Y} trở đi.", field="last_day")
        membership.valid_to = last_day
    membership.save()
    return membership


@transaction.atomic
def assign_areas(*, membership: Membership, hamlets: Iterable[Unit], on: date) -> None:
    """From ``on``, ``membership`` works in exactly these hamlets: new ones open that day,
    others close the day before. No hamlets: an enumerator sees nothing any more, other
    roles see the whole unit again.

    Raises AccountError when the role has no areas or a unit is not a hamlet of its unit.
    """
    wanted = {hamlet.pk: hamlet for hamlet in hamlets}
    if wanted and not membership.may_have_areas:
        raise AccountError(
            f"Vai trò “{membership.get_role_display()}” không chia theo tổ dân phố/thôn.",
            field="areas",
        )
    for hamlet in wanted.values():
        if hamlet.tier != Tier.HAMLET or not hamlet.path.startswith(membership.unit.path):
            raise AccountError(
                f"{hamlet.name} không phải là tổ dân phố/thôn của {membership.unit.name}.",
                field="areas",
            )
    # The lock keeps two people from opening the same area twice.
    Membership.objects.select_for_update().get(pk=membership.pk)
    for area in membership.areas.filter(valid_to=None):
        if area.unit_id in wanted and area.valid_from <= on:
            del wanted[area.unit_id]
        elif area.valid_from >= on:
            area.delete()
        else:
            area.valid_to = on - timedelta(days=1)
            area.save()
    for hamlet in wanted.values():
        MembershipArea.objects.create(membership=membership, unit=hamlet, valid_from=on)
