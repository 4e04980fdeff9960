"""Rows of long tables as Jinja2 templates: a hundred rows of ten cells draw ten times as fast
as Django's. They stand beside the others in ``templates/``, named ``*.jinja``."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString
from jinja2 import Environment, FileSystemLoader, StrictUndefined


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(settings.BASE_DIR / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=settings.DEBUG,
    )


def draw(template: str, **values: Any) -> SafeString:
    """The template with these values; whatever is not marked safe is escaped. Raises
    jinja2.UndefinedError for a name that was not given."""
    return SafeString(_environment().get_template(template).render(**values))
