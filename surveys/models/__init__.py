"""Rounds, the phiếu of a round, what a ward hands in, and the stored tallies."""

from surveys.models.form_counts import FormCounts
from surveys.models.forms import FormEvent, FormState, HouseholdForm, UnlockRequest
from surveys.models.rounds import SurveyRound
from surveys.models.submissions import Snapshot, Submission, SubmissionEvent, SubmissionState
from surveys.models.tallies import Tally, WardData
from surveys.models.targets import PlanTally, Target, TargetKind

__all__ = [
    "FormCounts",
    "FormEvent",
    "FormState",
    "HouseholdForm",
    "PlanTally",
    "Snapshot",
    "Submission",
    "SubmissionEvent",
    "SubmissionState",
    "SurveyRound",
    "Tally",
    "Target",
    "TargetKind",
    "UnlockRequest",
    "WardData",
]
