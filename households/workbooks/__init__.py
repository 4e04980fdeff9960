"""Workbooks in and out: lists of schools, and the ministry's sheet of people."""

from __future__ import annotations

from households.workbooks.schools import SchoolResource, WardWidget
from households.workbooks.text_xlsx import TextXLSX

__all__ = ["SchoolResource", "TextXLSX", "WardWidget"]
