"""Case files as JSON text: read strictly, every refusal one Vietnamese sentence."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn


class CaseError(ValueError):
    """A case that cannot be assessed: one sentence naming file, case, field, seen, expected."""


def read_cases(path: Path) -> list[Any]:
    """The cases of a file that holds one case or a list of them; numbers exact (Decimal).

    Raises CaseError when the file is not there, no file, no UTF-8 or no JSON.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise CaseError(f"Không tìm thấy tệp “{path}”.") from error
    except IsADirectoryError as error:
        raise CaseError(f"“{path}” là thư mục, cần một tệp JSON.") from error
    except OSError as error:
        raise CaseError(f"Không đọc được tệp “{path}” ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise CaseError(
            f"Tệp “{path}” không phải UTF-8 (byte thứ {error.start + 1}); hãy lưu lại dạng UTF-8."
        ) from error
    except ValueError as error:
        # A path with a NUL byte.
        raise CaseError(f"Tên tệp {str(path)!r} không hợp lệ.") from error
    try:
        content = json.loads(
            text,
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object_without_repeats,
        )
    except json.JSONDecodeError as error:
        raise CaseError(
            f"Tệp “{path}” sai cú pháp JSON ở dòng {error.lineno}, cột {error.colno}."
        ) from error
    except CaseError as error:
        raise CaseError(f"Tệp “{path}”: {error}") from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise CaseError(f"Tệp “{path}” có số quá dài hoặc lồng quá nhiều lớp.") from error
    return content if isinstance(content, list) else [content]


def _refuse_constant(name: str) -> NoReturn:
    raise CaseError(f"giá trị {name} không phải là số dùng được trong JSON.")


def _object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON readers keep the last of two equal keys; here the first would be lost unseen."""
    content: dict[str, Any] = {}
    for key, value in pairs:
        if key in content:
            raise CaseError(f"khóa “{key}” được ghi hai lần trong cùng một mục.")
        content[key] = value
    return content
