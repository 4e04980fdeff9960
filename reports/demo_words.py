"""The words of a demo ward's dossier: its committee, the numbers of its letters, a paragraph.

The names are put together by chance (surveys.demo.names); they are written through the services
that the page “Lời văn hồ sơ” uses.
"""

from __future__ import annotations

from datetime import date
from random import Random

from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Unit
from reports.dossier_paragraphs import PARAGRAPHS
from reports.dossier_texts import Member, texts_of
from reports.models_dossier import CommitteeRole, SignedAs
from reports.text_services import (
    LetterValues,
    Typed,
    letters_stamp,
    members_stamp,
    save_letters,
    save_members,
    save_texts,
    text_stamp,
)
from surveys.demo.names import draw_family_name, draw_full_name

#: (position, role, whether a woman).
_COMMITTEE = (
    ("Phó Chủ tịch Ủy ban nhân dân phường", CommitteeRole.HEAD, False),
    ("Trưởng phòng Văn hóa - Xã hội phường", CommitteeRole.DEPUTY, True),
    ("Hiệu trưởng trường tiểu học", CommitteeRole.DEPUTY, True),
    ("Chuyên viên Phòng Văn hóa - Xã hội phường", CommitteeRole.SECRETARY, False),
    ("Hiệu trưởng trường mầm non", CommitteeRole.MEMBER, True),
    ("Hiệu trưởng trường trung học cơ sở", CommitteeRole.MEMBER, False),
    ("Chủ tịch Hội Liên hiệp Phụ nữ phường", CommitteeRole.MEMBER, True),
)
#: Document → number; all of the day on which the ward's hand-in was due.
_LETTERS = {"cong-van": 46, "to-trinh": 7, "bao-cao": 52, "bien-ban": 1}
_KEY = "direction"
_DIRECTION = (
    "Ủy ban nhân dân phường đã kiện toàn Ban Chỉ đạo phổ cập giáo dục, xóa mù chữ, phân công "
    "thành viên phụ trách từng tổ dân phố.\n"
    "Giáo viên các trường mầm non, tiểu học, trung học cơ sở trên địa bàn điều tra từng hộ gia "
    "đình trong tháng 8 và tháng 9 năm {nam}; Ban Chỉ đạo duyệt từng phiếu trước khi tổng hợp."
)


def write_words(*, scope: Scope, ward: Unit, year: int, on: date) -> None:
    """Does nothing where the ward has a committee already."""
    if texts_of(unit_id=ward.pk, year=year).members:
        return
    draw = Random(ward.code)  # noqa: S311 - names of nobody
    members: list[tuple[int | None, Member]] = []
    for position, role, is_woman in _COMMITTEE:
        family = draw_family_name(draw)
        name = draw_full_name(draw, family_name=family, female=is_woman, birth_year=1980)
        members.append((None, Member(name, position, role)))
    save_members(
        scope=scope, unit=ward, year=year, members=members, stamp=members_stamp(ward, year)
    )
    letters = [
        LetterValues(document, number, on, SignedAs.DEPUTY, members[0][1].name)
        for document, number in _LETTERS.items()
    ]
    save_letters(
        scope=scope, unit=ward, year=year, letters=letters, stamp=letters_stamp(ward, year)
    )
    [own] = (each for each in PARAGRAPHS if each.key == _KEY)
    proposal = own.proposal(is_ward=True, is_complete=False)
    typed = {_KEY: Typed(_DIRECTION, text_stamp(proposal))}
    save_texts(scope=scope, unit=ward, year=year, typed=typed, proposals={_KEY: proposal})
