"""The tables of ``docs/standards.md``, written out of the documents.

``python -m tests.standards.law_tables`` prints them, to be pasted between the two marks.
"""

from datetime import date

from standards.number_text import shown_threshold
from standards.services import rulebook_on

TIER_TITLES = {"ward": "Xã", "district": "Huyện", "province": "Tỉnh"}
AREA_TITLES = {None: "mọi địa bàn", "normal": "bình thường", "disadvantaged": "ĐBKK"}
DAYS = (
    (date(2024, 9, 30), ("ward", "district", "province")),
    (date(2026, 9, 30), ("ward", "province")),
)


def law_tables():
    parts = []
    shown = set()
    for day, tiers in DAYS:
        rules = rulebook_on(day)
        for tier in tiers:
            # A rule that still holds is not printed twice.
            levels = [level for level in rules.levels if level.tier == tier and level not in shown]
            shown.update(levels)
            parts.append(
                f"### {TIER_TITLES[tier]}, ngày {day:%d/%m/%Y}{_kept(rules, tier, levels)}\n"
            )
            parts.append(_levels(rules, levels))
    parts.append("### Điều kiện (không làm thay đổi mức), ngày 30/09/2026\n")
    parts.append(_conditions(rulebook_on(date(2026, 9, 30))))
    parts.append("### Tham số\n")
    parts.append(_parameters(rulebook_on(date(2026, 9, 30))))
    return "\n".join(parts)


def _table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _kept(rules, tier, levels):
    return ": thêm" if len(levels) < sum(level.tier == tier for level in rules.levels) else ""


def _levels(rules, levels):
    rows = []
    for level in levels:
        needs = ", ".join(str(ref) for ref in level.requires) or "–"
        for criterion in level.criteria:
            if criterion.threshold is None:
                parameter = rules.parameters[criterion.parameter]
                threshold = f"{parameter.default} % (`{parameter.name}`)"
            else:
                threshold = f"{shown_threshold(criterion.threshold)} %"
            rows.append(
                [
                    f"{level.standard} {level.level}",
                    needs,
                    rules.indicators[criterion.indicator].sentence,
                    AREA_TITLES[criterion.area],
                    threshold,
                    criterion.source.article,
                    criterion.source.confidence.value,
                ]
            )
    return _table(
        ["Mức", "Cần trước", "Tiêu chí", "Địa bàn", "Ít nhất", "Điều khoản", "Độ chắc"], rows
    )


def _conditions(rules):
    return _table(
        ["Tiêu chuẩn", "Điều kiện", "Ít nhất", "Điều khoản", "Độ chắc", "Văn bản liên quan"],
        [
            [
                condition.standard,
                rules.indicators[condition.indicator].sentence,
                _asked(condition, rules.indicators[condition.indicator]),
                condition.source.article,
                condition.source.confidence.value,
                "; ".join(f"{each.document} ({each.confidence})" for each in condition.cites)
                or "–",
            ]
            for condition in rules.conditions
        ],
    )


def _asked(condition, indicator):
    if condition.threshold is None:
        return "chỉ nêu, không xét"
    return f"{shown_threshold(condition.threshold)} {indicator.unit or '%'}"


def _parameters(rules):
    return _table(
        ["Tham số", "Điều pháp luật để ngỏ", "Giá trị (đứng đầu là mặc định)", "Độ chắc"],
        [
            [
                f"`{parameter.name}`",
                parameter.title,
                "; ".join(
                    f"`{value.value}` {value.title}"
                    for value in sorted(
                        parameter.values, key=lambda value: value.value != parameter.default
                    )
                ),
                parameter.source.confidence.value,
            ]
            for parameter in rules.parameters.values()
        ],
    )


if __name__ == "__main__":
    print(law_tables())
