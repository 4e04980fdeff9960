"""The list of schools, by the ministry's codes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render

from households.models import School, SchoolKind
from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.forms import DayInput
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import ScopedFormMixin, ScopedModelChoiceField, get_scoped_or_404
from pcgd.forms import StyledModelForm
from pcgd.names import fold_name, nfc
from pcgd.territory.models import Tier, Unit
from pcgd.territory.naming import sort_key
from surveys.periods import chosen_round, rounds_of

PAGE_SIZE = 50
SCHOOL_EDITORS = (
    Role.WARD_SECRETARY,
    Role.DISTRICT_OFFICER,
    Role.CITY_OFFICER,
    Role.ADMINISTRATOR,
)
_KINDS = list(SchoolKind.values)
_CODE = re.compile(r"[0-9A-Z][0-9A-Z._-]{1,19}")


class SchoolForm(ScopedFormMixin, StyledModelForm[School]):
    """A school. Whoever acts for a ward keeps the schools of that ward only."""

    ward = ScopedModelChoiceField(
        Unit.objects.of_tier(Tier.WARD).order_by("sort_key"),
        label="Xã/phường",
        empty_label="— chọn —",
        help_text="Nơi trường đóng; từ đó biết em nào học tại chỗ, em nào học nơi khác.",
    )

    kind = forms.ChoiceField(label="Loại trường", choices=[("", "— chọn —"), *SchoolKind.choices])

    class Meta:
        model = School
        fields = ("name", "code", "kind", "ward", "closed_on")
        widgets = {"closed_on": DayInput()}
        labels = {"closed_on": "Ngừng hoạt động từ ngày"}
        help_texts = {
            "code": "Mã của Bộ GDĐT, chép đúng từng chữ số; sai mã thì số liệu của trường bị lệch.",
            "closed_on": "Để trống khi trường đang hoạt động.",
        }
        error_messages = {
            "code": {"unique": "Mã trường này đã có trong danh mục."},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.scope.unit
        field = self.fields["ward"]
        assert isinstance(field, ScopedModelChoiceField)  # noqa: S101 - for the type checker
        # Today's wards; besides them the ward where the school stood, and the acting one,
        # which may have ended (its rounds of the past are still worked on).
        field.queryset = field.queryset.filter(
            Q(valid_to=None) | Q(pk__in=(own.pk, self.instance.ward_id))
        )
        if own.tier == Tier.WARD:
            field.initial = own.pk
        if self.instance.pk is None:
            del self.fields["closed_on"]

    def clean_name(self) -> str:
        return nfc(self.cleaned_data["name"])

    def clean_code(self) -> str:
        code = nfc(self.cleaned_data["code"]).replace(" ", "").upper()
        if not _CODE.fullmatch(code):
            raise forms.ValidationError(
                "Mã trường gồm 2 đến 20 chữ số hoặc chữ cái không dấu, có thể có dấu - . _"
            )
        return code


@read_view
def school_list(request: ScopedRequest) -> HttpResponse:
    """Schools by kind and by any part of the name or code, diacritics aside."""
    schools = School.objects.within(request.scope).select_related("ward")
    closed = request.GET.get("ngung") == "1"
    schools = schools.filter(closed_on__isnull=False) if closed else schools.active()
    kind = request.GET.get("loai", "")
    if kind in SchoolKind.values:
        schools = schools.filter(kind=kind)
    query = request.GET.get("q", "").strip()[:100]
    is_filtered = bool(query or kind or closed)
    page = Paginator(_found(schools, query), PAGE_SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page,
        "kinds": SchoolKind.choices,
        "kind": kind,
        "query": query,
        "closed": closed,
        "is_filtered": is_filtered,
        "is_empty": not page.object_list and not is_filtered,
        "can_add": request.scope.role in SCHOOL_EDITORS,
        "several_wards": request.scope.unit.tier != Tier.WARD,
        "round": chosen_round(request) if request.scope.is_whole_unit else None,
    }
    return render(request, "surveys/school_list.html", context)


def _found(schools: Iterable[School], query: str) -> list[School]:
    """Every word of ``query`` is in the name or code; kinds in the order of schooling, names
    in Vietnamese order. In Python: a whole city has some two thousand schools, and SQLite
    knows neither our capitals nor our alphabet."""
    words = fold_name(query).split()
    found = [
        school
        for school in schools
        if all(word in fold_name(f"{school.name} {school.code}") for word in words)
    ]
    return sorted(found, key=lambda each: (_KINDS.index(each.kind), sort_key(each.name), each.pk))


@write_view
@requires_role(*SCHOOL_EDITORS)
def school_edit(request: ScopedRequest, school_id: int | None = None) -> HttpResponse:
    """A new school, or one of the list."""
    school = None
    if school_id is not None:
        school = get_scoped_or_404(School, request.scope, pk=school_id)
    form = SchoolForm(
        request.POST if request.method == "POST" else None, instance=school, scope=request.scope
    )
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, f"Đã lưu {saved.name}.")
        return redirect("school_list")
    # The form has already written what was typed into ``school``: its old name is asked anew.
    context = {
        "form": form,
        "is_new": school is None,
        "school_id": school_id,
        "rounds": rounds_of(school.ward)[:1] if school else [],
    }
    return render(request, "surveys/school_edit.html", context, status=422 if form.errors else 200)
