"""The portal's main job on real units with synthetic people, for a newcomer to see.

Three years of one district: its wards are surveyed and recognised in 2024, pass into the new
wards on 1/7/2025 hamlet by hamlet, and the same people, a year older each time, are surveyed
in 2025 and, still going on, in 2026. Everything after the seeding goes through the services
that the screens use: a phiếu is typed and submitted, forms are approved, figures handed in,
appraised and recognised, the dossier built. Running it again finds what is done and goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import sleep
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from households.models import School, SchoolKind
from households.school_lookup import school_text
from pcgd.accounts.models import Membership, User
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope, scope_of
from pcgd.accounts.services import assign_areas, create_account, grant_membership
from pcgd.territory.loading import load_province
from pcgd.territory.models import Tier, Unit
from reports.demo_words import write_words
from reports.models import ReportRun, RunState
from reports.services import request_dossier, run_report
from surveys.assessments import assess_unit
from surveys.demo.carry import carry_forward
from surveys.demo.progress import Progress
from surveys.demo.resettle import resettle
from surveys.demo.seeding import seed_ward
from surveys.demo.targets import seed_targets
from surveys.entry import create_household, save_entry
from surveys.figures import fresh_tally
from surveys.models import (
    FormEvent,
    FormState,
    HouseholdForm,
    Submission,
    SubmissionState,
    SurveyRound,
)
from surveys.services import ensure_submission, open_round
from surveys.workflow import perform_on_forms, perform_on_submission

PROVINCE, WARD, OPEN_WARD, THIRD_WARD = "31", "11359", "11383", "11341"
OLD_DISTRICT, OLD_WARD = "304", "11365"
PASSED_ON = date(2025, 7, 1)
#: Residents in 2024 of the old wards; the others have 400 each.
RESIDENTS_2024 = {OLD_WARD: 2000, "11359": 600, "11350": 800}
#: Old ward → how many of its hamlets went to which new ward, in their order (QĐ 19/2025: who
#: took a part of whom; the hamlets are invented).
HAMLETS_TO = {
    "11365": {WARD: 4, OPEN_WARD: 1},
    "11359": {WARD: 2},
    "11350": {WARD: 1, THIRD_WARD: 1},
    "11341": {WARD: 1},
    "11344": {OPEN_WARD: 1},
    "11338": {THIRD_WARD: 1},
    "11329": {THIRD_WARD: 1},
    "11335": {THIRD_WARD: 1},
}
YEARS = (2024, 2025, 2026)
PASSWORD = "minh-hoa-2025"  # noqa: S105 - of synthetic accounts, refused outside DEBUG
Say = Callable[[str], Any]


class DemoRefusedError(Exception):
    """The demo does not run here; the message is a Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class Account:
    username: str
    role: Role
    unit: Unit

    def as_json(self) -> dict[str, str]:
        return {
            "role": str(self.role),
            "username": self.username,
            "password": PASSWORD,
            "unit": self.unit.name,
        }


@dataclass(frozen=True, slots=True)
class DemoResult:
    residents: int
    levels: Mapping[str, int]
    dossier: Path
    accounts: list[Account]


