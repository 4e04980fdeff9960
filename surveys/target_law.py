"""What the law asks beside a target: the thresholds of the same rate, or of the same level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pcgd.territory.models import Tier
from standards.engine import StandardsError
from standards.engine.model import Area, Criterion, FigureIndicator, Level, UnitIndicator
from standards.engine.rulebook import Rulebook
from standards.number_text import shown_threshold
from standards.services import rulebook_on
from surveys.indicators import UnknownIndicatorError, indicator
from surveys.models import Target, TargetKind
from surveys.targets import Position


@dataclass(frozen=True, slots=True)
class LawLine:
    """“Mức độ 2: 95 %” and where it stands. ``threshold`` None: nothing to draw."""

    text: str
    article: str
    threshold: Decimal | None = None


def law_beside(target: Target, position: Position) -> tuple[LawLine, ...]:
    """In the order of the levels; empty where the law asks nothing of the kind. The law has
    no threshold for the rate of all persons of a district or city."""
    try:
        rules = rulebook_on(position.on)
        if target.kind == TargetKind.RATE and position.unit.tier == Tier.WARD:
            return tuple(_of_rate(target, position, rules))
        if target.kind in {TargetKind.LEVEL, TargetKind.SHARE}:
            return tuple(_of_level(target, position, rules))
    except (StandardsError, UnknownIndicatorError):
        pass
    return ()


def _threshold(criterion: Criterion, position: Position, rules: Rulebook) -> Decimal:
    if criterion.threshold is not None:
        return criterion.threshold
    choices = position.tree.choices if position.tree else {}
    return Decimal(str(rules.chosen(choices)[str(criterion.parameter)].value))


def _of_rate(target: Target, position: Position, rules: Rulebook) -> Iterator[LawLine]:
    wanted = indicator(target.indicator)
    tree = position.tree
    is_hard = tree is not None and position.unit.pk in tree.disadvantaged
    area = Area.DISADVANTAGED if is_hard else Area.NORMAL
    for level in rules.levels:
        if level.tier != position.unit.tier:
            continue
        for criterion in level.criteria:
            known = rules.indicators[criterion.indicator]
            if (
                isinstance(known, FigureIndicator)
                and (known.numerator, known.denominator) == (wanted.numerator, wanted.denominator)
                and criterion.applies_in(area)
            ):
                threshold = _threshold(criterion, position, rules)
                title = rules.standards[level.standard].level_titles[level.level - 1]
                text = f"{title}: {shown_threshold(threshold)} %"
                yield LawLine(text, criterion.source.article, threshold)
    for condition in rules.conditions:
        known = rules.indicators[condition.indicator]
        if known.code == wanted.code and condition.threshold is not None:
            text = f"Điều kiện: {shown_threshold(condition.threshold)} %"
            yield LawLine(text, condition.source.article, condition.threshold)


def _of_level(target: Target, position: Position, rules: Rulebook) -> Iterator[LawLine]:
    """For a level: where it is defined for this tier, with the share of units that an upper
    tier needs. For a share: the same, since that is what the law asks of the share."""
    number = int(target.at_least) if target.kind == TargetKind.LEVEL else target.level
    for level in rules.levels:
        if (level.tier, level.standard, level.level) != (
            position.unit.tier, target.standard, number,
        ):  # fmt: skip
            continue
        asked = False
        for criterion in level.criteria:
            known = rules.indicators[criterion.indicator]
            if isinstance(known, UnitIndicator):
                asked = True
                threshold = _threshold(criterion, position, rules)
                text = f"{known.title}: {shown_threshold(threshold)} %"
                drawn = threshold if target.kind == TargetKind.SHARE else None
                yield LawLine(text, criterion.source.article, drawn)
        if not asked:
            yield LawLine(_level_title(level, rules), level.source.article)


def _level_title(level: Level, rules: Rulebook) -> str:
    standard = rules.standards[level.standard]
    return f"{standard.short_title} {standard.level_titles[level.level - 1].lower()}"
