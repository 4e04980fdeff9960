"""What a browser sends to save cells of a phiếu, and what it is answered for each."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

from django.core.exceptions import BadRequest

HEADER = "h"
MOST_CHANGES = 500
#: No field of a phiếu is longer; a longer text is an error of the sender.
_LONGEST = 4000
_KEY = re.compile("[A-Za-z0-9-]{8,40}")

SAVED, CONFLICT, INVALID, WAITING = "saved", "conflict", "invalid", "waiting"


@dataclass(frozen=True, slots=True)
class Change:
    """One cell: ``base`` is the text that it had when it was last known saved, ``value`` the
    text typed over it; ``force`` says that the person has seen the other value."""

    line: str
    field: str
    base: str
    value: str
    force: bool = False


@dataclass(frozen=True, slots=True)
class CellResult:
    """What became of one cell. ``value`` is the text now stored. A conflict names who wrote it
    and when; ``suggestion`` is what was probably meant, ``suggestion_field`` the cell for it."""

    line: str
    field: str
    result: str
    value: str = ""
    message: str = ""
    by: str = ""
    at: str = ""
    suggestion: str = ""
    suggestion_field: str = ""

    def as_dict(self) -> dict[str, str]:
        answer = {
            "line": self.line,
            "field": self.field,
            "result": self.result,
            "value": self.value,
            "message": self.message,
            "by": self.by,
            "at": self.at,
        }
        if self.suggestion:
            answer["suggestion"] = self.suggestion
        if self.suggestion_field:
            answer["suggestion_field"] = self.suggestion_field
        return answer


@dataclass(frozen=True, slots=True)
class Request:
    """One sending: its key, by which it is known again, and its changes (one a cell)."""

    key: str
    changes: Sequence[Change]

    @property
    def digest(self) -> str:
        """The same for the same content, so that a key cannot stand for two."""
        content = [
            (each.line, each.field, each.base, each.value, each.force) for each in self.changes
        ]
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()[:16]


def read_request(body: bytes) -> Request:
    """Raises BadRequest with one sentence for anything that is not as agreed. Of two changes of
    one cell the later one stays."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("Không đọc được nội dung gửi lên: không phải JSON.") from None
    if not isinstance(sent, dict):
        raise BadRequest("Nội dung gửi lên phải có “key” và “changes”.")
    key, changes = sent.get("key"), sent.get("changes")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise BadRequest("“key” phải gồm 8 đến 40 chữ cái, chữ số hoặc dấu gạch ngang.")
    if not isinstance(changes, list):
        raise BadRequest("“changes” phải là danh sách các ô đã sửa.")
    if len(changes) > MOST_CHANGES:
        raise BadRequest(f"Mỗi lần gửi nhiều nhất {MOST_CHANGES} ô; lần này có {len(changes)}.")
    cells = {(each.line, each.field): each for each in map(_read_change, changes)}
    return Request(key, list(cells.values()))


def _read_change(sent: Any) -> Change:
    if not isinstance(sent, dict):
        raise BadRequest("Mỗi thay đổi phải có line, field, base và value.")
    texts = {name: sent.get(name) for name in ("line", "field", "base", "value")}
    if not all(_is_text(text) for text in texts.values()):
        raise BadRequest(
            f"line, field, base và value của mỗi thay đổi phải là chữ, không quá {_LONGEST} ký tự."
        )
    force = sent.get("force", False)
    if not isinstance(force, bool):
        raise BadRequest("“force” phải là true hoặc false.")
    return Change(**cast("dict[str, str]", texts), force=force)


def _is_text(value: object) -> bool:
    """A text that every database can hold: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str) or len(value) > _LONGEST or "\0" in value:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)
