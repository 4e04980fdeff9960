"""What a school has in one survey year: for the conditions of TT 07/2016 (Đ3–Đ6) in columns,
for the ministry's statistics forms as items."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from types import MappingProxyType

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from households.models.households import NfcCharField
from households.models.schools import School, SchoolKind
from households.school_checks import Number, from_json, misfit
from households.school_items import MOST as MOST_OF_KIND
from households.school_items import Kind, item
from pcgd.accounts.scoping import ScopedQuerySet


class SchoolLevel(models.TextChoices):
    """A level of education in a school: one with two levels has a row for each."""

    PRESCHOOL = "MN", "Mầm non"
    PRIMARY = "TH", "Tiểu học"
    LOWER_SECONDARY = "THCS", "Trung học cơ sở"
    CONTINUING = "GDTX", "Giáo dục thường xuyên"


#: The levels of which a school of each kind answers. Upper secondary and vocational schools
#: have no condition to meet: the standards end at 18 with what the lower levels gave.
LEVELS_OF_KIND: Mapping[str, tuple[SchoolLevel, ...]] = MappingProxyType(
    {
        SchoolKind.PRESCHOOL: (SchoolLevel.PRESCHOOL,),
        SchoolKind.PRIMARY: (SchoolLevel.PRIMARY,),
        SchoolKind.LOWER_SECONDARY: (SchoolLevel.LOWER_SECONDARY,),
        SchoolKind.PRIMARY_LOWER: (SchoolLevel.PRIMARY, SchoolLevel.LOWER_SECONDARY),
        SchoolKind.LOWER_UPPER: (SchoolLevel.LOWER_SECONDARY,),
        SchoolKind.CONTINUING: (SchoolLevel.CONTINUING,),
        SchoolKind.UPPER_SECONDARY: (),
        SchoolKind.VOCATIONAL: (),
    }
)

_OF_SCHOOL_CLASSES = ("classes", "rooms", "teachers", "teachers_standard", "teachers_qualified")
_MONITOR = ("has_monitor", "monitor_name")
#: Level → the fields that it answers, in the order of the paper.
FIELDS_OF_LEVEL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        SchoolLevel.PRESCHOOL: (
            *_MONITOR,
            "five_year_classes",
            "five_year_classes_equipped",
            "five_year_rooms",
            "five_year_children",
            "activity_area",
            "teachers",
            "teachers_entitled",
            "teachers_qualified",
            "five_year_teachers",
            "five_year_teachers_standard",
        ),
        SchoolLevel.PRIMARY: (*_MONITOR, *_OF_SCHOOL_CLASSES),
        SchoolLevel.LOWER_SECONDARY: (*_MONITOR, *_OF_SCHOOL_CLASSES),
        SchoolLevel.CONTINUING: _MONITOR,
    }
)
#: Part → whole: a part is never larger.
PARTS: Mapping[str, str] = MappingProxyType(
    {
        "teachers_entitled": "teachers",
        "teachers_standard": "teachers",
        "teachers_qualified": "teachers",
        "five_year_teachers": "teachers",
        "five_year_teachers_standard": "five_year_teachers",
        "five_year_classes_equipped": "five_year_classes",
    }
)
_EVERY_FIELD = tuple(dict.fromkeys(name for names in FIELDS_OF_LEVEL.values() for name in names))

MOST, MOST_AREA = MOST_OF_KIND[Kind.COUNT], MOST_OF_KIND[Kind.AREA]


class SchoolConditionsQuerySet(ScopedQuerySet["SchoolConditions"]):
    def in_year(self, year: int) -> SchoolConditionsQuerySet:
        return self.filter(year=year)

    def of_school(self, school: School) -> SchoolConditionsQuerySet:
        return self.filter(school=school)


def _count(label: str) -> models.PositiveSmallIntegerField[int | None, int | None]:
    return models.PositiveSmallIntegerField(
        label, null=True, blank=True, validators=[MaxValueValidator(MOST)]
    )


def _only_own_questions(level: SchoolLevel) -> Q:
    """A row of ``level`` holds nothing that only other levels are asked."""
    others = sorted(set(_EVERY_FIELD) - set(FIELDS_OF_LEVEL[level]))
    return Q(level=level, **{f"{name}__isnull": True for name in others})


_OWN_QUESTIONS = reduce(or_, (_only_own_questions(level) for level in SchoolLevel))


class SchoolConditions(models.Model):
    """One level of one school in survey year ``year`` (school year Y–Y+1).

    What was not entered is unknown (None), never 0. ``activity_area`` is in m².
    ``items``: code of ``school_items.toml`` → whole number, or decimal as text; a code that
    is not there is unknown. What has a column is not among them.
    ``version`` grows with each save, so that two people do not overwrite each other.
    """

    scope_path = "school__ward__path"

    school = models.ForeignKey(
        School, models.PROTECT, related_name="conditions", verbose_name="trường"
    )
    year = models.PositiveSmallIntegerField("đợt điều tra")
    level = models.CharField("cấp học", max_length=4, choices=SchoolLevel)

    has_monitor = models.BooleanField("đã phân công người theo dõi", null=True, blank=True)
    monitor_name = NfcCharField("người theo dõi", max_length=120, blank=True)

    classes = _count("số lớp")
    rooms = _count("số phòng học kiên cố, bán kiên cố")
    teachers = _count("số giáo viên")
    teachers_entitled = _count("giáo viên được hưởng đủ chế độ, chính sách")
    teachers_standard = _count("giáo viên đạt chuẩn nghề nghiệp")
    teachers_qualified = _count("giáo viên đạt chuẩn trình độ đào tạo")

    five_year_teachers = _count("giáo viên dạy lớp 5–6 tuổi")
    five_year_teachers_standard = _count("giáo viên dạy lớp 5–6 tuổi đạt chuẩn nghề nghiệp")
    five_year_classes = _count("số lớp 5–6 tuổi")
    five_year_classes_equipped = _count("lớp 5–6 tuổi đủ thiết bị tối thiểu")
    five_year_rooms = _count("phòng học của lớp 5–6 tuổi")
    five_year_children = _count("số trẻ học lớp 5–6 tuổi")
    activity_area = models.DecimalField(
        "diện tích phòng sinh hoạt chung (m²)",
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(MOST_AREA)],
    )

    items = models.JSONField("số liệu của các biểu thống kê", default=dict, blank=True)

    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords(excluded_fields=["updated_at"])

    objects = SchoolConditionsQuerySet.as_manager()

    class Meta:
        verbose_name = "điều kiện của trường"
        verbose_name_plural = "điều kiện của trường"
        ordering = ("school", "year", "level")
        constraints = (
            models.UniqueConstraint(
                fields=("school", "year", "level"), name="school_conditions_once"
            ),
            models.CheckConstraint(
                condition=_OWN_QUESTIONS,
                name="school_conditions_of_level",
                violation_error_message="Có số liệu không thuộc cấp học này.",
            ),
            models.CheckConstraint(
                # A comparison with NULL is NULL, which a constraint lets pass: asked about first.
                condition=(Q(has_monitor__isnull=False, has_monitor=True) & ~Q(monitor_name=""))
                | Q(has_monitor__isnull=False, has_monitor=False, monitor_name="")
                | Q(has_monitor__isnull=True, monitor_name=""),
                name="school_conditions_monitor_named",
                violation_error_message="Đã phân công người theo dõi thì phải ghi họ tên.",
            ),
            models.CheckConstraint(
                condition=Q(activity_area=None) | Q(activity_area__gte=0),
                name="school_conditions_area_not_negative",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{part}__lte": F(whole)}),
                    name=f"school_conditions_{part}_within",
                    violation_error_message="Có số liệu bộ phận lớn hơn số liệu tổng.",
                )
                for part, whole in PARTS.items()
            ),
        )

    def __str__(self) -> str:
        return f"{self.school_id}/{self.year}/{self.level}"

    def number(self, code: str) -> Number | None:
        """The answer to that item of the catalogue, wherever it is kept."""
        if item(code).in_column:
            known: Number | None = getattr(self, code)
            return known
        return from_json(code, self.items[code]) if code in self.items else None

    def clean(self) -> None:
        if why := misfit(self.level, self.items):
            raise ValidationError(why)