def run_demo(*, say: Say) -> DemoResult:
    """Raises DemoRefusedError outside DEBUG: the accounts have a known password."""
    if not settings.DEBUG:
        raise DemoRefusedError(
            "Dữ liệu minh họa có mật khẩu ai cũng biết; chỉ dựng khi đặt DEBUG=1."
        )
    # Later starts find the file; this one has read its settings already.
    (settings.VAR_DIR / "demo").touch()
    settings.DEMO_DATA = True
    say("Nạp đơn vị của Thành phố Hải Phòng trước và sau 1/7/2025 …")
    load_province(code=PROVINCE)
    units = _Units()
    rounds = {year: open_round(province=units.province, year=year) for year in YEARS}
    _seed_old_wards(units, say)
    accounts = _accounts(units)
    say("Quận Ngô Quyền 2024: các phường gửi quận, quận công nhận, gửi thành phố …")
    for ward in (units.old_ward, *units.neighbours):
        _hand_in(ward, rounds[2024], units.district, accounts)
    _hand_in(units.district, rounds[2024], units.province, accounts)
    say("Ngày 1/7/2025: các tổ dân phố về phường mới …")
    _seed(units.open_ward, 2025, 900, seed=5, progress=Progress.SUBMITTED)
    _pass_on(units)
    for ward in units.today:
        say(f"{ward.name} 2025: vẫn những người ấy, sau một năm …")
        _carry(ward, 2024, Progress.APPROVED if ward == units.third_ward else Progress.SUBMITTED)
    _areas(accounts)
    say("Phường Gia Viên 2025: nhập một hộ, duyệt phiếu, gửi thành phố, công nhận …")
    _survey_one_household(units.ward, rounds[2025], accounts)
    for ward in (units.ward, units.open_ward):
        _hand_in(ward, rounds[2025], units.province, accounts)
    for ward in (units.ward, units.open_ward):
        say(f"{ward.name} 2026: đợt điều tra đang mở …")
        _carry(ward, 2025, Progress.MIXED)
    say("Chỉ tiêu kế hoạch của thành phố và của phường …")
    secretary = _actor(accounts, Role.WARD_SECRETARY, units.ward)
    seed_targets(province=units.province, ward=secretary)
    say("Ban Chỉ đạo, số và ngày văn bản, lập hồ sơ đề nghị công nhận …")
    write_words(scope=secretary, ward=units.ward, year=2025, on=rounds[2025].ward_deadline)
    head = _actor(accounts, Role.WARD_HEAD, units.ward)
    dossier = _dossier(units.ward, 2025, head.user)
    return DemoResult(
        residents=fresh_tally(ward=units.ward, year=2025).people,
        levels=assess_unit(unit=units.ward, year=2025).levels,
        dossier=dossier,
        accounts=[each for each in accounts.values() if each.unit not in units.closed],
    )


class _Units:
    """The units of the demo: three wards of today, and a district of 2024 with all its wards."""

    def __init__(self) -> None:
        new, old = date(2025, 9, 30), date(2024, 9, 30)
        self.province = Unit.objects.by_code(PROVINCE, new)
        self.ward = Unit.objects.by_code(WARD, new)
        self.open_ward = Unit.objects.by_code(OPEN_WARD, new)
        self.third_ward = Unit.objects.by_code(THIRD_WARD, new)
        self.district = Unit.objects.by_code(OLD_DISTRICT, old)
        self.old_ward = Unit.objects.by_code(OLD_WARD, old)
        self.neighbours = list(
            Unit.objects.children_of(self.district, old)
            .exclude(pk=self.old_ward.pk)
            .order_by("sort_key")
        )

    @property
    def closed(self) -> list[Unit]:
        return [self.old_ward, *self.neighbours]

    @property
    def today(self) -> list[Unit]:
        return [self.ward, self.open_ward, self.third_ward]


def _seed_old_wards(units: _Units, say: Say) -> None:
    for ward in (units.old_ward, *units.neighbours):
        residents = RESIDENTS_2024.get(ward.code, 400)
        say(f"Tạo dân số minh họa {ward.name} 2024: {residents} người …")
        seed = 3 if ward == units.old_ward else 11
        _seed(ward, 2024, residents, seed=seed, progress=Progress.SUBMITTED)


def _seed(ward: Unit, year: int, residents: int, *, seed: int, progress: Progress) -> None:
    if not HouseholdForm.objects.filter(ward=ward, round__year=year).exists():
        seed_ward(
            ward=ward, year=year, residents=residents, seed=seed, progress=progress, replace=False
        )


def _pass_on(units: _Units) -> None:
    """Each hamlet of the old wards becomes one of a new ward's (QĐ 19/2025/QĐ-TTg)."""
    today = {ward.code: ward for ward in units.today}
    into: dict[Unit, list[Unit]] = {ward: [] for ward in units.today}
    for ward in units.closed:
        hamlets = Unit.objects.of_tier(Tier.HAMLET).children_of(ward, date(2024, 9, 30))
        waiting = iter(hamlets.order_by("sort_key", "pk"))
        for code, count in HAMLETS_TO[ward.code].items():
            into[today[code]] += [next(waiting) for _ in range(count)]
    resettle(into=into, on=PASSED_ON)


