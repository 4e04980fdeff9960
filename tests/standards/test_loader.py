"""A badly written document is refused by name of file and key, never half understood."""

import shutil
import unicodedata
from datetime import date

import pytest

from standards.engine import (
    Context,
    DocumentError,
    evaluate,
    load_document,
    load_documents,
    rulebook,
)
from standards.engine.model import Confidence, LevelRef, Tier
from standards.figures import figure_subjects
from standards.services import DOCUMENTS_FOLDER, documents
from tests.standards.document_text import (
    HEAD,
    INDICATOR,
    LEVEL,
    PARAMETER,
    REST,
    STANDARD,
    WHOLE,
)


def test_a_whole_document_is_read(load):
    (document,) = load(WHOLE)
    assert [level.level for level in document.levels] == [1, 2]
    assert document.levels[0].criteria[0].threshold == 90


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("noun =", "nuon =", "indicator[1].noun"),
        ('title = "Văn bản thử"', 'title = "Văn bản thử"\nlạ = 1'.replace("lạ", "la"), "la"),
        ('tier = "ward"\narticle', 'tier = "ward"\nvalid_till = 2021-01-01\narticle', "valid_till"),
        ('article = "Đ2"\n', "", "level[1].article"),
        ('article = "Đ2"\n', 'article = " "\n', "level[1].article"),
        (', article = "Đ2", ', ", ", "level[1].criteria[1].article"),
        ('article = "Đ3"\n', "", "parameter[1].article"),
        ('confidence = "DERIVED"', 'confidence = "SURE"', "parameter[1].confidence"),
        ('"age6_total"', '"age6_totl"', "indicator[1].denominator"),
        ('indicator = "age6_in_grade1"', 'indicator = "khac"', "criteria[1].indicator"),
        ("threshold = 90", "threshold = 101", "criteria[1].threshold"),
        ("threshold = 90", "threshold = 0", "criteria[1].threshold"),
        ("threshold = 90", 'threshold = "90"', "criteria[1].threshold"),
        ("threshold = 90", "threshold = true", "criteria[1].threshold"),
        ("threshold = 90, ", "", "criteria[1].threshold"),
        ("threshold = 90,", 'threshold = 90, parameter = "nguong",', "criteria[1].threshold"),
        ("threshold = 90,", 'parameter = "khac",', "criteria[1].parameter"),
        ("threshold = 90,", 'threshold = 90, area = "núi",', "criteria[1].area"),
        ("threshold = 90,", 'threshold = 90, area = "normal",', "level[1].criteria"),
        ("criteria = [\n", "criteria = []\nkhac = [\n", "level[1].criteria"),
        ('standard = "A"', 'standard = "B"', "level[1].standard"),
        ("level = 1\n", "level = 3\n", "level[1].level"),
        ("level = 1\n", "level = 0\n", "level[1].level"),
        ('tier = "ward"\narticle', 'tier = "hamlet"\narticle', "level[1].tier"),
        ('tier = "ward"\narticle', 'tier = "district"\narticle', "criteria[1].indicator"),
        ("level = 1\n", 'level = 1\nrequires = ["A 3"]\n', "level[1].requires"),
        ("level = 1\n", 'level = 1\nrequires = ["B 1"]\n', "level[1].requires"),
        ("level = 1\n", 'level = 1\nrequires = ["A"]\n', "level[1].requires"),
        ("level = 1\n", 'level = 1\nrequires = ["A 1"]\n', "requires"),
        ("default = 90", "default = 92", "parameter[1].default"),
        ("value = 91", "value = 90", "parameter[1].values"),
        ("value = 91", "value = 200", "parameter[1].values[2].value"),
        ("valid_from = 2020-01-01", "", "valid_from"),
        ("valid_from = 2020-01-01", 'valid_from = "2020-01-01"', "valid_from"),
        ("valid_from = 2020-01-01", "valid_from = 2020-01-01T00:00:00", "valid_from"),
        (
            "valid_from = 2020-01-01",
            "valid_from = 2020-01-01\nvalid_to = 2019-12-31",
            "valid_to",
        ),
        ("level = 1\n", "level = 1\nvalid_from = 2019-01-01\n", "level[1].valid_from"),
        ('code = "thu"', 'code = "khac"', "code"),
        ("[[standard]]", "[standard]", "standard"),
    ],
)
def test_a_slip_is_refused_naming_file_and_key(load, old, new, named):
    assert old in WHOLE
    with pytest.raises(DocumentError) as refusal:
        load(WHOLE.replace(old, new))
    message = str(refusal.value)
    assert named in refusal.value.where
    assert message.startswith(("thu.toml: ", "documents: "))
    assert message.count("\n") == 0


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (STANDARD, "standard A"),
        (INDICATOR, "indicator"),
        (LEVEL, "level[3]"),
        (PARAMETER, "parameter[2]"),
        (LEVEL.replace("level = 1", "level = 1\nvalid_from = 2024-01-01"), "level[3]"),
    ],
)
def test_an_entry_said_twice_for_one_day_is_refused(load, more, named):
    with pytest.raises(DocumentError) as refusal:
        load(WHOLE + more)
    assert named in refusal.value.where


