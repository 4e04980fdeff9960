"""``manage.py open_round``: the round of a year, with last year's people proposed in it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from pcgd.commands import PortalCommand, add_unit_and_year
from pcgd.territory.models import Tier, Unit
from surveys.carry import Carried, carry_over
from surveys.figures import wards_of
from surveys.models import SurveyRound
from surveys.services import open_round
from surveys.workflow import TransitionRefusedError


class Command(PortalCommand):
    help = "Mở đợt điều tra và mang người của năm trước sang, lập phiếu cho mọi hộ."

    def add_arguments(self, parser: CommandParser) -> None:
        add_unit_and_year(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        year = options["year"]
        if year > (this_year := timezone.localdate().year):
            # Nothing takes a round back, and everybody would be led into it.
            self.refuse(f"Chưa mở được đợt {year}: đợt mới nhất có thể mở là {this_year}.")
        unit = self.unit_on_count_day(options["unit"], year)
        if unit.tier == Tier.HAMLET:
            self.refuse(
                f"{unit.name} là đơn vị cấp tổ dân phố/thôn; cần mã xã/phường, quận/huyện hoặc "
                "tỉnh/thành phố."
            )
        survey_round = open_round(province=_province_of(unit), year=year)
        wards = sorted(wards_of(unit, survey_round.statistics_date), key=lambda ward: ward.code)
        total, locked = Carried(), []
        for number, ward in enumerate(wards, start=1):
            try:
                done = self._open(survey_round, ward, f"{number}/{len(wards)}")
            except TransitionRefusedError as refusal:
                if unit.tier == Tier.WARD:
                    self.refuse(refusal)
                locked.append(ward.code)
                self._tell(f"[{number}/{len(wards)}] {ward.name}: bỏ qua. {refusal}")
            else:
                total = total.plus(done)
        counts: dict[str, Any] = {"unit": unit.code, "year": year, "wards": len(wards)}
        self.write_json(counts | total.as_dict() | {"locked": locked})

    def _open(self, survey_round: SurveyRound, ward: Unit, place: str) -> Carried:
        done = carry_over(survey_round=survey_round, ward=ward)
        self._tell(
            f"[{place}] {ward.name}: {done.forms} phiếu, {done.carried} người mang sang, "
            f"{done.leaving} người quá tuổi."
        )
        return done

    def _tell(self, sentence: str) -> None:
        # As it goes: a city takes minutes. What is asked for, the counts, stands alone on stdout.
        self.stderr.write(sentence, self.style.NOTICE)
        self.stderr.flush()


def _province_of(unit: Unit) -> Unit:
    """The province above: the first step of the unit's path."""
    if unit.tier == Tier.PROVINCE:
        return unit
    return Unit.objects.get(path=f"{unit.path.split('/', 1)[0]}/", tier=Tier.PROVINCE)
