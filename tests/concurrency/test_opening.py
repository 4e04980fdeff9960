"""Two people open the same round, confirm the same household, or one confirms while the other
types: each line once, and nothing that somebody typed is handed in unseen."""

from __future__ import annotations

import pytest

from households.models import CompletedLevel, RecordStage, Relation, SchoolingRecord
from pcgd.accounts.roles import Role
from surveys.carry import carry_over, confirm_unchanged
from surveys.models import FormState, HouseholdForm
from surveys.services import open_round
from surveys.workflow import TransitionRefusedError, perform_on_form
from tests.concurrency.threads import at_once, during
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db(transaction=True)
NEXT = YEAR + 1


@pytest.fixture
def proposed(world: World) -> HouseholdForm:
    form = make_form(world)
    add_person(
        form, 36, relation=Relation.HEAD, completed_level=CompletedLevel.UPPER_SECONDARY,
        stage=RecordStage.PROPOSED,
    )  # fmt: skip
    return form


def test_a_round_opened_twice_at_once_has_each_line_once(world: World) -> None:
    for _ in range(5):
        add_person(make_form(world), 30)
    following = open_round(province=world.province, year=NEXT)

    first, second = at_once(
        [lambda: carry_over(survey_round=following, ward=world.ward) for _ in range(2)]
    )

    assert first == second
    assert first.carried == 5
    assert SchoolingRecord.objects.in_year(NEXT).count() == 5
    assert HouseholdForm.objects.filter(round=following).count() == 5


def test_a_household_confirmed_twice_at_once_is_handed_in_once(
    world: World, proposed: HouseholdForm
) -> None:
    scope = world.scope(Role.ENUMERATOR)

    answers = at_once(
        [lambda: confirm_unchanged(form_ids=[proposed.pk], scope=scope) for _ in range(2)]
    )

    refused = [each for each in answers if isinstance(each, TransitionRefusedError)]
    assert len(refused) == 1
    assert proposed.events.filter(action="submit").count() == 1


def test_what_is_saved_just_before_is_not_confirmed_unseen(
    world: World, proposed: HouseholdForm
) -> None:
    scope = world.scope(Role.ENUMERATOR)

    _saved, answer = during(
        lambda: perform_on_form(form_id=proposed.pk, action="start", scope=scope),
        lambda: confirm_unchanged(
            form_ids=[proposed.pk], scope=scope, versions={proposed.pk: proposed.version}
        ),
    )

    assert isinstance(answer, TransitionRefusedError)
    assert "vừa có người sửa" in str(answer)
    assert HouseholdForm.objects.get(pk=proposed.pk).state == FormState.DRAFT
