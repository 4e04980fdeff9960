"""Do the documents agree with each other? Checked once, after all of them have been read."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import combinations

from standards.engine.errors import DocumentError
from standards.engine.model import (
    Affects,
    Area,
    Condition,
    Criterion,
    Document,
    FigureIndicator,
    Indicator,
    Level,
    LevelRef,
    Parameter,
    Standard,
    Tier,
    UnitIndicator,
    Validity,
)

Dated = tuple[Hashable, Validity, str, str]
"""What must not be said twice for one day: (subject, validity, file, where)."""


class Library:
    """All entries of all documents, by what they are referred to."""

    def __init__(self, documents: tuple[Document, ...]) -> None:
        self.standards: dict[str, list[Standard]] = {}
        self.indicators: dict[str, Indicator] = {}
        self.levels: dict[tuple[Tier, LevelRef], list[Level]] = {}
        self.parameters: dict[str, list[Parameter]] = {}
        for document in documents:
            for standard in document.standards:
                self.standards.setdefault(standard.code, []).append(standard)
            for indicator in document.indicators:
                if indicator.code in self.indicators:
                    raise DocumentError(
                        document.file, "indicator", f"chỉ tiêu “{indicator.code}” khai báo hai lần"
                    )
                self.indicators[indicator.code] = indicator
            for level in document.levels:
                self.levels.setdefault((level.tier, level.ref), []).append(level)
            for parameter in document.parameters:
                self.parameters.setdefault(parameter.name, []).append(parameter)

    def standard(self, code: str, validity: Validity) -> Standard | None:
        for standard in self.standards.get(code, []):
            if standard.validity.contains(validity):
                return standard
        return None


def check_library(documents: tuple[Document, ...]) -> None:
    """Raises DocumentError: an entry said twice for one day, or a reference that leads nowhere."""
    library = Library(documents)
    _refuse_overlaps(_dated_entries(documents))
    for document in documents:
        for level in document.levels:
            _check_level(document.file, level, library)
        for condition in document.conditions:
            _check_condition(document.file, condition, library)
        for authority in document.authorities:
            if authority.standard is not None and authority.standard not in library.standards:
                raise DocumentError(
                    document.file,
                    f"{authority.where}.standard",
                    f"không có tiêu chuẩn “{authority.standard}”",
                )
    _refuse_circles(library)


def _dated_entries(documents: tuple[Document, ...]) -> Iterable[Dated]:
    for document in documents:
        file = document.file
        for standard in document.standards:
            yield ("standard", standard.code), standard.validity, file, f"standard {standard.code}"
        for parameter in document.parameters:
            yield ("parameter", parameter.name), parameter.validity, file, parameter.where
        for condition in document.conditions:
            subject = ("condition", condition.standard, condition.indicator, condition.tier)
            yield subject, condition.validity, file, condition.where
        for authority in document.authorities:
            for number in authority.levels or (0,):
                level_key = ("authority", authority.tier, authority.standard, number)
                yield level_key, authority.validity, file, authority.where
        for level in document.levels:
            yield ("level", level.tier, level.ref), level.validity, file, level.where
            for number, criterion in enumerate(level.criteria, start=1):
                where = f"{level.where}.criteria[{number}]"
                for area in Area:
                    if criterion.applies_in(area):
                        key = ("criterion", level.where, file, criterion.indicator, area)
                        yield key, criterion.validity, file, where


def _refuse_overlaps(entries: Iterable[Dated]) -> None:
    by_subject: dict[Hashable, list[Dated]] = {}
    for entry in entries:
        by_subject.setdefault(entry[0], []).append(entry)
    for same in by_subject.values():
        for (_, validity, file, where), (_, other, other_file, other_where) in combinations(
            same, 2
        ):
            if validity.overlaps(other):
                raise DocumentError(
                    other_file, other_where, f"trùng thời gian hiệu lực với {file}: {where}"
                )


def _check_level(file: str, level: Level, library: Library) -> None:
    standard = library.standard(level.standard, level.validity)
    if standard is None:
        raise DocumentError(
            file, f"{level.where}.standard", f"không có tiêu chuẩn “{level.standard}” đang hiệu lực"
        )
    if level.level > len(standard.level_titles):
        raise DocumentError(
            file,
            f"{level.where}.level",
            f"{level.standard} chỉ có {len(standard.level_titles)} mức",
        )
    for key, refs in (("requires", level.requires), ("warn_without", level.warn_without)):
        for ref in refs:
            if not any(
                other.validity.contains(level.validity)
                for other in library.levels.get((level.tier, ref), [])
            ):
                raise DocumentError(
                    file, f"{level.where}.{key}", f"không có mức “{ref}” của cùng cấp, cùng lúc"
                )
    for number, criterion in enumerate(level.criteria, start=1):
        _check_criterion(file, f"{level.where}.criteria[{number}]", level, criterion, library)
    if len({_child_tier(criterion, library) for criterion in level.criteria}) > 1:
        raise DocumentError(
            file, f"{level.where}.criteria", "các tiêu chí của một mức phải đếm cùng một cấp"
        )


def _child_tier(criterion: Criterion, library: Library) -> Tier | None:
    indicator = library.indicators[criterion.indicator]
    return indicator.child_tier if isinstance(indicator, UnitIndicator) else None


def _check_criterion(
    file: str, where: str, level: Level, criterion: Criterion, library: Library
) -> None:
    indicator = library.indicators.get(criterion.indicator)
    if indicator is None:
        raise DocumentError(
            file, f"{where}.indicator", f"không có chỉ tiêu “{criterion.indicator}”"
        )
    if isinstance(indicator, FigureIndicator) != (level.tier == Tier.WARD):
        raise DocumentError(
            file,
            f"{where}.indicator",
            "cấp xã tính theo số người; cấp trên tính theo số đơn vị, không gộp số người",
        )
    if criterion.parameter is None:
        return
    if not any(
        parameter.affects == Affects.THRESHOLD
        and level.tier in parameter.tiers
        and parameter.validity.contains(criterion.validity)
        for parameter in library.parameters.get(criterion.parameter, [])
    ):
        raise DocumentError(
            file,
            f"{where}.parameter",
            f"không có tham số ngưỡng “{criterion.parameter}” cho cấp và thời gian này",
        )


def _check_condition(file: str, condition: Condition, library: Library) -> None:
    if library.standard(condition.standard, condition.validity) is None:
        raise DocumentError(
            file,
            f"{condition.where}.standard",
            f"không có tiêu chuẩn “{condition.standard}” đang hiệu lực",
        )
    if condition.tier != Tier.WARD:
        raise DocumentError(
            file, f"{condition.where}.tier", "điều kiện tính theo số người nên chỉ dùng cho cấp xã"
        )
    if not isinstance(library.indicators.get(condition.indicator), FigureIndicator):
        raise DocumentError(
            file,
            f"{condition.where}.indicator",
            f"không có chỉ tiêu tính theo số người mang mã “{condition.indicator}”",
        )


def _refuse_circles(library: Library) -> None:
    """A level must not need itself, even by way of others."""
    needs = {
        key: {(key[0], ref) for level in levels for ref in level.requires}
        for key, levels in library.levels.items()
    }
    settled: set[tuple[Tier, LevelRef]] = set()
    while len(settled) < len(needs):
        ready = {key for key, wanted in needs.items() if key not in settled and wanted <= settled}
        if not ready:
            tier, ref = min(needs.keys() - settled)
            raise DocumentError(
                "documents", "requires", f"mức “{ref}” ({tier}) đòi hỏi chính nó qua các mức khác"
            )
        settled |= ready
