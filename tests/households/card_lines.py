"""Lines as scanners, cameras and wrongly set keyboards send them. Invented people only."""

from __future__ import annotations

import unicodedata

GOOD = "031184000123|030912345|Nguyễn Thị Ánh|12091984|Nữ|12 phố Thử, Gia Viên, Hải Phòng|10052021"

#: The name of a case, and its line.
READ: dict[str, str] = {
    "whole": GOOD,
    "decomposed": unicodedata.normalize("NFD", GOOD),
    "spaces and return": f"  {GOOD.replace('|', ' | ')} \r\n",
    "broken bar": GOOD.replace("|", "¦"),
    "full width": "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in GOOD),
    "byte order mark": f"\ufeff{GOOD}\u200b",
    "old number empty": GOOD.replace("030912345", ""),
    "old number is the number": GOOD.replace("030912345", "031184000123"),
    "newer card": f"{GOOD}||Trần Thị Mẹ|Nguyễn Văn Cha|",
    "address and issue date blank": "031084000123||Lê Văn Tám|01021984|Nam||",
    "year only": GOOD.replace("12091984", "00001984"),
    "month and year": GOOD.replace("12091984", "00091984"),
    "date with strokes": GOOD.replace("12091984", "12/09/1984"),
    "29/2 of a leap year": GOOD.replace("12091984", "29021984"),
    "Ê-đê": "066190000123||H'Hen Niê Kđăm|05051990|NỮ|Đắk Lắk|10052021",
    "child of this century": "031320000123||Lê Bảo Anh|12092020|Nữ|Hải Phòng|10052025",
    "unknown province": GOOD.replace("031184", "003184"),
    "number says another year": GOOD.replace("031184", "031190"),
    "number says a man": GOOD.replace("031184", "031084"),
    "number says both": GOOD.replace("031184", "031090"),
    "ASCII name of a man": "014090000123||Ma Seo Sin|01011990|Nam|Sơn La|10052021",
}
REFUSED: dict[str, tuple[str, str]] = {
    "empty": ("not_card", ""),
    "an address": ("not_card", "https://pcgd.example.vn/phieu/12/"),
    "long text": ("not_card", "x" * 300),
    "bar code": ("number_only", "031184000123"),
    "cut after the name": ("missing", "031184000123|030912345|Nguyễn Thị Ánh"),
    "cut before the issue date": ("missing", GOOD.rsplit("|", 1)[0]),
    "no name": ("missing", GOOD.replace("Nguyễn Thị Ánh", " ")),
    "no number": ("missing", GOOD.removeprefix("031184000123")),
    "no birth date": ("missing", GOOD.replace("12091984", "")),
    "no sex": ("missing", GOOD.replace("Nữ", "")),
    "only bars": ("missing", "||||||"),
    "eleven digits": ("number", GOOD.removeprefix("0")),
    "old card": ("number", GOOD.replace("031184000123", "030912345")),
    "letters in the number": ("number", GOOD.replace("031184000123", "03118400O123")),
    "old number of eight": ("old_number", GOOD.replace("030912345", "03091234")),
    "30/2": ("birth", GOOD.replace("12091984", "30021984")),
    "29/2 of no leap year": ("birth", GOOD.replace("12091984", "29021985")),
    "month 13": ("birth", GOOD.replace("12091984", "01131984")),
    "year 1850": ("birth", GOOD.replace("12091984", "12091850")),
    "date of seven digits": ("birth", GOOD.replace("12091984", "1209198")),
    "issued on 31/4": ("issued", GOOD.replace("10052021", "31042021")),
    "issued in a year": ("issued", GOOD.replace("10052021", "2021")),
    "sex in English": ("sex", GOOD.replace("Nữ", "F")),
    "Telex": ("keyboard", GOOD.replace("Nguyễn Thị Ánh", "Nguyeenx Thij Anhs")),
    "Telex in the tone only": ("keyboard", GOOD.replace("Nguyễn Thị Ánh", "Lo Thij Minh")),
    "Telex in the sex": ("keyboard", GOOD.replace("Nữ", "Nuwx")),
    "VNI": ("keyboard", GOOD.replace("Nguyễn Thị Ánh", "Nguye64n Thi5 A1nh")),
    "Windows' Vietnamese layout": ("keyboard", GOOD.replace("031184000123", "đêăăôđđđăâê")),
    "question marks": ("scanner", GOOD.replace("Nguyễn Thị Ánh", "Nguy?n Th? ?nh")),
    "UTF-8 read as Latin-1": (
        "scanner",
        GOOD.replace("Nguyễn Thị Ánh", "Nguyễn Thị Ánh".encode().decode("cp1252", "replace")),
    ),
    "TCVN3": ("scanner", GOOD.replace("Nguyễn Thị Ánh", "NguyÔn ThÞ ¸nh")),
    "marks lost, by the family name": ("scanner", GOOD.replace("Nguyễn Thị Ánh", "Nguyen Thi Anh")),
    "marks lost, by the sex": (
        "scanner", GOOD.replace("Nguyễn Thị Ánh", "Le Thi Anh").replace("Nữ", "Nu"),
    ),
    "name of 300 signs": ("name", GOOD.replace("Nguyễn", "Nguyễn" * 50)),
    "markup": ("scanner", GOOD.replace("Ánh", "<script>")),
}  # fmt: skip