def test_a_criterion_said_twice_in_a_level_is_refused(load):
    row = '  { indicator = "age6_in_grade1", threshold = 90, article = "Đ2", '
    twice = WHOLE.replace(row, row + 'confidence = "CONFIRMED" },\n' + row)
    with pytest.raises(DocumentError, match="trùng thời gian hiệu lực"):
        load(twice)


def test_a_level_replaced_on_a_day_is_no_overlap(load):
    until = LEVEL.replace("level = 1", "level = 1\nvalid_to = 2023-12-31")
    since = LEVEL.replace("level = 1", "level = 1\nvalid_from = 2024-01-01").replace("90", "95")
    second = REST.replace("90", "95").replace("91", "96")
    loaded = load(HEAD + STANDARD + INDICATOR + until + since + second)
    on = {day: rulebook(loaded, day).levels for day in (date(2023, 12, 31), date(2024, 1, 1))}
    assert [levels[0].criteria[0].threshold for levels in on.values()] == [90, 95]
    assert [len(levels) for levels in on.values()] == [2, 2]


def test_a_single_threshold_replaced_on_a_day(load):
    row = '  { indicator = "age6_in_grade1", threshold = 90, article = "Đ2", confidence'
    until = row.replace("threshold", "valid_to = 2023-12-31, threshold")
    since = row.replace("threshold = 90", "valid_from = 2024-01-01, threshold = 99.8")
    text = WHOLE.replace(row, until + ' = "CONFIRMED" },\n' + since)
    # The level above must not ask for less.
    loaded = load(text.replace(REST, REST.replace("90", "99.8")))
    figures = {"age6_total": 500, "age6_in_grade1": 498}
    results = {
        year: evaluate(rulebook(loaded, date(year, 9, 30)), figures, Context(tier=Tier.WARD))
        for year in (2023, 2024)
    }
    assert [result.standards[0].level for result in results.values()] == [1, 0]
    criterion, _ = results[2024].criteria
    assert (str(criterion.info.threshold), criterion.short_by) == ("99.8", 1)


def test_the_most_particular_authority_decides(load):
    authority = """
[[authority]]
tier = "ward"
body = "{}"
article = "Đ9"
confidence = "CONFIRMED"
"""
    one = authority.format("Sở") + 'standard = "A"\nlevels = [1]\n'
    rules = rulebook(load(WHOLE + one + authority.format("Tỉnh")), date(2024, 1, 1))
    bodies = [rules.authority(Tier.WARD, LevelRef("A", level)).body for level in (1, 2)]
    assert bodies == ["Sở", "Tỉnh"]
    other_way = rulebook(load(WHOLE + authority.format("Tỉnh") + one), date(2024, 1, 1))
    assert other_way.authority(Tier.WARD, LevelRef("A", 1)).body == "Sở"
    assert other_way.authority(Tier.DISTRICT, LevelRef("A", 1)) is None


def test_overlap_with_another_file_is_refused(load):
    other = HEAD.replace('"thu"', '"khac"') + LEVEL
    with pytest.raises(DocumentError, match="trùng thời gian hiệu lực"):
        load(WHOLE, khac=other)


