"""A unit as official letters call it: “phường Gia Viên”, “Ủy ban nhân dân phường Gia Viên”."""

from __future__ import annotations

from dataclasses import dataclass

from pcgd.names import fold_name, nfc

_KINDS = (
    "Đặc khu",
    "Huyện",
    "Phường",
    "Quận",
    "Thành phố",
    "Thị trấn",
    "Thị xã",
    "Tỉnh",
    "Xã",
)


@dataclass(frozen=True, slots=True)
class OfficialName:
    """``kind`` in lower case, "" where the name does not begin with a kind of unit."""

    full: str
    kind: str
    proper: str

    @property
    def running(self) -> str:
        """Inside a sentence: “phường Gia Viên”."""
        return f"{self.kind} {self.proper}" if self.kind else self.full

    @property
    def place(self) -> str:
        """The place before the date (NĐ 30/2020, Phụ lục I, mục II.4a): the proper name, but
        the whole one for a number (“Phường 1”) and for Thành phố Hồ Chí Minh. That a ward
        bears a person's name cannot be told from the name."""
        if not self.kind or self.proper[:1].isdigit() or self.proper == "Hồ Chí Minh":
            return self.full
        return self.proper

    @property
    def committee(self) -> str:
        return f"Ủy ban nhân dân {self.running}"

    @property
    def slug(self) -> str:
        """For file names: “gia-vien”."""
        letters = (char if char.isalnum() else "-" for char in fold_name(self.proper))
        return "-".join(filter(None, "".join(letters).split("-")))


def official_name(name: str) -> OfficialName:
    full = nfc(name)
    for kind in _KINDS:
        if full.startswith(f"{kind} "):
            return OfficialName(full, kind.lower(), full[len(kind) + 1 :])
    return OfficialName(full, "", full)
