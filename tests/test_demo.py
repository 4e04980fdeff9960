"""The demo is the first thing that a newcomer runs: it goes through, and can be run again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from households.models import Resident
from reports.demo import OPEN_WARD, WARD
from reports.models_dossier import CommitteeMember
from surveys.models import FormState, HouseholdForm, Submission, SubmissionState

pytestmark = pytest.mark.django_db


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert isinstance(answer, dict)
    return answer


def test_the_whole_demo_twice(
    settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEBUG = True
    settings.VAR_DIR, settings.REPORTS_DIR = tmp_path, tmp_path / "reports"
    call_command("demo")
    first = last_line(capsys)
    assert (first["ward"], first["year"]) == (WARD, 2025)
    assert Path(first["dossier"]).read_bytes().startswith(b"%PDF")
    handed_in = Submission.objects.filter(unit__code__in=(WARD, OPEN_WARD), round__year=2025)
    assert {each.state for each in handed_in} == {SubmissionState.RECOGNISED}

    # A household typed as a teacher does it, with nothing left to mend.
    typed = HouseholdForm.objects.get(
        household__head_name="Nguyễn Thị Minh Họa", round__year=first["year"]
    )
    assert typed.state == FormState.APPROVED

    members = CommitteeMember.objects.filter(unit__code=WARD, year=2025)
    assert [each.role for each in members.in_protocol_order()][:2] == ["head", "deputy"]

    people, forms = Resident.objects.count(), HouseholdForm.objects.count()
    words = members.count()
    call_command("demo")
    assert members.count() == words
    assert last_line(capsys)["levels"] == first["levels"]
    assert (Resident.objects.count(), HouseholdForm.objects.count()) == (people, forms)


def test_accounts_whose_password_anybody_knows_are_for_trying_alone(settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG=1"):
        call_command("demo")
    assert not Resident.objects.exists()
