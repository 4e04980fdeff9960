"""The phiếu in the ministry's grid, sheet after sheet: for a whole ward at once.

The same sheets as the browser prints one hamlet at a time (templates/reports/paper): here the
empty grid is drawn once and laid under every page, and only what was written is drawn anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from itertools import accumulate

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from reports.paper_sheets import PersonRow, Sheet
from reports.table_pdf import PrintedTable
from reports.table_pdf.letters import BASELINE, BOLD, FILES, ITALIC, REGULAR, Letters, registered
from reports.table_pdf.paint import saving

WIDE, HIGH = 297 * mm, 210 * mm
LEFT, TOP = 8 * mm, 7 * mm
ACROSS = 281 * mm
BOX_ROW, NUMBER_ROW = 7.6, 3.2
HEAD_ROWS = (4.0, 4.0, 8.0)
LINE = 3.72
LINES, PEOPLE = 5, 7
#: Widths in mm: STT, name, year, class, school, then (11) to (25).
WIDTHS = (7, 50, 15, 13, 45, 11, 7.5, 9.5, 9, 10, 8, 9.5, 8, 10, 8, 10, 9, 13, 17, 11.5)
EDGES = tuple(edge * mm for edge in accumulate(WIDTHS, initial=0))
#: Where the boxes above the table end: wards left, title, numbers right.
LEFT_BOX, RIGHT_BOX = EDGES[3], EDGES[12]
SMALLEST = 5.0
#: Of what the household reads before it signs; a box holds two such lines.
IN_TWO_LINES = (8.0, 7.5, 7.0, 6.5)
#: ``alive`` is called once for so many sheets.
SHEETS_BETWEEN = 50
_HEADS = (
    # (first column, column behind the last, first row, row behind the last, words)
    (0, 1, 0, 3, "STT"),
    (1, 2, 0, 3, "HỌ VÀ TÊN ĐỐI TƯỢNG\n(lớn tuổi ghi trước)"),
    (2, 4, 0, 3, "Tên lớp\nđang học"),
    (4, 5, 0, 3, "Tên trường - huyện\nđang học"),
    (5, 10, 0, 1, "Tốt nghiệp (hoàn thành)"),
    (5, 8, 1, 2, "MN→THPT"),
    (8, 10, 1, 2, "TN nghề"),
    (5, 6, 2, 3, "Cấp học (bậc)"),
    (6, 7, 2, 3, "Bổ túc"),
    (7, 8, 2, 3, "Năm"),
    (8, 9, 2, 3, "Bậc"),
    (9, 10, 2, 3, "Năm"),
    (10, 12, 0, 1, "Học xong"),
    (10, 11, 1, 3, "Lớp"),
    (11, 12, 1, 3, "Năm"),
    (12, 14, 0, 1, "Bỏ học"),
    (12, 13, 1, 3, "Lớp"),
    (13, 14, 1, 3, "Năm"),
    (14, 17, 0, 1, "Mù chữ"),
    (14, 15, 1, 3, "Học XMC (lớp)"),
    (15, 16, 1, 3, "Công nhận XMC (lớp)"),
    (16, 17, 1, 3, "Tái mù chữ (mức)"),
    (17, 18, 0, 3, "Khuyết tật"),
    (18, 19, 0, 3, "Chuyển đến, chuyển đi, chết"),
    (19, 20, 0, 3, "Ghi chú"),
)
_NUMBERS = ("", "(8)", "(9)", "", "(10)", *(f"({number})" for number in range(11, 26)))
_SIGNS = (
    ("Chủ hộ", "(ký, ghi rõ họ tên)"),
    ("Cán bộ điều tra 1", "(ký, ghi rõ họ tên)"),
    ("Cán bộ điều tra 2", "(ký, ghi rõ họ tên)"),
    ("Xác nhận UBND phường/xã", "(ký, đóng dấu)"),
)
_BODY_TOP = 3 * BOX_ROW + sum(HEAD_ROWS) + NUMBER_ROW
_PERSON = LINES * LINE


def print_sheets(
    sheets: Iterable[Sheet],
    *,
    title: str,
    year: int,
    mark: str,
    guessed: bool,
    alive: Callable[[], None] = lambda: None,
) -> PrintedTable:
    """``mark`` is printed on each sheet, "" for none; ``guessed``: what stands in italics is
    explained on each. No sheet at all gives one page that says so."""
    for font in FILES:
        registered(font)
    target = BytesIO()
    canvas = Canvas(
        target, pagesize=(WIDE, HIGH), pageCompression=1, invariant=1,
        initialFontName=REGULAR, lang="vi",
    )  # fmt: skip
    canvas.setTitle(title)
    for clear in (canvas.setAuthor, canvas.setSubject, canvas.setCreator):
        clear("")
    painter = _Sheets(canvas, Letters())
    foot = f"Đợt điều tra năm {year}"
    if guessed:
        foot += " · Chữ nghiêng: đề xuất từ năm trước, cần hỏi lại"
    painter.grid(foot, mark)
    pages = 0
    for sheet in sheets:
        if pages % SHEETS_BETWEEN == 0:
            alive()
        painter.sheet(sheet)
        pages += 1
    if not pages:
        painter.words("Không có phiếu nào.", 0, 10, 11, ITALIC)
        canvas.showPage()
        pages = 1
    with saving:
        canvas.save()
    return PrintedTable(title, pages, target.getvalue())


class _Sheets:
    """Places are in mm from the top left corner of the paper's frame."""

    def __init__(self, canvas: Canvas, letters: Letters) -> None:
        self.canvas, self.letters = canvas, letters

    # --- what every sheet has ---------------------------------------------------------------
    def grid(self, foot: str, mark: str) -> None:
        canvas = self.canvas
        canvas.beginForm("grid")
        self._boxes()
        self._head()
        for number in range(PEOPLE):
            self._empty_person(_BODY_TOP + number * _PERSON)
        self._signs()
        self.words(foot, 0, 193, 7)
        if mark:
            self.words(mark, ACROSS / mm, 193, 7, BOLD, share=1.0)
        canvas.endForm()

    def _boxes(self) -> None:
        canvas = self.canvas
        canvas.setLineWidth(0.4)
        for row in range(3):
            for left, right in ((0, LEFT_BOX), (RIGHT_BOX, ACROSS)):
                self._frame(left, row * BOX_ROW, right, (row + 1) * BOX_ROW)
        self._frame(LEFT_BOX, 0, RIGHT_BOX, 2 * BOX_ROW)
        self._frame(LEFT_BOX, 2 * BOX_ROW, RIGHT_BOX, 3 * BOX_ROW)
        middle = (LEFT_BOX + RIGHT_BOX) / 2 / mm
        self.words("PHIẾU ĐIỀU TRA PHỔ CẬP GIÁO DỤC", middle, 6.6, 18, BOLD, share=0.5)
        self.words("- CHỐNG MÙ CHỮ", middle, 13.6, 18, BOLD, share=0.5)

    def _head(self) -> None:
        tops = list(accumulate(HEAD_ROWS, initial=3 * BOX_ROW))
        for first, behind, row, below, text in _HEADS:
            self._frame(EDGES[first], tops[row], EDGES[behind], tops[below])
            self._centred(text, EDGES[first], EDGES[behind], tops[row], tops[below], 7)
        top = tops[-1]
        for number, text in enumerate(_NUMBERS):
            behind = number + 2 if number == 2 else number + 1
            if number == 3:
                continue
            self._frame(EDGES[number], top, EDGES[behind], top + NUMBER_ROW)
            self._centred(text, EDGES[number], EDGES[behind], top, top + NUMBER_ROW, 7, ITALIC)

    def _empty_person(self, top: float) -> None:
        canvas = self.canvas
        foot = top + _PERSON
        canvas.setLineWidth(1)
        self._flat(0, ACROSS, top)
        self._flat(0, ACROSS, foot)
        canvas.setLineWidth(0.4)
        for edge in EDGES:
            self._upright(edge, top, foot)
        canvas.setDash(0.5, 1.5)
        for line in range(1, LINES):
            self._flat(EDGES[1], EDGES[5], top + line * LINE)
        canvas.setDash()
        left = EDGES[1] / mm + 0.6
        for line, word in enumerate(("", "Quan hệ:", "Sinh:", "Dân tộc:", "Cha/mẹ/đỡ đầu:")):
            self.words(word, left, self._base(top, line), 6.5)
        self.words("Tôn giáo:", left + 23, self._base(top, 3), 6.5)
        self.words("Nữ", EDGES[2] / mm - 1.2, self._base(top, 2), 7.5, share=1.0)

    def _signs(self) -> None:
        top = _BODY_TOP + PEOPLE * _PERSON
        for number, (who, hint) in enumerate(_SIGNS):
            middle = 30 + number * 73.5
            self.words(who, middle, top + 4.6, 10, BOLD, share=0.5)
            self.words(hint, middle, top + 8.4, 8.5, ITALIC, share=0.5)

    # --- one sheet --------------------------------------------------------------------------
    def sheet(self, sheet: Sheet) -> None:
        self.canvas.doForm("grid")
        base = 5.1
        self._labelled("(1) Phường/Xã: ", sheet.ward, 0, LEFT_BOX, base)
        self._labelled("(2) Khu phố/Thôn/Ấp/Tổ: ", sheet.hamlet, 0, LEFT_BOX, base + BOX_ROW)
        self._labelled("(3) Địa chỉ: ", sheet.address, 0, LEFT_BOX, base + 2 * BOX_ROW, REGULAR)
        self._labelled(
            "(4) Họ tên chủ hộ: ", sheet.head, LEFT_BOX, RIGHT_BOX, base + 2 * BOX_ROW,
            size=14, share=0.5,
        )  # fmt: skip
        number = f"{sheet.number} ({sheet.part})" if sheet.part else sheet.number
        self._labelled("(5) Số phiếu: ", number, RIGHT_BOX, ACROSS, base, size=11)
        row = base + BOX_ROW
        left = RIGHT_BOX / mm + 1.2
        self.words("(6) Diện cư trú:", left, row, 10)
        self._box(sheet.permanent, left + 27, row)
        self.words("thường trú", left + 31, row, 10)
        self._box(sheet.temporary, left + 51, row)
        self.words("tạm trú", left + 55, row, 10)
        self._labelled("(7) Điện thoại: ", sheet.phone, RIGHT_BOX, ACROSS, row + BOX_ROW, REGULAR)
        for number_of_row, person in enumerate(sheet.people):
            self._person(person, _BODY_TOP + number_of_row * _PERSON)
        self.canvas.showPage()

    def _person(self, person: PersonRow, top: float) -> None:
        left, right = EDGES[1] / mm + 0.6, EDGES[2] / mm - 0.6
        self._box(person.female, right - 7.5, self._base(top, 2))
        if person.is_blank:
            self.words("Họ và tên:", left, self._base(top, 0), 6.5)
            for place in (15, 23):
                self.words("/", left + place, self._base(top, 2), 7.5)
        else:
            self._fitted(person.name, left, right, self._base(top, 0), 9, BOLD)
            for line, start, end, text in (
                (1, 9.5, right, person.relation),
                (2, 6, right - 8, person.birth),
                (3, 9, left + 22, person.ethnicity),
                (3, 32.5, right, person.religion),
                (4, 17, right, person.parent),
            ):
                self._fitted(text, left + start, end, self._base(top, line), 7.5)
        self._centred(person.number, EDGES[0], EDGES[1], top, top + _PERSON, 9)
        for line, year in enumerate(person.years):
            base = self._base(top, line)
            font = ITALIC if year.guess else REGULAR
            self.words(year.label, EDGES[2] / mm + 0.6, base, 7.5)
            self._fitted(year.mark, EDGES[3] / mm + 0.6, EDGES[4] / mm - 0.6, base, 7.5, font)
            self._fitted(year.school, EDGES[4] / mm + 0.6, EDGES[5] / mm - 0.6, base, 7.5, font)
        font = ITALIC if person.guess else REGULAR
        for number, text in enumerate(person.columns, start=5):
            self._centred(text, EDGES[number], EDGES[number + 1], top, top + _PERSON, 7, font)

    # --- texts and lines --------------------------------------------------------------------
    @staticmethod
    def _base(top: float, line: int) -> float:
        return top + line * LINE + 2.75

    def words(
        self, text: str, x: float, y: float, size: float, font: str = REGULAR, share: float = 0.0
    ) -> None:
        """``y`` is the foot of the letters; ``share`` of the text stands left of ``x``."""
        text = self.letters.clean(text)
        if not text:
            return
        self.canvas.setFont(font, size)
        back = share * self.letters.width(text, font) * size
        self.canvas.drawString(LEFT + x * mm - back, HIGH - TOP - y * mm, text)

    def _fitted(
        self, text: str, left: float, right: float, y: float, size: float, font: str = REGULAR,
        share: float = 0.0, smallest: float = SMALLEST,
    ) -> None:  # fmt: skip
        """In one line, set smaller where it is long; what is still too long ends in “…”."""
        text = self.letters.clean(text)
        room = (right - left) * mm
        wide = self.letters.width(text, font)
        if wide * size > room:
            size = max(smallest, room / wide)
        while len(text) > 1 and self.letters.width(text, font) * size > room + 0.01:
            text = text[:-2].rstrip() + "…"
        self.words(text, left + share * (right - left), y, size, font, share)

    def _labelled(
        self, label: str, text: str, left: float, right: float, y: float, font: str = BOLD, *,
        size: float = 10, share: float = 0.0,
    ) -> None:  # fmt: skip
        """A label and what was written behind it, within a box: in one line, or in two where
        that one would be of smaller letters than they."""
        start, end = left / mm + 1.2, right / mm - 1.2
        label, text = self.letters.clean(label), self.letters.clean(text)
        label_wide = self.letters.width(f"{label} ") * size / mm
        wide = self.letters.width(text, font) * size / mm
        if wide * IN_TWO_LINES[0] > (end - start - label_wide) * size:
            self._in_two_lines(label, text, start, end, y, font)
            return
        if share:
            start += max(0.0, share * (end - start - label_wide - wide))
        self.words(label, start, y, size)
        self._fitted(text, start + label_wide, end, y, size, font)

    def _in_two_lines(
        self, label: str, text: str, left: float, right: float, y: float, font: str
    ) -> None:
        """Label and text one behind the other; what two lines cannot hold ends in “…”."""
        room = (right - left) * mm
        for size in IN_TWO_LINES:
            # Measured as if the label were of the text's font, which is not narrower.
            first, *others = self.letters.wrap(f"{label} {text}", font, round(room / size, 6))
            if len(others) < 2:
                break
        behind = left + self.letters.width(f"{label} ") * size / mm
        foot = y + 1.1
        top = foot - 1.1 * size / mm
        self.words(label, left, top, size)
        self._fitted(first.removeprefix(label), behind, right, top, size, font)
        self._fitted(" ".join(others), left, right, foot, size, font, smallest=size)

    def _centred(
        self, text: str, left: float, right: float, top: float, foot: float, size: float,
        font: str = REGULAR,
    ) -> None:  # fmt: skip
        """In the middle of a cell, in as many lines as it takes; smaller where they are many."""
        text = self.letters.clean(text)
        if not text:
            return
        room, height = right - left - 0.8 * mm, (foot - top) * mm
        while True:
            lines: Sequence[str] = self.letters.wrap(text, font, round(room / size, 6))
            if len(lines) * 1.15 * size <= height or size <= SMALLEST:
                break
            size -= 0.5
        lines = lines[: max(1, int(height / (1.15 * size)))]
        first = ((foot + top) / 2 * mm - len(lines) * 1.15 * size / 2) / mm
        middle = (left + right) / 2 / mm
        for number, line in enumerate(lines):
            y = first + (number * 1.15 * size + BASELINE * size) / mm
            self.words(line, middle, y, size, font, share=0.5)

    def _box(self, ticked: bool, x: float, y: float) -> None:
        self.canvas.setLineWidth(0.6)
        self.canvas.rect(LEFT + x * mm, HIGH - TOP - y * mm - 0.3 * mm, 2.9 * mm, 2.9 * mm)
        if ticked:
            self.words("×", x + 1.45, y + 0.1, 10, BOLD, share=0.5)

    def _frame(self, left: float, top: float, right: float, foot: float) -> None:
        self.canvas.rect(LEFT + left, HIGH - TOP - foot * mm, right - left, (foot - top) * mm)

    def _flat(self, left: float, right: float, y: float) -> None:
        down = HIGH - TOP - y * mm
        self.canvas.line(LEFT + left, down, LEFT + right, down)

    def _upright(self, edge: float, top: float, foot: float) -> None:
        self.canvas.line(LEFT + edge, HIGH - TOP - top * mm, LEFT + edge, HIGH - TOP - foot * mm)
