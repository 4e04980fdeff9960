"""The address in the QR code of a dossier's last page: what it refers to, signed.

Nobody can make up an address, nor go from one unit's to the next: the reference carries a
signature of the portal (django.core.signing). It leads to numbers and digests, to no person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from reports.sources import DossierSource
from surveys.freeze import digest

_SALT = "reports.verification"
#: Of a draft's digests, in hexadecimal digits: as many as no two drafts share.
_DIGITS = 32
_SAID = ("figures", "school_figures", "assessment", "lists", "units")


class UnknownReferenceError(ValueError):
    """Not an address that this portal has printed."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Either frozen figures, or a draft of a unit and year: ``digits`` begin its digest, and
    ``same`` the digest of what it says (``words_digest``)."""

    snapshot_id: int | None = None
    unit_id: int = 0
    year: int = 0
    digits: str = ""
    same: str = ""


def token_for(source: DossierSource) -> str:
    if source.snapshot_id is not None:
        value = f"s{source.snapshot_id}"
    else:
        unit_id = source.content["unit"]["id"]
        same = words_digest(source.content)
        value = f"d{unit_id}-{source.year}-{source.sha256[:_DIGITS]}-{same}"
    return _signer().sign(value)


def read_token(token: str) -> Reference:
    """Raises UnknownReferenceError."""
    try:
        value = _signer().unsign(token)
    except BadSignature as error:
        raise UnknownReferenceError("the signature is not ours") from error
    kind, rest = value[:1], value[1:]
    if kind == "s":
        return Reference(snapshot_id=int(rest))
    unit_id, year, digits, same = rest.split("-")
    return Reference(unit_id=int(unit_id), year=int(year), digits=digits, same=same)


def words_digest(content: Mapping[str, Any]) -> str:
    """Of what the documents say: a hand-in adds more, and moves the count of changes."""
    return digest({name: content.get(name) for name in _SAID})[:_DIGITS]


def address_for(token: str) -> str:
    """Whole where ``PCGD_PUBLIC_URL`` says under which name the portal is reached; files are
    built by workers, which no browser has asked for an address."""
    return f"{settings.PUBLIC_URL}{reverse('dossier_check', args=[token])}"


def _signer() -> Signer:
    return Signer(sep=".", salt=_SALT)
