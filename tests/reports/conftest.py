"""A ward that has handed in, and its frozen content, written by hand."""

from __future__ import annotations

import copy
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pcgd.accounts.models import User
from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier, Unit
from reports.builder_dossier import DossierBuilder
from reports.builders import BUILDERS, Alive, BuiltPart, PartSpec, Plan, StoredPart
from reports.models import ReportRun
from reports.services import request_set
from reports.sources import Authority, DossierSource
from standards import services as standards
from standards.assessment import to_record
from surveys.freeze import digest
from surveys.models import Snapshot, Submission, SubmissionState, SurveyRound
from surveys.services import open_round
from tests.accounts.factories import MembershipFactory, UserFactory, make_unit
from tests.reports.steps import Steps

#: Reaches MN5, TH 3 and XMC 2; THCS only 2, eight graduates short of 3.
FIGURES = {
    "age5_total": 218,
    "age5_attending": 215,
    "mn_completion_total": 220,
    "mn_completed": 215,
    "age6_total": 210,
    "age6_in_grade1": 207,
    "age11_total": 190,
    "age11_completed_primary": 188,
    "age11_rest_in_primary": 2,
    "age11_14_total": 800,
    "age11_14_completed_primary": 795,
    "age15_18_total": 640,
    "age15_18_graduated": 600,
    "age15_18_studying_on": 540,
    "age15_25_total": 1500,
    "age15_25_literate1": 1495,
    "age15_35_total": 4000,
    "age15_35_literate1": 3990,
    "age15_35_literate2": 3900,
    "age15_60_total": 9000,
    "age15_60_literate1": 8950,
    "age15_60_literate2": 8800,
    "th_disabled_able": 4,
    "th_disabled_reached": 2,
    "xmc_disabled_able": 0,
    "xmc_disabled_reached": 0,
}
LIST_CODES = (
    "age5_out",
    "age6_out",
    "age6_14_out",
    "age15_18_not_graduated",
    "dropped_out",
    "illiterate_15_60",
    "illiterate2_15_60",
)


def make_person(number: int, **changes: Any) -> dict[str, Any]:
    """A row as surveys.freeze writes it."""
    return {
        "id": number,
        "name": f"Nguyễn Thị Thử {number:03d}",
        "birth_day": 3,
        "birth_month": 4,
        "birth_year": 2019,
        "female": number % 2 == 0,
        "hamlet": f"Tổ dân phố {number % 7 + 1}",
        "head": "Trần Văn Mẫu",
        "address": f"Số {number}, ngõ 34",
        "study": "Không học",
        "completed": "Chưa",
        "dropped_grade": None,
        "disabled": False,
        **changes,
    }


def make_content(
    *,
    figures: dict[str, int] | None = None,
    name: str = "Phường Gia Viên",
    tier: str = "ward",
    unit_id: int = 1,
    year: int = 2025,
    lists: dict[str, list[dict[str, Any]]] | None = None,
) -> dict[str, Any]:
    on = date(year, 9, 30)
    if tier == "ward":
        assessment = standards.assess(
            figures=FIGURES if figures is None else figures,
            tier="ward",
            disadvantaged=False,
            as_of=on,
        )
    else:
        levels = {
            "PCGDMN5": {1: 12},
            "PCGDTH": {3: 11, 2: 1},
            "PCGDTHCS": {2: 12},
            "XMC": {2: 12},
        }
        assessment = standards.assess(
            tier=tier, as_of=on, child_tier="ward", recognised=levels, computed=levels
        )
    content: dict[str, Any] = {
        "unit": {"id": unit_id, "code": "11359", "name": name, "tier": tier},
        "year": year,
        "statistics_date": on.isoformat(),
        "disadvantaged": False,
        "figures": dict(FIGURES if figures is None else figures),
        "assessment": to_record(assessment),
        "lists": {},
    }
    if tier == "ward":
        content |= {"data_version": 7, "cells": []}
        content["lists"] = {code: [] for code in LIST_CODES} | (lists or {})
    return content


def make_source(content: dict[str, Any] | None = None, **changes: Any) -> DossierSource:
    content = content or make_content()
    values: dict[str, Any] = {
        "content": content,
        "sha256": digest(content),
        "authority": Authority("Thành phố Hải Phòng", "province"),
        "snapshot_id": 5,
        "frozen_on": date(2025, 10, 2),
        "number": 1,
        "is_demo": False,
    }
    return DossierSource(**{**values, **changes})


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@dataclass
class World:
    """Hải Phòng with two wards; the first has handed in its figures of 2025."""

    province: Unit
    ward: Unit
    other_ward: Unit
    hamlet: Unit
    survey_round: SurveyRound
    secretary: User
    snapshot: Snapshot

    def submission(self) -> Submission:
        return self.snapshot.submission

    def freeze_again(self, content: dict[str, Any]) -> Snapshot:
        """A second hand-in of the ward, with other figures."""
        last = self.submission().snapshots.count()
        return Snapshot.objects.create(
            submission=self.submission(),
            number=last + 1,
            content=copy.deepcopy(content),
            sha256=digest(content),
            created_by=self.secretary,
        )