def test_levels_that_need_each_other_are_refused(load):
    first = LEVEL.replace("level = 1", 'level = 1\nrequires = ["A 2"]')
    second = LEVEL.replace("level = 1", 'level = 2\nrequires = ["A 1"]')
    with pytest.raises(DocumentError, match="đòi hỏi chính nó"):
        load(HEAD + STANDARD + INDICATOR + first + second)


def test_broken_toml_names_the_file(load):
    with pytest.raises(DocumentError, match=r"^thu\.toml: sai cú pháp TOML"):
        load(WHOLE + "\n[[level")


def test_a_key_written_twice_is_refused(load):
    with pytest.raises(DocumentError, match=r"^thu\.toml: sai cú pháp TOML"):
        load(HEAD + 'code = "thu"\n')


def test_not_utf8_is_refused(tmp_path):
    path = tmp_path / "thu.toml"
    path.write_bytes(WHOLE.encode("utf-16"))
    with pytest.raises(DocumentError, match="UTF-8"):
        load_document(path, figure_subjects())


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DocumentError, match=r"^thu\.toml: không đọc được"):
        load_document(tmp_path / "thu.toml", figure_subjects())


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(DocumentError, match="không có văn bản nào"):
        load_documents(tmp_path, figure_subjects())


def test_decomposed_text_is_composed(load):
    (document,) = load(unicodedata.normalize("NFD", WHOLE))
    assert document.title == "Văn bản thử"
    assert document.levels[0].source.article == "Đ2"


def test_the_projects_documents_say_where_each_value_stands():
    for document in documents():
        for level in document.levels:
            for criterion in level.criteria:
                assert criterion.source.article
                assert criterion.source.confidence in Confidence
        for parameter in document.parameters:
            assert parameter.source.note, f"{parameter.name}: an open point needs its reason"


def test_a_value_that_no_text_confirms_is_a_parameter_or_says_why_not():
    """Inferred values leave a choice; one that a third party states names what was not read."""
    for document in documents():
        for level in document.levels:
            for criterion in level.criteria:
                source = criterion.source
                assert (
                    source.confidence == Confidence.CONFIRMED
                    or criterion.parameter is not None
                    or (source.confidence == Confidence.SECONDARY and "hưa đọc" in source.note)
                )


@pytest.mark.parametrize("name", ["nd-20-2014", "two-tier-2025", "tt-07-2016", "nd-277-2025"])
def test_no_line_of_the_documents_can_be_dropped_unseen(tmp_path, name):
    """Dropping any one key of a table is refused, or the key is one that may be left out."""
    optional = ("note", "area", "valid_to", "requires", "warn_without", "levels", "standard = ")
    lines = (DOCUMENTS_FOLDER / f"{name}.toml").read_text(encoding="utf-8").split("\n")
    single = [
        number
        for number, line in enumerate(lines)
        if " = " in line
        and not line.startswith((" ", "#", *optional, "values", "criteria", "denominator_less"))
    ]
    shutil.copytree(DOCUMENTS_FOLDER, tmp_path / "documents")
    for number in single[::7]:
        changed = "\n".join(lines[:number] + lines[number + 1 :])
        (tmp_path / "documents" / f"{name}.toml").write_text(changed, encoding="utf-8")
        with pytest.raises(DocumentError):
            load_documents(tmp_path / "documents", figure_subjects())


def refusal_of(read, *asked):
    with pytest.raises(DocumentError) as refusal:
        read(*asked, figure_subjects())
    return str(refusal.value), refusal.value.where


def test_files_that_cannot_be_read_are_named(tmp_path):
    assert refusal_of(load_documents, tmp_path) == (
        f"{tmp_path}: thư mục không có văn bản nào",
        "",
    )
    path = tmp_path / "thu.toml"
    assert refusal_of(load_document, path) == (
        "thu.toml: không đọc được tệp (No such file or directory)",
        "",
    )
    path.write_bytes(WHOLE.encode("utf-16"))
    assert refusal_of(load_document, path) == ("thu.toml: tệp không phải UTF-8", "")
    path.write_text("[[level", encoding="utf-8")
    said, where = refusal_of(load_document, path)
    assert said.startswith("thu.toml: sai cú pháp TOML (")
    assert where == ""
