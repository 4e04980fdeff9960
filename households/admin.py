"""The register for whoever runs the portal (superusers only): schools by file."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from import_export.admin import ImportExportModelAdmin

from households.models import School
from households.workbooks import SchoolResource, TextXLSX


@admin.register(School)
class SchoolAdmin(ImportExportModelAdmin):  # type: ignore[misc]  # untyped package
    resource_classes = (SchoolResource,)
    formats = (TextXLSX,)
    list_display = ("code", "name", "kind", "ward", "closed_on")
    list_filter = ("kind",)
    search_fields = ("code", "name")
    autocomplete_fields = ("ward",)

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        form.add_error("import_file", "Không đọc được tệp; cần một tệp Excel (.xlsx).")

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return super().process_import(request, **kwargs)  # type: ignore[no-any-return]
        except FileNotFoundError:
            # Confirmed twice: the first time has read the file and thrown it away.
            messages.warning(
                request, "Tệp này đã được nạp hoặc đã bị xóa; muốn nạp nữa, hãy chọn lại tệp."
            )
            return redirect("admin:households_school_changelist")
