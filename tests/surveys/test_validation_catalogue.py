"""The catalogue and the predicates agree; whatever does not is refused by name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from households.school_lookup import SchoolFinder
from surveys.forms_entry import MemberForm, VisitForm
from surveys.validation.catalogue import (
    CELL,
    FILE,
    RULES,
    CatalogueError,
    Predicate,
    as_markdown,
    catalogue,
    read_rules,
)
from tests.surveys.validation_people import YEAR

GOOD = {
    "code": "too_old", "level": "warning", "where": "line", "field": "birth",
    "title": "Quá tuổi", "sentence": "{age} tuổi.", "expected": "dưới 100 tuổi", "source": "thử",
}  # fmt: skip
KNOWN = {"too_old": Predicate("too_old", "line", frozenset({"age"}), lambda facts: None)}


def toml(**changes: Any) -> str:
    row = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    lines = [
        f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}"
        for key, value in row.items()
    ]
    return "\n".join(["[[rule]]", *lines])


def test_a_good_row_is_read() -> None:
    rules = read_rules(toml(), KNOWN)
    assert rules["too_old"].say({"age": 101}) == "101 tuổi."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"level": "fatal"}, "level “fatal”"),
        ({"where": "moon"}, "where “moon”"),
        ({"where": "household"}, "viết cho “line”"),
        ({"code": "Too Old"}, "mã chỉ gồm chữ thường"),
        ({"code": "other"}, "không có hàm kiểm tra nào mang mã này"),
        ({"source": None}, "thiếu khóa source"),
        ({"source": " "}, "khóa không được trống: source"),
        ({"colour": "red"}, "khóa không được dùng: colour"),
        ({"sentence": "{height} cm"}, "sentence dùng {height}"),
        ({"expected": "{width}"}, "expected dùng {width}"),
        ({"sentence": "{age tuổi"}, "dấu ngoặc nhọn viết sai"),
        ({"title": 5}, "mọi khóa phải là chuỗi"),
        ({"where": "cell"}, "thiếu khóa example"),
        ({"where": "cell", "example": "x"}, "ô bị chặn tại chỗ nhập thì không có hàm"),
    ],
)
def test_a_wrong_row_is_refused_by_name(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        read_rules(toml(**changes), KNOWN)
    assert said in str(refused.value)
    assert "quy tắc 1" in str(refused.value)


def test_a_predicate_without_a_row_is_refused() -> None:
    with pytest.raises(CatalogueError, match="quy tắc “too_old” không có dòng nào"):
        read_rules("", KNOWN)


def test_a_code_twice_is_refused() -> None:
    with pytest.raises(CatalogueError, match="mã này có hai lần"):
        read_rules(f"{toml()}\n{toml()}", KNOWN)


@pytest.mark.parametrize("text", ["[[rule", "rule = 5", "[rule]\ncode = 1", "rule = [1]", "x = 1"])
def test_what_is_no_catalogue_is_refused(text: str) -> None:
    with pytest.raises(CatalogueError):
        read_rules(text, {})


def test_the_catalogue_in_force_is_whole() -> None:
    rules = catalogue().rules
    raw = tomllib.loads(RULES.read_text(encoding="utf-8"))["rule"]
    assert [row["code"] for row in raw] == list(rules)
    with_predicate = {rule.code for rule in rules.values() if rule.where != CELL}
    assert with_predicate == catalogue().predicates.keys()


def test_every_field_is_one_of_the_phiếu() -> None:
    known = MemberForm.base_fields.keys() | VisitForm.base_fields.keys() | {""}
    assert {rule.field for rule in catalogue().rules.values()} <= known


def test_every_column_is_a_letter_of_the_sheet() -> None:
    columns = {rule.column for rule in catalogue().rules.values() if rule.where == FILE}
    assert columns <= {"", "A", "M", "O", "S"}


@pytest.mark.parametrize(
    "code", [rule.code for rule in catalogue().rules.values() if rule.where == CELL]
)
def test_the_cell_refuses_its_example(code: str) -> None:
    """What the catalogue says that a field refuses, the field refuses."""
    rule = catalogue()[code]
    if rule.field in VisitForm.base_fields:
        header = VisitForm({rule.field: rule.example})
        header.is_valid()
        assert rule.field in header.errors
        return
    sound = {"full_name": "Lê Bảo Anh", "birth": "12/09/2018", "class_mark": "2A"}
    typed = {**sound, rule.field: rule.example}
    member = MemberForm(typed, year=YEAR, schools=SchoolFinder([]))
    assert not member.is_valid()
    assert rule.field in member.errors
    assert rule.field not in MemberForm(sound, year=YEAR, schools=SchoolFinder([])).errors


def test_the_document_shows_the_catalogue_as_it_is() -> None:
    document = Path(settings.BASE_DIR, "docs", "validation.md").read_text(encoding="utf-8")
    assert document.split("<!-- danh mục -->")[1].strip() == as_markdown(catalogue().rules.values())
    for code in set(document.split("## The catalogue")[0].split("`")[1::2]):
        if code.replace("_", "").isalpha() and "_" in code and "notes_of" not in code:
            assert code in catalogue().rules, code
