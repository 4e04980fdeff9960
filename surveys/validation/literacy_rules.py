"""Literacy classes (XMC), and who has fallen back into illiteracy."""

from __future__ import annotations

from households.models import CompletedLevel
from surveys.validation.catalogue import LINE, Values, rule
from surveys.validation.facts import Facts

_LITERATE_TERM, _LEAST_AGE = 5, 15


@rule("xmc_and_class", LINE, "term", "value")
def xmc_and_class(facts: Facts) -> Values | None:
    if facts.literacy_class is None or not facts.is_studying:
        return None
    return {"term": facts.literacy_class, "value": facts.class_text}


@rule("xmc_literate", LINE, "term", "completed")
def xmc_literate(facts: Facts) -> Values | None:
    """Literate at level 2 without having fallen back (NĐ 20/2014 Đ19)."""
    if facts.literacy_class is None or facts.relapse:
        return None
    if facts.completed_level >= CompletedLevel.PRIMARY:
        completed = f"tốt nghiệp {CompletedLevel(facts.completed_level).label}"
    elif (facts.literacy_completed or 0) >= _LITERATE_TERM:
        completed = f"hoàn thành XMC kỳ {facts.literacy_completed}"
    else:
        return None
    return {"term": facts.literacy_class, "completed": completed}


@rule("xmc_done_before", LINE, "term", "done")
def xmc_done_before(facts: Facts) -> Values | None:
    if facts.literacy_class is None or facts.relapse:
        return None
    if not facts.literacy_class <= (facts.literacy_completed or 0) < _LITERATE_TERM:
        return None
    return {"term": facts.literacy_class, "done": facts.literacy_completed}


@rule("xmc_age", LINE, "term", "age")
def xmc_age(facts: Facts) -> Values | None:
    """Literacy classes are for those of 15 and more (NĐ 20/2014 Đ17)."""
    if facts.literacy_class is None or facts.age >= _LEAST_AGE:
        return None
    return {"term": facts.literacy_class, "age": facts.age}


@rule("relapse_never_literate", LINE, "value")
def relapse_never_literate(facts: Facts) -> Values | None:
    if not facts.relapse or facts.completed_level >= CompletedLevel.PRIMARY:
        return None
    if facts.finished_grade or facts.dropped_grade or facts.literacy_completed:
        return None
    return {"value": facts.relapse}
