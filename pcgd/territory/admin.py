"""Đơn vị trong trang quản trị: để tra cứu. Đơn vị được thay đổi bằng lệnh load_units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from pcgd.territory.models import AreaStatus, Placement, Succession, Unit, UnitName

if TYPE_CHECKING:
    # The stubs make these generic; Django's own classes take no type arguments.
    _UnitAdmin = admin.ModelAdmin[Unit]
    _AreaStatusAdmin = admin.ModelAdmin[AreaStatus]
    _PlacementInline = admin.TabularInline[Placement, Unit]
    _NameInline = admin.TabularInline[UnitName, Unit]
    _SuccessorInline = admin.TabularInline[Succession, Unit]
else:
    _UnitAdmin = _AreaStatusAdmin = admin.ModelAdmin
    _PlacementInline = _NameInline = _SuccessorInline = admin.TabularInline


class _ReadOnly:
    """History is written by the services only; here it is looked at."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class PlacementInline(_ReadOnly, _PlacementInline):
    model = Placement
    fk_name = "unit"
    fields = ("parent", "path", "valid_from", "valid_to", "decree")
    extra = 0


class NameInline(_ReadOnly, _NameInline):
    model = UnitName
    fields = ("name", "valid_from", "valid_to", "decree")
    extra = 0


class SuccessorInline(_ReadOnly, _SuccessorInline):
    model = Succession
    fk_name = "old"
    fields = ("new", "effective_on", "whole", "main", "share", "decree")
    extra = 0
    verbose_name_plural = "đã nhập vào"


@admin.register(Unit)
class UnitAdmin(_ReadOnly, _UnitAdmin):
    list_display = ("code", "name", "tier", "path", "valid_from", "valid_to")
    list_filter = ("tier",)
    search_fields = ("=code", "name")
    ordering = ("path",)
    inlines = (PlacementInline, NameInline, SuccessorInline)


@admin.register(AreaStatus)
class AreaStatusAdmin(_AreaStatusAdmin):
    list_display = ("unit", "kind", "valid_from", "valid_to", "decree")
    list_filter = ("kind",)
    search_fields = ("=unit__code", "unit__name", "decree")
    autocomplete_fields = ("unit",)
    list_select_related = ("unit",)
