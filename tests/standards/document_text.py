"""A small document of the law in pieces, for tests that spoil one of them."""

HEAD = """
code = "thu"
title = "Văn bản thử"
short_title = "Thử"
valid_from = 2020-01-01
"""
STANDARD = """
[[standard]]
code = "A"
title = "Chuẩn A"
short_title = "A"
level_titles = ["Mức độ 1", "Mức độ 2"]
article = "Đ1"
confidence = "CONFIRMED"
"""
INDICATOR = """
[[indicator]]
code = "age6_in_grade1"
title = "Trẻ 6 tuổi vào lớp 1"
sentence = "Tỷ lệ trẻ 6 tuổi vào lớp 1"
noun = "em"
numerator = "age6_in_grade1"
denominator = "age6_total"
"""
LEVEL = """
[[level]]
standard = "A"
level = 1
tier = "ward"
article = "Đ2"
confidence = "CONFIRMED"
criteria = [
  { indicator = "age6_in_grade1", threshold = 90, article = "Đ2", confidence = "CONFIRMED" },
]
"""
SECOND = """
[[level]]
standard = "A"
level = 2
tier = "ward"
requires = ["A 1"]
article = "Đ4"
confidence = "CONFIRMED"
criteria = [
  { indicator = "age6_in_grade1", parameter = "nguong", article = "Đ4", confidence = "CONFIRMED" },
]
"""
PARAMETER = """
[[parameter]]
name = "nguong"
title = "Ngưỡng"
affects = "threshold"
tiers = ["ward"]
default = 90
article = "Đ3"
confidence = "DERIVED"
values = [{ value = 90, title = "chín mươi" }, { value = 91, title = "chín mươi mốt" }]
"""
REST = SECOND + PARAMETER
WHOLE = HEAD + STANDARD + INDICATOR + LEVEL + REST
