"""Forms for signing in, for passwords, and for issuing accounts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils import timezone

from pcgd.accounts.models import User, units_managed_within
from pcgd.accounts.roles import Role, roles_at
from pcgd.accounts.scoping import Scope, ScopedFormMixin, ScopedModelChoiceField
from pcgd.accounts.services import may_be_username, normalise_username
from pcgd.forms import StyledForm, Styling
from pcgd.territory.models import Unit


class DayInput(forms.DateInput):
    """A day as Vietnamese officials write it. Not the browser's own calendar: that one
    shows month/day in an English browser, and 03/04 becomes another day."""

    def __init__(self) -> None:
        super().__init__(attrs={"placeholder": "ngày/tháng/năm", "autocomplete": "off"})


class SignInForm(Styling, AuthenticationForm):
    """User name and password. The refusal never says which of the two was wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wrong = "Tên đăng nhập hoặc mật khẩu không đúng."
        self.error_messages = {"invalid_login": wrong, "inactive": wrong}
        self.fields["username"].label = "Tên đăng nhập"
        self.fields["password"].label = "Mật khẩu"

    def clean_username(self) -> str:
        return normalise_username(self.cleaned_data["username"])

    def clean(self) -> dict[str, Any]:
        if not may_be_username(self.cleaned_data.get("username", "")):
            raise self.get_invalid_login_error()
        return super().clean()


class NewPasswordForm(Styling, PasswordChangeForm):
    """The present password, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_messages = {
            "password_incorrect": "Mật khẩu hiện tại không đúng.",
            "password_mismatch": "Hai lần nhập mật khẩu mới không giống nhau.",
        }
        self.fields["old_password"].label = "Mật khẩu hiện tại"
        self.fields["new_password1"].label = "Mật khẩu mới"
        self.fields["new_password1"].help_text = (
            "Ít nhất 10 ký tự, không chỉ toàn chữ số, không giống tên đăng nhập, "
            "không phải mật khẩu thường gặp."
        )
        self.fields["new_password2"].label = "Nhập lại mật khẩu mới"


class AccountFilterForm(StyledForm):
    """What the account list shows. Lives in the address, so that it can be sent on."""

    STATES = (
        ("in_force", "Đang hiệu lực"),
        ("ended", "Đã kết thúc"),
        ("all", "Tất cả"),
    )

    q = forms.CharField(label="Họ tên hoặc tên đăng nhập", required=False, max_length=120)
    role = forms.ChoiceField(
        label="Vai trò", required=False, choices=[("", "Mọi vai trò"), *Role.choices]
    )
    state = forms.ChoiceField(label="Tình trạng", required=False, choices=STATES)


class _MembershipFields(ScopedFormMixin, StyledForm):
    """Where, in what role and from when: the half that both forms below share."""

    unit = ScopedModelChoiceField(
        queryset=Unit.objects.all(), label="Đơn vị", empty_label="– chọn đơn vị –"
    )
    role = forms.ChoiceField(label="Vai trò")
    valid_from = forms.DateField(label="Từ ngày", widget=DayInput, initial=timezone.localdate)
    valid_to = forms.DateField(
        label="Đến hết ngày",
        widget=DayInput,
        required=False,
        help_text="Để trống nếu chưa định ngày kết thúc. Đoàn kiểm tra phải có ngày kết thúc.",
    )

    def __init__(self, *args: Any, scope: Scope, on: date, **kwargs: Any) -> None:
        super().__init__(*args, scope=scope, **kwargs)
        units = units_managed_within(scope).in_force(on)
        own = ExpressionWrapper(Q(pk=scope.unit.pk), output_field=BooleanField())
        self.fields["unit"].queryset = units.order_by(own.desc(), "sort_key", "name")  # type: ignore[attr-defined]
        tiers = set(units.order_by().values_list("tier", flat=True).distinct())
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            ("", "– chọn vai trò –"),
            *(
                (role.value, role.label)
                for role in Role
                if any(role in roles_at(tier) for tier in tiers)
            ),
        ]


class NewAccountForm(_MembershipFields):
    """A new account and the unit for which it acts first."""

    full_name = forms.CharField(label="Họ và tên", max_length=120)
    username = forms.CharField(
        label="Tên đăng nhập",
        max_length=150,
        help_text="Chữ thường không dấu và chữ số, ví dụ: anhnt.giavien.",
    )
    phone = forms.CharField(label="Điện thoại", max_length=20, required=False)

    field_order = ("full_name", "username", "phone", "unit", "role", "valid_from", "valid_to")


class GrantForm(_MembershipFields):
    """One more unit or role for somebody who already has an account."""

    username = forms.CharField(
        label="Tên đăng nhập",
        max_length=150,
        help_text="Của người đã từng có phân công trong phạm vi đơn vị mình.",
    )

    field_order = ("username", "unit", "role", "valid_from", "valid_to")

    def clean_username(self) -> User:
        """The person. Raises ValidationError for somebody unknown to this scope, in the
        same words as for nobody at all."""
        username = normalise_username(self.cleaned_data["username"])
        user = User.objects.known_to(self.scope).filter(username=username).first()
        if user is None:
            raise forms.ValidationError(
                f"Không có tài khoản “{username}” trong phạm vi của đơn vị."
            )
        return user


class EndForm(StyledForm):
    """How a membership ends: at once, or after a last day."""

    last_day = forms.DateField(
        label="Ngày làm việc cuối",
        widget=DayInput,
        required=False,
        help_text="Để trống: thu hồi ngay, người này không vào được nữa.",
    )