def _carry(ward: Unit, from_year: int, progress: Progress) -> None:
    """A second run finds nobody who was not surveyed yet."""
    carry_forward(ward=ward, from_year=from_year, to_year=from_year + 1, seed=7, progress=progress)


def _areas(accounts: Mapping[str, Account]) -> None:
    """The enumerators' hamlets: the first three of their ward."""
    for account in accounts.values():
        if account.role != Role.ENUMERATOR:
            continue
        membership = Membership.objects.get(user__username=account.username, unit=account.unit)
        hamlets = Unit.objects.of_tier(Tier.HAMLET).children_of(account.unit, date(2025, 9, 30))
        if not membership.areas.exists():
            first = list(hamlets.order_by("sort_key")[:3])
            assign_areas(membership=membership, hamlets=first, on=date(2025, 7, 1))


def _accounts(units: _Units) -> dict[str, Account]:
    wanted = (
        Account("giavien.dieutra", Role.ENUMERATOR, units.ward),
        Account("giavien.thuky", Role.WARD_SECRETARY, units.ward),
        Account("giavien.truongban", Role.WARD_HEAD, units.ward),
        Account("lechan.dieutra", Role.ENUMERATOR, units.open_ward),
        Account("lechan.thuky", Role.WARD_SECRETARY, units.open_ward),
        Account("lechan.truongban", Role.WARD_HEAD, units.open_ward),
        Account("ngoquyen.chuyenvien", Role.DISTRICT_OFFICER, units.district),
        Account("ngoquyen.lanhdao", Role.DISTRICT_HEAD, units.district),
        Account("lachtray.thuky", Role.WARD_SECRETARY, units.old_ward),
        Account("lachtray.truongban", Role.WARD_HEAD, units.old_ward),
        *(
            Account(f"{ward.code}.{name}", role, ward)
            for ward in units.neighbours
            for name, role in (("thuky", Role.WARD_SECRETARY), ("truongban", Role.WARD_HEAD))
        ),
        Account("haiphong.chuyenvien", Role.CITY_OFFICER, units.province),
        Account("haiphong.lanhdao", Role.CITY_HEAD, units.province),
        Account("haiphong.quantri", Role.ADMINISTRATOR, units.province),
    )
    for account in wanted:
        if User.objects.filter(username=account.username).exists():
            continue
        issued = create_account(
            username=account.username,
            full_name=f"{account.role.label} {account.unit.name} (minh họa)",
            password=PASSWORD,
            must_change_password=False,
        )
        grant_membership(
            user=issued.user, unit=account.unit, role=account.role, valid_from=date(2024, 1, 1)
        )
    return {account.username: account for account in wanted}


def _actor(accounts: Mapping[str, Account], role: Role, unit: Unit) -> Scope:
    username = next(a.username for a in accounts.values() if (a.role, a.unit) == (role, unit))
    membership = Membership.objects.select_related("user", "unit").get(
        user__username=username, unit=unit
    )
    return scope_of(membership, timezone.localdate())


@transaction.atomic
def _survey_one_household(
    ward: Unit, survey_round: SurveyRound, accounts: Mapping[str, Account]
) -> None:
    """A teacher finds a household that was not on the list, types it and submits it."""
    if ensure_submission(unit=ward, survey_round=survey_round).is_locked:
        return
    teacher = _actor(accounts, Role.ENUMERATOR, ward)
    hamlet = Unit.objects.under_paths(teacher.paths).order_by("sort_key")[0]
    form = create_household(
        survey_round=survey_round,
        hamlet=hamlet,
        ward=ward,
        cleaned={"head_name": "Nguyễn Thị Minh Họa", "address": "Nhà mới, ngõ 1", "phone": "",
                 "residence_kind": 2},
        scope=teacher,
    )  # fmt: skip
    primary = School.objects.active().filter(ward=ward, kind=SchoolKind.PRIMARY).earliest("code")
    typed = QueryDict(mutable=True)
    typed.update(
        {
            "h-head_name": "Nguyễn Thị Minh Họa", "h-address": "Nhà mới, ngõ 1",
            "h-residence_kind": "2",
            "n1-full_name": "Nguyễn Thị Minh Họa", "n1-birth": "1990", "n1-female": "on",
            "n1-relation": "1", "n1-completed_level": "4", "n1-completed_year": "2007-2008",
            "n1-note": "Dữ liệu minh họa",
            "n2-full_name": "Lê Minh Họa", "n2-birth": "03/2019", "n2-relation": "3",
            "n2-class_mark": "1A*", "n2-school": school_text(primary), "n2-completed_level": "1",
            "n2-note": "Dữ liệu minh họa",
        }
    )  # fmt: skip
    save_entry(form_id=form.pk, version=form.version, data=typed, scope=teacher, submit=True)


