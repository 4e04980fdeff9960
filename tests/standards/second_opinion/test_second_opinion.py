"""10,000 random wards: the engine, and the same law written once more in openfisca-core."""

import shutil
from datetime import date

import numpy
import pytest
from openfisca_core.parameters import Parameter
from openfisca_core.simulation_builder import SimulationBuilder

from standards.engine import Context, evaluate, load_documents, rulebook
from standards.engine.model import Tier
from standards.figures import figure_subjects
from standards.services import DOCUMENTS_FOLDER, documents
from tests.standards.second_opinion.system import CONDITIONS, FIGURES, RATIOS, REST, WardSystem

WARDS = 10_000
DAYS = (date(2024, 9, 30), date(2025, 9, 30), date(2026, 9, 30))
LEVELS = {
    "PCGDMN5": ("mn5",),
    "PCGDMN35": ("mn35",),
    "PCGDTH": ("th1", "th2", "th3"),
    "PCGDTHCS": ("thcs1", "thcs2", "thcs3"),
    "XMC": ("xmc1", "xmc2"),
}
OUTCOMES = {1: "met", -1: "not_met", 0: "not_applicable"}
#: Rates where something may turn, in per cent.
TURNS = numpy.array([50, 60, 70, 80, 85, 90, 95, 98, 100])


def _random_wards():
    """{figure: array}; three rates in four within one person of a place where something turns.

    Small wards as well as large ones, so that nobody, one person and rounding all occur.
    """
    random = numpy.random.default_rng(20_2014)
    wards = {}

    def whole(most):
        small = random.integers(0, 12, WARDS)
        return numpy.where(random.random(WARDS) < 0.2, small, random.integers(1, most, WARDS))

    def part_of(total, most):
        turn = random.choice(TURNS, WARDS)
        near = -(-turn * total // 100) + random.integers(-1, 2, WARDS)
        anywhere = random.integers(0, most + 1)
        high = -(-97 * most // 100)
        upper = random.integers(high, most + 1)
        kind = random.random(WARDS)
        part = numpy.where(kind < 0.45, near, numpy.where(kind < 0.95, upper, anywhere))
        return numpy.clip(part, 0, most)

    for part, total in FIGURES.items():
        wards.setdefault(total, whole(900))
        wards[part] = part_of(wards[total], wards[total])
    left = wards["age11_total"] - wards["age11_completed_primary"]
    out_of_school = numpy.where(random.random(WARDS) < 0.2, random.integers(0, 3, WARDS), 0)
    wards[REST] = numpy.maximum(left - out_of_school, 0)
    for part, total in CONDITIONS.items():
        wards.setdefault(total, whole(400))
        if part == "mn5_activity_area_dm2":
            asked = 150 * wards[total]
            wards[part] = numpy.maximum(asked + random.integers(-2, 3, WARDS), 0)
        elif part in RATIOS:
            wards[part] = part_of(wards[total], 2 * wards[total])
        else:
            wards[part] = part_of(wards[total], wards[total])
    wards["disadvantaged"] = random.random(WARDS) < 0.5
    return wards


def _opinion(system, wards, day):
    """{variable: array} of every level and condition on that day."""
    simulation = SimulationBuilder().build_default_simulation(system, count=WARDS)
    period = f"day:{day}"
    for code, values in wards.items():
        simulation.set_input(code, period, values)
    names = [name for levels in LEVELS.values() for name in levels]
    names += [f"{code}_judged" for code in CONDITIONS]
    return {name: simulation.calculate(name, period) for name in names}


@pytest.fixture(scope="module")
def wards():
    return _random_wards()


@pytest.fixture(scope="module")
def system():
    return WardSystem()


def _disagreements(documents, opinion, wards, day):
    """The wards of which the engine, on these documents, says something else."""
    rules = rulebook(documents, day)
    contexts = [Context(tier=Tier.WARD, disadvantaged=poor) for poor in (False, True)]
    codes = [code for code in wards if code != "disadvantaged"]
    columns = [wards[code].tolist() for code in codes]
    levels = {code: sum(opinion[name].astype(int) for name in LEVELS[code]) for code in LEVELS}
    # XMC 2 does not need XMC 1.
    levels["XMC"] = numpy.where(opinion["xmc2"], 2, opinion["xmc1"])
    levels = {code: level.tolist() for code, level in levels.items()}
    judged = {code: opinion[f"{code}_judged"].tolist() for code in CONDITIONS}
    different = []
    poor = wards["disadvantaged"].tolist()
    for number, values in enumerate(zip(*columns, strict=True)):
        figures = dict(zip(codes, values, strict=True))
        assessment = evaluate(rules, figures, contexts[poor[number]])
        computed = {result.info.code: result.level for result in assessment.standards}
        outcomes = {
            result.info.code: result.outcome.value
            for result in assessment.criteria
            if result.info.is_condition and result.info.threshold is not None
        }
        if computed != {code: levels[code][number] for code in rules.standards} or outcomes != {
            code: OUTCOMES[judged[code][number]] for code in CONDITIONS
        }:
            different.append((number, computed, outcomes))
    return different


@pytest.mark.parametrize("day", DAYS)
def test_both_opinions_agree_on_every_ward(system, wards, day):
    different = _disagreements(documents(), _opinion(system, wards, day), wards, day)
    assert different == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("nd-20-2014", '"disadvantaged", threshold = 80', '"disadvantaged", threshold = 81'),
        ("nd-20-2014", '"normal", threshold = 95', '"normal", threshold = 94.9'),
        ("nd-20-2014", 'requires = ["PCGDTH 1", "XMC 1"]', 'requires = ["PCGDTH 1"]'),
        ("nd-20-2014", "denominator_less", "#"),
        ("nd-277-2025", '"normal", threshold = 90', '"normal", threshold = 90.5'),
        ("tt-07-2016", "threshold = 0.7", "threshold = 0.71"),
        ("tt-07-2016", "threshold = 1.5", "threshold = 1.51"),
    ],
)
def test_an_error_in_our_documents_is_found(system, wards, tmp_path, name, old, new):
    folder = tmp_path / "documents"
    shutil.copytree(DOCUMENTS_FOLDER, folder)
    path = folder / f"{name}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    spoiled = load_documents(folder, figure_subjects())
    day = DAYS[-1]
    assert _disagreements(spoiled, _opinion(system, wards, day), wards, day)


def test_all_levels_occur_often(system, wards):
    """Agreement on wards that all fail, or all reach everything, would say nothing."""
    opinion = _opinion(system, wards, DAYS[-1])
    for names in LEVELS.values():
        for name in names:
            held = opinion[name][wards["disadvantaged"]], opinion[name][~wards["disadvantaged"]]
            for each in held:
                assert 0.02 < each.mean() < 0.98, name


def _thresholds(system):
    return [node for node in system.parameters.get_descendants() if isinstance(node, Parameter)]


def test_no_threshold_could_be_wrong_unseen(wards):
    """Moving any one threshold by a single point changes what is said of some ward: the 10,000
    wards stand close enough to each of them for the comparison to find it."""
    system, day = WardSystem(), DAYS[-1]
    before = _opinion(system, wards, day)
    thresholds = _thresholds(system)
    assert len(thresholds) == 38
    for threshold in thresholds:
        start, value = threshold.values_list[-1].instant_str, threshold(day.isoformat())
        for other in (value - 1, value + 1):
            threshold.update(start=start, value=other)
            system.get_parameters_at_instant.cache_clear()
            after = _opinion(system, wards, day)
            assert any((before[name] != after[name]).any() for name in before), (
                f"{threshold.name} = {other}"
            )
        threshold.update(start=start, value=value)
