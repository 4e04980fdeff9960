"""What one person was found to study and to have finished in one survey year."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, Value, When
from simple_history.models import HistoricalRecords

from households.models.codes import (
    CompletedLevel,
    CompletionEvidence,
    DisabilityClass,
    DropoutReason,
    PlaceOfStudy,
    RecordStage,
    ResidenceKind,
    ResidenceState,
    StudyLevel,
    StudySystem,
    VocationalLevel,
)
from households.models.households import Household, NfcCharField, Resident
from households.models.schools import School
from pcgd.accounts.scoping import ScopedQuerySet
from pcgd.territory.models import Unit


class Literacy(models.IntegerChoices):
    """NĐ 20/2014 Đ19. Level 2 is also counted at level 1."""

    ILLITERATE = 0, "Mù chữ"
    LEVEL_1 = 1, "Biết chữ mức độ 1"
    LEVEL_2 = 2, "Biết chữ mức độ 2"


#: NĐ 20/2014 Đ19 in the order of decision of the ministry's workbook: falling back decides
#: first; then what proves level 2 (the whole primary programme or giai đoạn 2 = kỳ 5); then
#: what proves level 1 (lớp 3 or giai đoạn 1 = kỳ 3). Someone now in lớp n of primary has
#: finished lớp n − 1, someone in kỳ n of XMC has finished kỳ n − 1.
LITERACY_RULE = Case(
    When(relapse=1, then=Value(Literacy.ILLITERATE)),
    When(relapse=2, then=Value(Literacy.LEVEL_1)),
    When(
        Q(completed_level__gte=CompletedLevel.PRIMARY)
        | Q(vocational_level__gt=VocationalLevel.NONE)
        | Q(finished_grade__gte=5)
        | Q(dropped_grade__gte=6)
        | Q(literacy_completed__gte=5)
        | Q(study_level__gte=StudyLevel.LOWER_SECONDARY),
        then=Value(Literacy.LEVEL_2),
    ),
    When(
        Q(finished_grade__gte=3)
        | Q(literacy_completed__gte=3)
        | Q(dropped_grade__gt=3)
        | Q(literacy_class__gt=3)
        | Q(study_level=StudyLevel.PRIMARY, grade__gt=3),
        then=Value(Literacy.LEVEL_1),
    ),
    default=Value(Literacy.ILLITERATE),
)

#: The columns over which the yearly tally groups. Together they are the covering index,
#: so that one ward or one city is counted without touching the table itself.
COUNTED_COLUMNS = (
    "birth_year",
    "female",
    "minority",
    "disability",
    "residence_state",
    "stage",
    "study_level",
    "study_system",
    "grade",
    "place_of_study",
    "two_sessions",
    "repeating",
    "completed_level",
    "completion_evidence",
    "preschool_programme_done",
    "vocational_level",
    "dropped_grade",
    "literacy_class",
    "literacy",
)


#: Moved-in people count, people who left, died or cannot be found do not.
LIVING_HERE = (ResidenceState.PRESENT, ResidenceState.AWAY, ResidenceState.MOVED_IN)


class SchoolingRecordQuerySet(ScopedQuerySet["SchoolingRecord"]):
    def in_year(self, year: int) -> SchoolingRecordQuerySet:
        return self.filter(year=year)

    def counted(self) -> SchoolingRecordQuerySet:
        """Lines of people who live here at the statistics point and were really surveyed."""
        return self.filter(stage__gte=RecordStage.RECORDED, residence_state__in=LIVING_HERE)


class SchoolingRecord(models.Model):
    """One line of the phiếu: a person in one survey year.

    ``year`` is the survey year Y; study facts are those of school year Y–Y+1, completion
    facts reach up to the summer of Y. ``household`` and ``hamlet`` say where the person
    was counted that year, so that history survives moves and mergers. ``birth_year``,
    ``female``, ``minority`` and ``disability`` repeat the Resident as it was counted.
    A year such as ``completed_year`` is the year in which the school year ended
    (2024–2025 is 2025).
    """

    scope_path = "hamlet__path"

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="records")
    year = models.PositiveSmallIntegerField("đợt điều tra")
    household = models.ForeignKey(Household, models.PROTECT, related_name="records")
    hamlet = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    stage = models.PositiveSmallIntegerField(choices=RecordStage, default=RecordStage.RECORDED)

    birth_year = models.PositiveSmallIntegerField("năm sinh")
    female = models.BooleanField("nữ")
    minority = models.BooleanField("dân tộc thiểu số")
    disability = models.PositiveSmallIntegerField("khuyết tật", choices=DisabilityClass)

    residence_kind = models.PositiveSmallIntegerField(
        "diện cư trú", choices=ResidenceKind, default=ResidenceKind.PERMANENT
    )
    residence_state = models.PositiveSmallIntegerField(
        "tình trạng cư trú", choices=ResidenceState, default=ResidenceState.PRESENT
    )

    study_level = models.PositiveSmallIntegerField(
        "cấp đang học", choices=StudyLevel, default=StudyLevel.NONE
    )
    study_system = models.PositiveSmallIntegerField(
        "hệ học", choices=StudySystem, default=StudySystem.GENERAL
    )
    grade = models.PositiveSmallIntegerField("khối", null=True, blank=True)
    class_name = NfcCharField("lớp", max_length=20, blank=True)
    two_sessions = models.BooleanField("học 2 buổi/ngày", default=False)
    repeating = models.BooleanField("lưu ban", default=False)
    school = models.ForeignKey(
        School, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="trường"
    )
    school_text = NfcCharField("trường ngoài danh mục", max_length=150, blank=True)
    place_of_study = models.PositiveSmallIntegerField(
        choices=PlaceOfStudy, default=PlaceOfStudy.NONE
    )
    preschool_marks = models.CharField("dấu theo dõi mầm non", max_length=12, blank=True)

    completed_level = models.PositiveSmallIntegerField(
        "bậc tốt nghiệp", choices=CompletedLevel, default=CompletedLevel.NONE
    )
    completed_continuing = models.BooleanField("bổ túc", default=False)
    completed_year = models.PositiveSmallIntegerField("năm tốt nghiệp", null=True, blank=True)
    completion_evidence = models.PositiveSmallIntegerField(
        "minh chứng", choices=CompletionEvidence, null=True, blank=True
    )
    preschool_programme_done = models.BooleanField(
        "hoàn thành chương trình mầm non theo độ tuổi", default=False
    )
    vocational_level = models.PositiveSmallIntegerField(
        "bậc TN nghề", choices=VocationalLevel, default=VocationalLevel.NONE
    )
    vocational_year = models.PositiveSmallIntegerField("năm TN nghề", null=True, blank=True)
    diploma_number = models.CharField("số bằng", max_length=40, blank=True)
    finished_grade = models.PositiveSmallIntegerField("học xong lớp", null=True, blank=True)
    finished_year = models.PositiveSmallIntegerField("năm học xong", null=True, blank=True)
    dropped_grade = models.PositiveSmallIntegerField("bỏ học lớp", null=True, blank=True)
    dropped_year = models.PositiveSmallIntegerField("năm bỏ học", null=True, blank=True)
    dropout_reason = models.PositiveSmallIntegerField(
        "lý do bỏ học", choices=DropoutReason, null=True, blank=True
    )
    literacy_class = models.PositiveSmallIntegerField("đang học XMC (kỳ)", null=True, blank=True)
    literacy_completed = models.PositiveSmallIntegerField(
        "hoàn thành XMC (kỳ)", null=True, blank=True
    )
    relapse = models.PositiveSmallIntegerField("tái mù chữ (mức)", null=True, blank=True)
    literacy = models.GeneratedField(
        expression=LITERACY_RULE,
        output_field=models.PositiveSmallIntegerField(choices=Literacy),
        db_persist=True,
    )
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords(excluded_fields=["literacy", "updated_at"])

    objects = SchoolingRecordQuerySet.as_manager()

    class Meta:
        verbose_name = "thông tin học tập theo năm"
        verbose_name_plural = "thông tin học tập theo năm"
        ordering = ("household", "resident__position", "pk")
        constraints = (
            models.UniqueConstraint(fields=("resident", "year"), name="record_once_a_year"),
            models.CheckConstraint(
                condition=Q(stage__in=RecordStage.values), name="record_stage_known"
            ),
            models.CheckConstraint(
                condition=Q(residence_state__in=ResidenceState.values),
                name="record_residence_known",
            ),
            models.CheckConstraint(
                condition=Q(birth_year__gte=1900) & Q(birth_year__lte=F("year")),
                name="record_born_by_then",
                violation_error_message="Năm sinh không được sau năm điều tra.",
            ),
            models.CheckConstraint(
                condition=Q(study_level__in=StudyLevel.values), name="record_level_known"
            ),
            models.CheckConstraint(
                condition=Q(study_level=StudyLevel.PRIMARY, grade__gte=1, grade__lte=5)
                | Q(study_level=StudyLevel.LOWER_SECONDARY, grade__gte=6, grade__lte=9)
                | Q(study_level=StudyLevel.UPPER_SECONDARY, grade__gte=10, grade__lte=12)
                | ~Q(
                    study_level__in=(
                        StudyLevel.PRIMARY,
                        StudyLevel.LOWER_SECONDARY,
                        StudyLevel.UPPER_SECONDARY,
                    )
                ),
                name="record_grade_of_level",
                violation_error_message=(
                    "Lớp không thuộc cấp học: tiểu học 1–5, THCS 6–9, THPT 10–12."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(study_level=StudyLevel.NONE)
                | Q(
                    grade=None,
                    class_name="",
                    school=None,
                    school_text="",
                    place_of_study=PlaceOfStudy.NONE,
                    two_sessions=False,
                    repeating=False,
                ),
                name="record_class_only_if_studying",
                violation_error_message="Người không đi học thì không ghi lớp và trường.",
            ),
            models.CheckConstraint(
                condition=Q(study_level=StudyLevel.NONE) | ~Q(place_of_study=PlaceOfStudy.NONE),
                name="record_place_if_studying",
            ),
            models.CheckConstraint(
                condition=Q(study_level=StudyLevel.NONE) | Q(dropped_grade=None),
                name="record_not_studying_and_dropped",
                violation_error_message="Không thể vừa đang học vừa bỏ học.",
            ),
            models.CheckConstraint(
                condition=Q(completed_level__in=CompletedLevel.values),
                name="record_completed_known",
            ),
            models.CheckConstraint(
                condition=Q(finished_grade=None) | Q(finished_grade__gte=1, finished_grade__lte=12),
                name="record_finished_grade",
                violation_error_message="Học xong lớp: ghi từ 1 đến 12.",
            ),
            models.CheckConstraint(
                condition=Q(dropped_grade=None) | Q(dropped_grade__gte=1, dropped_grade__lte=12),
                name="record_dropped_grade",
                violation_error_message="Bỏ học lớp: ghi từ 1 đến 12.",
            ),
            models.CheckConstraint(
                condition=(Q(literacy_class=None) | Q(literacy_class__gte=1, literacy_class__lte=5))
                & (
                    Q(literacy_completed=None)
                    | Q(literacy_completed__gte=1, literacy_completed__lte=5)
                ),
                name="record_literacy_term",
                violation_error_message="Kỳ học xóa mù chữ: ghi từ 1 đến 5.",
            ),
            models.CheckConstraint(
                condition=Q(relapse=None) | Q(relapse__in=(1, 2)),
                name="record_relapse_level",
                violation_error_message="Tái mù chữ: ghi mức 1 hoặc 2.",
            ),
        )
        indexes = (
            models.Index(fields=("year", "hamlet", *COUNTED_COLUMNS), name="record_tally"),
            models.Index(fields=("household", "year"), name="record_of_form"),
        )

    def __str__(self) -> str:
        return f"{self.resident}, {self.year}"

    @property
    def residence_is_counted(self) -> bool:
        return self.residence_state in LIVING_HERE

    def copy_counted_facts(self) -> None:
        """Take over from the resident what is counted; call before any write."""
        self.birth_year = self.resident.birth_year
        self.female = self.resident.female
        self.minority = self.resident.minority
        self.disability = self.resident.disability_class
