"""The register for whoever runs the portal (superusers only): schools by file."""

from __future__ import annotations

from django.contrib import admin
from import_export.admin import ImportExportModelAdmin

from households.models import School
from households.workbooks import SchoolResource


@admin.register(School)
class SchoolAdmin(ImportExportModelAdmin):  # type: ignore[misc]  # untyped package
    resource_classes = (SchoolResource,)
    list_display = ("code", "name", "kind", "ward", "closed_on")
    list_filter = ("kind",)
    search_fields = ("code", "name")
    autocomplete_fields = ("ward",)