@pytest.fixture(autouse=True)
def reports_folder(settings: Any, tmp_path: Path) -> Path:
    """Finished files of this test alone; and nothing is sent to a broker or a thread."""
    settings.REPORTS_DIR = tmp_path / "reports"
    settings.CELERY_BROKER_URL = ""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    return tmp_path / "reports"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs that were handed to a builder; none is really built."""
    handed: list[int] = []
    monkeypatch.setattr("reports.dispatch._hand_over", lambda keys, turn: handed.extend(keys))
    return handed


@dataclass(frozen=True)
class QuickDocument:
    """A document of a dossier, without its pages."""

    code: str
    title: str
    source: DossierSource
    rows: tuple[()] = ()


@pytest.fixture
def quick_pdf(monkeypatch: pytest.MonkeyPatch) -> list[DossierSource]:
    """The builder without its printing: what it was asked to print, once for each dossier."""
    printed: list[DossierSource] = []

    def documents_of(source: DossierSource, codes: Any = None) -> list[QuickDocument]:
        return [
            QuickDocument("to-trinh", "Tờ trình", source),
            QuickDocument("tieu-chi", "Bảng tiêu chuẩn, tiêu chí", source),
        ]

    def build_part(self: Any, run: ReportRun, part: PartSpec, alive: Alive) -> BuiltPart:
        alive()
        if part.code == "to-trinh":
            printed.append(part.content.source)
        return BuiltPart(f"{part.code} {part.content.source.sha256} ".encode(), pages=2)

    def join(self: Any, run: ReportRun, plan: Plan, parts: Sequence[StoredPart]) -> bytes:
        return b"%PDF-1.5 " + b"".join(part.data for part in parts)

    monkeypatch.setattr("reports.builder_dossier.documents_of", documents_of)
    monkeypatch.setattr(DossierBuilder, "build_part", build_part)
    monkeypatch.setattr(DossierBuilder, "join", join)
    return printed


@pytest.fixture
def world(db: None) -> World:
    province = make_unit("31", Tier.PROVINCE)
    ward = make_unit("11359", Tier.WARD, province)
    Unit.objects.filter(pk=ward.pk).update(name="Phường Gia Viên")
    Unit.objects.filter(pk=province.pk).update(name="Thành phố Hải Phòng")
    ward.refresh_from_db()
    province.refresh_from_db()
    secretary = UserFactory()
    MembershipFactory(user=secretary, unit=ward, role=Role.WARD_SECRETARY)
    survey_round = open_round(province=province, year=2025)
    submission = Submission.objects.create(
        round=survey_round,
        unit=ward,
        authority=province,
        state=SubmissionState.SENT,
        sent_at=timezone.now(),
    )
    content = make_content(unit_id=ward.pk, lists={"age5_out": [make_person(1)]})
    snapshot = Snapshot.objects.create(
        submission=submission,
        number=1,
        content=content,
        sha256=digest(content),
        created_by=secretary,
    )
    return World(
        province=province,
        ward=ward,
        other_ward=make_unit("11407", Tier.WARD, province),
        hamlet=make_unit("11359-001", Tier.HAMLET, ward),
        survey_round=survey_round,
        secretary=secretary,
        snapshot=snapshot,
    )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def acting(unit: Unit, role: Role, **more: Any) -> Client:
    """The browser of somebody who acts for ``unit`` in ``role``."""
    # By the trait, which gives an inspector an end.
    return signed_in(MembershipFactory(unit=unit, **{role.value: True}, **more).user)


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Statistics forms are built by tests.reports.steps here, part by part."""
    monkeypatch.setitem(BUILDERS, "form", "tests.reports.steps.StepBuilder")
    return Steps(tmp_path / "steps")


@pytest.fixture
def officer(world: World) -> User:
    user = UserFactory()
    MembershipFactory(user=user, unit=world.province, role=Role.CITY_OFFICER)
    return user


@pytest.fixture
def ask_set(
    world: World, steps: Steps, officer: User, sent: list[int],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> Callable[..., ReportRun]:  # fmt: skip
    """Ask for the form of every ward of the city."""

    def asked() -> ReportRun:
        with django_capture_on_commit_callbacks(execute=True):
            return request_set(
                unit=world.province, year=2025, by=officer, of="form", options=steps.options
            )

    return asked
