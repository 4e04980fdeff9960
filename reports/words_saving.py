"""One save of the page “Lời văn hồ sơ”: all that it brings, or nothing and every reason why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from pcgd.accounts.audit import audited
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Unit
from reports.dossier_texts import Member
from reports.text_services import (
    Conflict,
    LetterValues,
    Part,
    StaleWordsError,
    TextError,
    Typed,
    save_letters,
    save_members,
    save_texts,
)


@dataclass(frozen=True, slots=True)
class Words:
    """What the page brings; a part that is None is left alone. Not ``is_whole``: some box could
    not be read, and the rest is only looked at."""

    texts: Mapping[str, Typed] | None = None
    members: Sequence[tuple[int | None, Member]] | None = None
    members_stamp: str = ""
    letters: Sequence[LetterValues] | None = None
    letters_stamp: str = ""
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Saved:
    """What is another now: so many paragraphs, the committee, the letters."""

    texts: int
    members: bool
    letters: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a part cannot be saved as it is: a sentence, or what somebody else saved meanwhile."""

    problem: str = ""
    conflicts: Sequence[Conflict] = ()


class WordsRefusedError(Exception):
    """Nothing was written. ``parts``: the reasons, as far as they do not lie in single boxes."""

    def __init__(self, parts: Mapping[Part, Refusal]) -> None:
        super().__init__("Chưa lưu phần nào của lời văn hồ sơ.")
        self.parts = parts


@transaction.atomic
@audited
def save_words(
    *, scope: Scope, unit: Unit, year: int, words: Words, proposals: Mapping[str, str]
) -> Saved:
    """Write all parts, or none where one cannot be written.

    Raises PermissionDenied, and WordsRefusedError with the reasons of all parts.
    """
    refused: dict[Part, Refusal] = {}

    def texts() -> int:
        return save_texts(
            scope=scope, unit=unit, year=year, typed=words.texts or {}, proposals=proposals
        )

    def members() -> bool:
        return words.members is not None and save_members(
            scope=scope, unit=unit, year=year, members=words.members, stamp=words.members_stamp
        )

    def letters() -> bool:
        return words.letters is not None and save_letters(
            scope=scope, unit=unit, year=year, letters=words.letters, stamp=words.letters_stamp
        )

    def tried(part: Part, save: Callable[[], int]) -> int:
        try:
            return save()
        except TextError as error:
            refused[part] = Refusal(problem=str(error))
        except StaleWordsError as error:
            refused[part] = Refusal(conflicts=error.conflicts)
        return 0

    saved = Saved(
        tried(Part.TEXTS, texts),
        bool(tried(Part.MEMBERS, members)),
        bool(tried(Part.LETTERS, letters)),
    )
    if refused or not words.is_whole:
        raise WordsRefusedError(refused)
    return saved
