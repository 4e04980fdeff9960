"""Do the documents agree with each other? Checked once, after all of them have been read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
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
    Style,
    Subject,
    Tier,
    UnitIndicator,
    Validity,
)
from standards.engine.timeline import DAY, check_timeline


class Library:
    """All entries of all documents, by what they are referred to."""

    def __init__(self, documents: tuple[Document, ...]) -> None:
        self.standards: dict[str, list[Standard]] = {}
        self.indicators: dict[str, Indicator] = {}
        self.levels: dict[tuple[Tier, LevelRef], list[Level]] = {}
        self.parameters: dict[str, list[Parameter]] = {}
        self.file_of: dict[int, str] = {}
        for document in documents:
            for standard in document.standards:
                self.standards.setdefault(standard.code, []).append(standard)
            for indicator in document.indicators:
                if indicator.code in self.indicators:
                    raise DocumentError(
                        document.file,
                        f"indicator {indicator.code}",
                        f"chỉ tiêu “{indicator.code}” khai báo hai lần",
                    )
                self.indicators[indicator.code] = indicator
            for level in document.levels:
                self.levels.setdefault((level.tier, level.ref), []).append(level)
                self.file_of[id(level)] = document.file
            for parameter in document.parameters:
                self.parameters.setdefault(parameter.name, []).append(parameter)

    def standard(self, code: str, validity: Validity) -> Standard | None:
        for standard in self.standards.get(code, []):
            if standard.validity.contains(validity):
                return standard
        return None

    def threshold(self, criterion: Criterion) -> Decimal:
        """The number itself, or the default of the parameter that stands in its place."""
        if criterion.threshold is not None:
            return criterion.threshold
        parameters = self.parameters[criterion.parameter or ""]
        day = criterion.validity.valid_from
        return Decimal(next(each.default for each in parameters if each.validity.covers(day)))


def check_library(documents: tuple[Document, ...]) -> None:
    """Raises DocumentError: an entry said twice for one day or not at all in between, a
    reference that leads nowhere, levels that do not build on each other, an entry of no use."""
    library = Library(documents)
    check_timeline(documents)
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
    _refuse_missing_levels(documents, library)
    _refuse_falling_thresholds(library)
    _refuse_unused(documents)


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
            others = library.levels.get((level.tier, ref), [])
            if not _cover([other.validity for other in others], level.validity):
                raise DocumentError(
                    file, f"{level.where}.{key}", f"không có mức “{ref}” của cùng cấp, cùng lúc"
                )
    for number, criterion in enumerate(level.criteria, start=1):
        _check_criterion(file, f"{level.where}.criteria[{number}]", level, criterion, library)
    _check_children(file, level, library)


def _cover(parts: list[Validity], whole: Validity) -> bool:
    """Is some part in force from the first day of ``whole`` to the last? (No gap is between
    them: the timeline has been checked.)"""
    starts = any(part.covers(whole.valid_from) for part in parts)
    if whole.valid_to is None:
        return starts and any(part.valid_to is None for part in parts)
    return starts and any(part.covers(whole.valid_to) for part in parts)


def _check_children(file: str, level: Level, library: Library) -> None:
    """All criteria of a level count units of one tier, and between them units of every area."""
    counted = [
        indicator
        for criterion in level.criteria
        if isinstance(indicator := library.indicators[criterion.indicator], UnitIndicator)
    ]
    if len({indicator.child_tier for indicator in counted}) > 1:
        raise DocumentError(
            file, f"{level.where}.criteria", "các tiêu chí của một mức phải đếm cùng một cấp"
        )
    areas = {indicator.child_area for indicator in counted if indicator.child_area is not None}
    if areas and areas != set(Area):
        left_out = ", ".join(sorted(set(Area) - areas))
        raise DocumentError(
            file,
            f"{level.where}.criteria",
            f"không có tiêu chí nào đếm các đơn vị thuộc địa bàn “{left_out}”",
        )


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
    if isinstance(indicator, FigureIndicator) and (
        indicator.subject != Subject.PERSONS or indicator.style != Style.PERCENT
    ):
        raise DocumentError(
            file,
            f"{where}.indicator",
            "tiêu chí của một mức là tỷ lệ phần trăm số người; số liệu về trường chỉ là điều kiện",
        )
    if criterion.parameter is None:
        return
    parameters = [
        parameter.validity
        for parameter in library.parameters.get(criterion.parameter, [])
        if parameter.affects == Affects.THRESHOLD and level.tier in parameter.tiers
    ]
    if not _cover(parameters, criterion.validity):
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
            file,
            f"{condition.where}.tier",
            "điều kiện tính theo số người, số trường nên chỉ dùng cho cấp xã",
        )
    indicator = library.indicators.get(condition.indicator)
    if not isinstance(indicator, FigureIndicator):
        raise DocumentError(
            file,
            f"{condition.where}.indicator",
            f"không có chỉ tiêu tính theo số liệu mang mã “{condition.indicator}”",
        )
    if (
        indicator.style == Style.PERCENT
        and condition.threshold is not None
        and condition.threshold > 100
    ):
        raise DocumentError(
            file,
            f"{condition.where}.threshold",
            f"ngưỡng {condition.threshold} không hợp lệ, tỷ lệ phần trăm không quá 100",
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
            level = library.levels[tier, ref][0]
            raise DocumentError(
                library.file_of[id(level)],
                f"{level.where}.requires",
                f"mức “{ref}” ({tier}) đòi hỏi chính nó qua các mức khác",
            )
        settled |= ready


def _refuse_missing_levels(documents: tuple[Document, ...], library: Library) -> None:
    """A standard has levels at all; a tier that has some of them has all of them, every day."""
    for document in documents:
        for number, standard in enumerate(document.standards, start=1):
            levels = [
                level
                for (_, ref), found in library.levels.items()
                if ref.standard == standard.code
                for level in found
            ]
            if not levels:
                raise DocumentError(
                    document.file,
                    f"standard[{number}]",
                    f"tiêu chuẩn “{standard.code}” không có mức nào",
                )
            wanted = set(range(1, len(standard.level_titles) + 1))
            for tier in Tier:
                own = [level for level in levels if level.tier == tier]
                for day in _days_of_change(own):
                    held = {level.level for level in own if level.validity.covers(day)}
                    if held and held != wanted and standard.validity.covers(day):
                        raise DocumentError(
                            document.file,
                            f"standard[{number}]",
                            f"ngày {day:%d/%m/%Y} cấp “{tier}” của “{standard.code}” thiếu mức "
                            f"{', '.join(str(level) for level in sorted(wanted - held))}",
                        )


def _days_of_change(levels: list[Level]) -> list[date]:
    days = {level.validity.valid_from for level in levels}
    days |= {level.validity.valid_to + DAY for level in levels if level.validity.valid_to}
    return sorted(days)


def _refuse_falling_thresholds(library: Library) -> None:
    """A higher level never asks for less of the same rate than a lower one."""
    levels = [level for found in library.levels.values() for level in found]
    for one, other in combinations(sorted(levels, key=lambda level: level.level), 2):
        if (one.standard, one.tier) != (other.standard, other.tier) or one.level == other.level:
            continue
        for low, number, high in _same_rates(one, other):
            if library.threshold(high) < library.threshold(low):
                raise DocumentError(
                    library.file_of[id(other)],
                    f"{other.where}.criteria[{number}].threshold",
                    f"mức {other.level} đòi hỏi {library.threshold(high)}, "
                    f"thấp hơn mức {one.level} ({library.threshold(low)})",
                )


def _same_rates(lower: Level, upper: Level) -> Iterator[tuple[Criterion, int, Criterion]]:
    """(criterion of the lower, number and criterion of the upper) on one rate, day and area."""
    for low in lower.criteria:
        for number, high in enumerate(upper.criteria, start=1):
            if (
                low.indicator == high.indicator
                and low.validity.overlaps(high.validity)
                and (low.area is None or high.area is None or low.area == high.area)
            ):
                yield low, number, high


def _refuse_unused(documents: tuple[Document, ...]) -> None:
    """An entry that nothing refers to is a rule that somebody forgot to write."""
    criteria = [
        criterion
        for document in documents
        for level in document.levels
        for criterion in level.criteria
    ]
    indicators = {criterion.indicator for criterion in criteria}
    indicators |= {item.indicator for document in documents for item in document.conditions}
    parameters = {criterion.parameter for criterion in criteria}
    for document in documents:
        for number, indicator in enumerate(document.indicators, start=1):
            if indicator.code not in indicators:
                raise DocumentError(
                    document.file,
                    f"indicator[{number}].code",
                    f"chỉ tiêu “{indicator.code}” không được tiêu chí hay điều kiện nào dùng",
                )
        for parameter in document.parameters:
            if parameter.affects == Affects.THRESHOLD and parameter.name not in parameters:
                raise DocumentError(
                    document.file,
                    f"{parameter.where}.name",
                    f"tham số ngưỡng “{parameter.name}” không được tiêu chí nào dùng",
                )
