"""Vietnamese numbers, partial birth dates and icons, in every template without ``{% load %}``.

A builtin library (see ``TEMPLATES`` in the settings). It only writes what it is given: it
compares nothing with a threshold and rounds nothing that decides a level.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

SPRITE = "vendor/tabler-icons-3.51.0/sprite.svg"
ABSENT = "–"

# The names in the sprite; a test holds this list against static/vendor/VENDORED.toml.
ICONS = frozenset(
    """
    alert-triangle arrow-back arrow-down arrow-up bell books building calendar camera
    certificate chart check checklist checks chevron-down chevron-left chevron-right chevron-up
    circle-check circle-x clipboard clipboard-check clock cloud-off community database dots
    download edit exchange external eye file files filter gauge help history home inbox info key
    keyboard list lock lock-open login logout map-pin menu message minus plus printer qrcode
    refresh report save scan school search send settings table target transfer trash undo upload
    user user-check user-minus user-plus users x
    """.split()  # noqa: SIM905 - as a list it would be sixty lines
)

# One colour, one meaning, always with its own sign (colour alone tells nothing to many people).
TONE_ICONS = {
    "ok": "circle-check",
    "warn": "alert-triangle",
    "bad": "circle-x",
    "active": "edit",
    "locked": "lock",
    "none": "minus",
}
# Django's message levels, in the words of the same colours.
MESSAGE_TONES = {"success": "ok", "warning": "warn", "error": "bad", "info": "active"}


class PartialBirth(Protocol):
    """A birth date of which often only the year is known."""

    birth_year: int | None
    birth_month: int | None
    birth_day: int | None


def _decimal(value: object) -> Decimal | None:
    """The exact number behind ``value``; None when it is absent.

    Raises ValueError or ``decimal.InvalidOperation`` when it is no number: a template that
    prints a wrong figure is worse than one that fails.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise ValueError(f"{value!r} is not a number")
    return Decimal(str(value))


def _vietnamese(amount: Decimal, pattern: str) -> str:
    return format(amount, pattern).translate(str.maketrans(",.", ".,"))


@register.filter
def number(value: object) -> str:
    """1234567 → “1.234.567”, 1234.5 → “1.234,5”, nothing → “–”."""
    amount = _decimal(value)
    if amount is None or not amount.is_finite():
        return ABSENT
    if amount == amount.to_integral_value():
        return _vietnamese(amount.quantize(Decimal(1)), ",f")
    return _vietnamese(amount.normalize(), ",f")


@register.filter
def percent2(value: object) -> str:
    """A percentage with two decimals, half up: 98.615 → “98,62 %”; 0/0 (None) → “–”.

    Not for a rate beside its threshold: the assessment's presenter prints those, because
    94.995 must not be shown as 95,00 where 95 is needed.
    """
    amount = _decimal(value)
    if amount is None or not amount.is_finite():
        return ABSENT
    rounded = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{_vietnamese(rounded, ',f')}\N{NO-BREAK SPACE}%"


@register.filter
def birth(person: PartialBirth | None) -> str:
    """As much of the birth date as is known: “12/09/2020”, “09/2020”, “2020” or “–”."""
    if person is None or not person.birth_year:
        return ABSENT
    parts = [f"{person.birth_year:04d}"]
    if person.birth_month:
        parts.insert(0, f"{person.birth_month:02d}")
        if person.birth_day:
            parts.insert(0, f"{person.birth_day:02d}")
    return "/".join(parts)


@register.filter
def on_paper(text: str) -> str:
    """A count or rate as documents print it: “?/52” of the screen is “–/52”."""
    return text.replace("?", ABSENT)


@register.filter
def tone_icon(tone: str) -> str:
    """The icon that always goes with a state's colour."""
    return TONE_ICONS.get(tone, TONE_ICONS["none"])


@register.filter
def message_tone(level_tag: str) -> str:
    """The colour of a message from its level (“error” → “bad”)."""
    return MESSAGE_TONES.get(level_tag, "active")


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A picture from the sprite; silent for screen readers unless it has a label.

    Raises ValueError for a name that the sprite does not hold.
    """
    if name not in ICONS:
        raise ValueError(f"no icon named {name!r}; see ICONS in {__name__}")
    href = f"{static(SPRITE)}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href
        )
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href
    )


@register.filter
def masked_id(personal_id: str | None) -> str:
    """A số định danh as lists may show it: “031204001234” → “0312****1234”; none → “–”.

    Anything that has not twelve characters is hidden whole: half of a shorter number may
    be all of it that matters.
    """
    if not personal_id:
        return ABSENT
    if len(personal_id) != 12:
        return "*" * len(personal_id)
    return f"{personal_id[:4]}****{personal_id[-4:]}"