def _hand_in(
    unit: Unit,
    survey_round: SurveyRound,
    authority: Unit,
    accounts: Mapping[str, Account],
) -> None:
    """Approve what is left, send, appraise, recognise; steps already taken are left."""
    is_ward = unit.tier == Tier.WARD
    if is_ward:
        secretary = _actor(accounts, Role.WARD_SECRETARY, unit)
        waiting = HouseholdForm.objects.filter(
            ward=unit, round=survey_round, state=FormState.SUBMITTED
        )
        ids = list(waiting.values_list("pk", flat=True))
        if ids:
            perform_on_forms(form_ids=ids, action="approve", scope=secretary)
    submission = ensure_submission(unit=unit, survey_round=survey_round)
    own_head = Role.WARD_HEAD if is_ward else Role.DISTRICT_HEAD
    above = authority.tier == Tier.PROVINCE
    officer = Role.CITY_OFFICER if above else Role.DISTRICT_OFFICER
    decider = Role.CITY_HEAD if above else Role.DISTRICT_HEAD
    for state, action, role, acting_for in (
        (SubmissionState.PREPARING, "send", own_head, unit),
        (SubmissionState.SENT, "appraise", officer, authority),
        (SubmissionState.APPRAISED, "recognise", decider, authority),
    ):
        if Submission.objects.get(pk=submission.pk).state == state:
            perform_on_submission(
                submission_id=submission.pk,
                action=action,
                scope=_actor(accounts, role, acting_for),
                decision_number="(minh họa)" if action == "recognise" else "",
            )
    _date_back(
        submission, survey_round.ward_deadline if is_ward else survey_round.district_deadline
    )


def _date_back(submission: Submission, deadline: date) -> None:
    """What was approved and handed in for a round of the past was so at its time: else every
    unit of the demo would be years late."""
    zone = timezone.get_default_timezone()

    def moment(days: int, hour: int) -> datetime:
        return datetime.combine(deadline + timedelta(days=days), time(hour, 30), tzinfo=zone)

    moments = {"send": moment(-1, 16), "appraise": moment(0, 10), "recognise": moment(1, 9)}
    Submission.objects.filter(pk=submission.pk).update(
        sent_at=moments["send"], appraised_at=moments["appraise"],
        recognised_at=moments["recognise"],
    )  # fmt: skip
    submission.snapshots.update(created_at=moments["send"])
    for action, at in moments.items():
        submission.events.filter(action=action).update(at=at)
    forms = HouseholdForm.objects.filter(ward=submission.unit, round=submission.round)
    approved = moment(-2, 15)
    forms.filter(submitted_at__gt=approved).update(submitted_at=moment(-3, 19))
    forms.filter(approved_at__gt=approved).update(approved_at=approved, edited_at=approved)
    FormEvent.objects.filter(form__in=forms, action="approve", at__gt=approved).update(at=approved)


def _dossier(unit: Unit, year: int, by: User) -> Path:
    """Ask for the dossier as the page does, and wait for it."""
    run = request_dossier(unit=unit, year=year, by=by)
    run_report(run_id=run.pk)
    for _second in range(600):
        run = ReportRun.objects.get(pk=run.pk)
        if not run.is_active:
            break
        sleep(1)
    if run.state != RunState.DONE:
        raise DemoRefusedError(f"Không lập được hồ sơ: {run.error or run.get_state_display()}")
    return Path(settings.REPORTS_DIR) / run.file_name
