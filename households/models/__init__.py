"""The register: schools, households, residents, what each did each year, and who moved."""

from households.models.codes import (
    ETHNICITIES,
    KINH,
    CompletedLevel,
    CompletionEvidence,
    DisabilityClass,
    DisabilityKind,
    DropoutReason,
    PlaceOfStudy,
    RecordStage,
    Relation,
    ResidenceKind,
    ResidenceState,
    Sex,
    StudyLevel,
    StudySystem,
    VocationalLevel,
)
from households.models.conditions import SchoolConditions, SchoolLevel
from households.models.households import Household, ResidenceEvent, Resident
from households.models.moves import DistinctPair, Transfer, TransferState
from households.models.schooling import Literacy, SchoolingRecord
from households.models.schools import School, SchoolKind

__all__ = [
    "ETHNICITIES",
    "KINH",
    "CompletedLevel",
    "CompletionEvidence",
    "DisabilityClass",
    "DisabilityKind",
    "DistinctPair",
    "DropoutReason",
    "Household",
    "Literacy",
    "PlaceOfStudy",
    "RecordStage",
    "Relation",
    "ResidenceEvent",
    "ResidenceKind",
    "ResidenceState",
    "Resident",
    "School",
    "SchoolConditions",
    "SchoolKind",
    "SchoolLevel",
    "SchoolingRecord",
    "Sex",
    "StudyLevel",
    "StudySystem",
    "Transfer",
    "TransferState",
    "VocationalLevel",
]
