"""How every form of the portal is drawn: one field template, one error summary, one number.

``FormRenderer`` is named by ``FORM_RENDERER`` in the settings; its templates are in
``templates/django/forms/``.
"""

import re
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import django.forms
from django import forms
from django.conf import settings
from django.db.models import Model
from django.forms.renderers import DjangoTemplates as DjangoFormTemplates
from django.template.backends.django import DjangoTemplates
from django.template.backends.jinja2 import Jinja2

from pcgd.names import nfc
from pcgd.old_fonts import in_unicode

# Whole thousands grouped by points, or no points at all; then an optional comma.
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]+)?")

_M = TypeVar("_M", bound=Model)

_DJANGO_FORM_TEMPLATES = Path(django.forms.__file__).resolve().parent / "templates"

# Tabler's class for each kind of control; anything else is a plain text box.
_WIDGET_CLASSES: tuple[tuple[type[forms.Widget] | tuple[type[forms.Widget], ...], str], ...] = (
    (forms.CheckboxInput, "form-check-input"),
    # Django puts the class of these on the group around the boxes too: styled by their place.
    ((forms.CheckboxSelectMultiple, forms.RadioSelect), ""),
    (forms.Select, "form-select"),
    (forms.HiddenInput, ""),
    (forms.Widget, "form-control"),
)


# In place of Django's "Trường này là bắt buộc", which in this portal reads as "this school".
_MESSAGES: dict[str, dict[type[forms.Field], str]] = {
    "required": {
        forms.ChoiceField: "Chưa chọn.",
        forms.BooleanField: "Cần đánh dấu ô này.",
        forms.FileField: "Chưa chọn tệp.",
        forms.Field: "Chưa điền.",
    },
    "invalid": {
        forms.DateField: "Ngày chưa đúng; hãy viết ngày/tháng/năm, ví dụ 25/09/2019.",
        forms.IntegerField: "Cần một số nguyên.",
    },
    "invalid_choice": {forms.Field: "Hãy chọn một mục có trong danh sách."},
}


class FormRenderer(DjangoFormTemplates):
    """Draws forms with our templates first and Django's widgets behind them.

    Its engine names both folders itself, so that it needs no ``django.forms`` app, and
    has our builtin tags (``{% icon %}``) like any page.
    """

    form_template_name = "django/forms/form.html"
    field_template_name = "django/forms/field.html"

    @cached_property
    def engine(self) -> DjangoTemplates:
        return DjangoTemplates(
            {
                "NAME": "pcgd-forms",
                "DIRS": [settings.BASE_DIR / "templates", _DJANGO_FORM_TEMPLATES],
                "APP_DIRS": True,
                "OPTIONS": {"builtins": ["pcgd.templatetags.pcgd_format"]},
            }
        )

    @cached_property
    def widget_engine(self) -> Jinja2:
        """Django's own widgets as Jinja2 templates, which Django ships beside the others: a
        phiếu of twelve people has a thousand widgets, and these draw three times as fast."""
        return Jinja2(
            {
                "NAME": "pcgd-widgets",
                "DIRS": [_DJANGO_FORM_TEMPLATES.with_name("jinja2")],
                "APP_DIRS": False,
                "OPTIONS": {},
            }
        )

    def get_template(self, template_name: str) -> Any:
        if template_name.startswith("django/forms/widgets/"):
            return self.widget_engine.get_template(template_name)
        return self.engine.get_template(template_name)


def widget_class(widget: forms.Widget) -> str:
    """Tabler's CSS class of one control."""
    return next(name for kind, name in _WIDGET_CLASSES if isinstance(widget, kind))


class NfcCharField(forms.CharField):
    """One line of text, measured and compared as it will be stored: a phone or a Mac sends
    “ễ” as three characters (NFD), which would count three times against the longest length."""

    def to_python(self, value: Any) -> str:
        return nfc(super().to_python(value) or "")


class VietnameseCharField(NfcCharField):
    """Text that people wrote about people: what a font of before Unicode left behind
    (“NguyÔn V¨n A”) is refused, and offered as it should be.

    Raises ValidationError with code "old_font" and ``params["suggestion"]``.
    """

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if found := in_unicode(text):
            raise forms.ValidationError(
                "“%(value)s” viết bằng phông chữ cũ, không phải Unicode; "
                "có phải là “%(suggestion)s”?",
                code="old_font",
                params={"value": text, "suggestion": found},
            )
        return text


class VietnameseDecimalField(forms.DecimalField):
    """A number as it is written here: “1.234,5”, “1234,5”; a point only between thousands.

    Stricter than Django's own: “95.12” is refused rather than read as 95,12 or 9512. Where
    a rate is meant, ``max_value=100`` refuses “95.125” too. Raises ValidationError.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "Số chưa đúng; hãy viết như 1.234,5 (chấm tách nghìn, phẩy tách phần lẻ).",
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("localize", True)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip():
            if not _NUMBER.fullmatch(value.strip()):
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
            value = Decimal(value.strip().replace(".", "").replace(",", "."))
        return super().to_python(value)


class Styling:
    """Gives every control of a form its class; mixed in before Django's form class."""

    # Required fields are named by the server in Vietnamese, in the summary and at the field;
    # the browser's own bubbles speak its language and show one field at a time.
    use_required_attribute = False
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            _style(field.widget)
            _speak(field)


def _speak(field: forms.Field) -> None:
    """Our words for the commonest errors, unless the form gave its own."""
    for code, by_kind in _MESSAGES.items():
        defaults = (getattr(kind, "default_error_messages", {}) for kind in type(field).__mro__)
        django_says = next((words[code] for words in defaults if code in words), None)
        if django_says is None or field.error_messages.get(code) != django_says:
            continue
        for kind, words in by_kind.items():
            if isinstance(field, kind):
                field.error_messages[code] = words
                break


def _style(widget: forms.Widget) -> None:
    parts = widget.widgets if isinstance(widget, forms.MultiWidget) else [widget]
    for part in parts:
        present = part.attrs.get("class", "").split()
        wanted = widget_class(part)
        if wanted and wanted not in present:
            part.attrs["class"] = " ".join([*present, wanted])


class StyledForm(Styling, forms.Form):
    """Any form of ours that saves no single model."""


if TYPE_CHECKING:

    class StyledModelForm(Styling, forms.ModelForm[_M]):
        """A form of one model: ``class SchoolForm(StyledModelForm[School])``."""

else:

    class StyledModelForm(Styling, forms.ModelForm):
        """A form of one model: ``class SchoolForm(StyledModelForm[School])``."""

        def __class_getitem__(cls, model: type[Model]) -> type["StyledModelForm"]:
            # Django 5.2's ModelForm is generic for the type checker only.
            return cls
