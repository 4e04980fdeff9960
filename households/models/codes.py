"""Code lists of the phiếu and of the ministry's workbook (MauNhapLieu).

Numbers are ours and stay fixed once stored; labels are what people read.
"""

from __future__ import annotations

from enum import IntFlag

from django.db import models


class Sex(models.TextChoices):
    MALE = "M", "Nam"
    FEMALE = "F", "Nữ"


class ResidenceKind(models.IntegerChoices):
    """Diện cư trú (phiếu, ô 6). Tạm trú means six months or more."""

    PERMANENT = 1, "Thường trú"
    TEMPORARY = 2, "Tạm trú"


class ResidenceState(models.IntegerChoices):
    """Tình trạng cư trú at the statistics point (workbook, column Q)."""

    PRESENT = 1, "Đang ở"
    AWAY = 2, "Tạm vắng"
    MOVED_IN = 3, "Chuyển đến"
    MOVED_OUT = 4, "Chuyển đi"
    DEAD = 5, "Chết"
    UNKNOWN = 6, "Chưa xác định"


class Relation(models.IntegerChoices):
    """Quan hệ với chủ hộ."""

    HEAD = 1, "Chủ hộ"
    SPOUSE = 2, "Vợ/Chồng"
    CHILD = 3, "Con"
    PARENT = 4, "Cha/Mẹ"
    GRANDPARENT = 5, "Ông/Bà"
    SIBLING = 6, "Anh/Chị/Em"
    OTHER = 7, "Khác"


class DisabilityKind(IntFlag):
    """Khuyết tật (workbook, columns AJ to AQ): one person may have several."""

    MOBILITY = 1
    HEARING_SPEECH = 2
    SIGHT = 4
    MENTAL = 8
    INTELLECTUAL = 16
    LEARNING = 32
    AUTISM = 64
    OTHER = 128


DISABILITY_LABELS = {
    DisabilityKind.MOBILITY: "Vận động",
    DisabilityKind.HEARING_SPEECH: "Nghe, nói",
    DisabilityKind.SIGHT: "Nhìn",
    DisabilityKind.MENTAL: "Thần kinh, tâm thần",
    DisabilityKind.INTELLECTUAL: "Trí tuệ",
    DisabilityKind.LEARNING: "Học tập",
    DisabilityKind.AUTISM: "Tự kỷ",
    DisabilityKind.OTHER: "Khác",
}


class DisabilityClass(models.IntegerChoices):
    """How a disability bears on the figures (TT 07/2016 Đ2)."""

    NONE = 0, "Không khuyết tật"
    ABLE = 1, "Khuyết tật, có khả năng học tập"
    UNABLE = 2, "Khuyết tật, không có khả năng học tập"


class StudyLevel(models.IntegerChoices):
    """Cấp đang học, in the school year that has just begun at 30/9."""

    NONE = 0, "Không học"
    NURSERY = 1, "Nhà trẻ"
    KINDERGARTEN = 2, "Mẫu giáo"
    PRIMARY = 3, "Tiểu học"
    LOWER_SECONDARY = 4, "THCS"
    UPPER_SECONDARY = 5, "THPT"
    VOCATIONAL = 6, "GD nghề nghiệp"
    HIGHER = 7, "Cao đẳng, đại học"


class StudySystem(models.IntegerChoices):
    """Hệ học (workbook, derived column BA)."""

    GENERAL = 1, "Phổ thông"
    CONTINUING = 2, "GDTX"


class PlaceOfStudy(models.IntegerChoices):
    """Học tại chỗ (a school of this ward) or đi học nơi khác."""

    NONE = 0, "Không học"
    HERE = 1, "Học tại chỗ"
    ELSEWHERE = 2, "Đi học nơi khác"


class CompletedLevel(models.IntegerChoices):
    """Bậc tốt nghiệp (hoàn thành): only the last completed level is written."""

    NONE = 0, "Chưa"
    PRESCHOOL = 1, "MN"
    PRIMARY = 2, "TH"
    LOWER_SECONDARY = 3, "THCS"
    UPPER_SECONDARY = 4, "THPT"


class CompletionEvidence(models.IntegerChoices):
    """What proves the completed level. No THCS diploma is issued from 1/1/2026: the
    head teacher confirms completion in the học bạ instead."""

    DIPLOMA = 1, "Bằng tốt nghiệp"
    CONFIRMED = 2, "Xác nhận hoàn thành chương trình"


class VocationalLevel(models.IntegerChoices):
    """Bậc TN nghề (workbook, column Z), with chứng chỉ sơ cấp below it."""

    NONE = 0, "Chưa"
    ELEMENTARY = 1, "Sơ cấp"
    INTERMEDIATE = 2, "TC/THCN"
    COLLEGE = 3, "CĐ"
    UNIVERSITY = 4, "ĐH"
    MASTER = 5, "ThS"
    DOCTOR = 6, "TS"


class DropoutReason(models.IntegerChoices):
    POOR_RESULTS = 1, "Học lực yếu kém"
    HARDSHIP = 2, "Hoàn cảnh khó khăn"
    FAR = 3, "Xa nhà"
    ILLNESS = 4, "Tai nạn, ốm đau"
    OTHER = 9, "Lý do khác"


class RecordStage(models.IntegerChoices):
    """How far a person's line of this year has come. A proposal counts nowhere."""

    PROPOSED = 0, "Đề xuất từ năm trước"
    RECORDED = 1, "Đã nhập"
    APPROVED = 2, "Đã duyệt"


ETHNIC_NAMES = [
    "Kinh",
    "Tày",
    "Thái",
    "Hoa",
    "Khơ-me",
    "Mường",
    "Nùng",
    "Hmông",
    "Dao",
    "Gia-rai",
    "Ngái",
    "Ê-đê",
    "Ba-na",
    "Xơ-đăng",
    "Sán_Chay",
    "Cơ-ho",
    "Chăm",
    "Sán_Dìu",
    "Hrê",
    "Mnông",
    "Ra-glai",
    "Xtiêng",
    "Bru-Vân_Kiều",
    "Thổ",
    "Giáy",
    "Cơ-tu",
    "Gié-Triêng",
    "Mạ",
    "Khơ-mú",
    "Co",
    "Ta-ôi",
    "Chơ-ro",
    "Kháng",
    "Xinh-mun",
    "Hà_Nhì",
    "Chu-ru",
    "Lào",
    "La_Chí",
    "La_Ha",
    "Phù_Lá",
    "La_Hủ",
    "Lự",
    "Lô_Lô",
    "Chứt",
    "Mảng",
    "Pà_Thẻn",
    "Cơ_Lao",
    "Cống",
    "Bố_Y",
    "Si_La",
    "Pu_Péo",
    "Brâu",
    "Ơ_Đu",
    "Rơ-măm",
]


KINH, FOREIGN, OTHER_ETHNICITY = 1, 55, 99

#: Dân tộc, numbered as in the General Statistics list (QĐ 121-TCTK/PPCĐ). Blank on paper
#: means Kinh.
ETHNICITIES: list[tuple[int, str]] = [
    *((number, name.replace("_", " ")) for number, name in enumerate(ETHNIC_NAMES, start=1)),
    (FOREIGN, "Người nước ngoài"),
    (OTHER_ETHNICITY, "Khác"),
]
