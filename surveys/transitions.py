"""How a phiếu and a submission move: two tables, read like a manual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pcgd.accounts.roles import Role
from surveys.models import FormState, SubmissionState


@dataclass(frozen=True, slots=True)
class Transition:
    """``by`` says for whom one must act: the unit itself or the authority above it."""

    action: str
    label: str
    sources: frozenset[str]
    target: str
    roles: frozenset[Role]
    done: str
    by: str = "unit"
    needs_comment: bool = False
    is_primary: bool = False


_ENTRY = frozenset({Role.ENUMERATOR, Role.SCHOOL_OFFICER, Role.WARD_SECRETARY})
_REVIEW = frozenset({Role.WARD_SECRETARY, Role.WARD_HEAD})
_HEADS = frozenset({Role.WARD_HEAD, Role.DISTRICT_HEAD})
_OFFICERS = frozenset({Role.DISTRICT_OFFICER, Role.CITY_OFFICER})
_DECIDERS = frozenset({Role.DISTRICT_HEAD, Role.CITY_HEAD})

FORM_TRANSITIONS: Mapping[str, Transition] = {
    each.action: each
    for each in (
        Transition(
            "start", "Bắt đầu nhập", frozenset({FormState.NOT_STARTED, FormState.DRAFT}),
            FormState.DRAFT, _ENTRY, "Đã lưu phiếu.",
        ),
        Transition(
            "submit", "Nộp phiếu", frozenset({FormState.DRAFT}), FormState.SUBMITTED, _ENTRY,
            "Đã nộp phiếu.", is_primary=True,
        ),
        Transition(
            "withdraw", "Rút lại để sửa", frozenset({FormState.SUBMITTED}), FormState.DRAFT,
            _ENTRY, "Đã rút phiếu về để sửa.",
        ),
        Transition(
            "approve", "Duyệt", frozenset({FormState.SUBMITTED}), FormState.APPROVED, _REVIEW,
            "Đã duyệt phiếu.", is_primary=True,
        ),
        Transition(
            "return", "Trả lại", frozenset({FormState.SUBMITTED, FormState.APPROVED}),
            FormState.DRAFT, _REVIEW, "Đã trả lại phiếu cho người nhập.", needs_comment=True,
        ),
    )
}  # fmt: skip

SUBMISSION_TRANSITIONS: Mapping[str, Transition] = {
    each.action: each
    for each in (
        Transition(
            "send", "Chốt và gửi lên cấp trên", frozenset({SubmissionState.PREPARING}),
            SubmissionState.SENT, _HEADS, "Đã chốt số liệu và gửi lên cấp trên.",
            is_primary=True,
        ),
        Transition(
            "appraise", "Xác nhận đã thẩm định", frozenset({SubmissionState.SENT}),
            SubmissionState.APPRAISED, _OFFICERS, "Đã ghi nhận thẩm định.", by="authority",
            is_primary=True,
        ),
        Transition(
            "recognise", "Công nhận", frozenset({SubmissionState.APPRAISED}),
            SubmissionState.RECOGNISED, _DECIDERS, "Đã công nhận kết quả.", by="authority",
            is_primary=True,
        ),
        Transition(
            "return", "Trả lại",
            frozenset({SubmissionState.SENT, SubmissionState.APPRAISED}),
            SubmissionState.PREPARING, _OFFICERS | _DECIDERS,
            "Đã trả lại hồ sơ cho đơn vị.", by="authority", needs_comment=True,
        ),
        Transition(
            "reopen", "Mở lại hồ sơ", frozenset({SubmissionState.RECOGNISED}),
            SubmissionState.PREPARING, _DECIDERS, "Đã mở lại hồ sơ.", by="authority",
            needs_comment=True,
        ),
    )
}  # fmt: skip
