"""The ground of our commands: every refusal is one Vietnamese sentence and exit code 2."""

from __future__ import annotations

import argparse
import json
import re
from datetime import date
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pcgd.territory.models import Unit, UnitNotFoundError

#: What argparse says in English, and what we say.
_ARGUMENT_ERRORS = (
    (r"the following arguments are required: (.+)", "thiếu tham số {0}"),
    (r"argument (.+?): expected one argument", "tham số {0} cần một giá trị"),
    (r"argument (.+?): invalid int value: (.+)", "tham số {0} cần một số nguyên, nhận được {1}"),
    (
        r"argument (.+?): invalid choice: (.+?) \(choose from (.+)\)",
        "tham số {0} không nhận giá trị {1}; cần một trong: {2}",
    ),
    (r"argument (.+?): not allowed with argument (.+)", "không dùng {0} cùng với {1}"),
    (r"unrecognized arguments: (.+)", "không hiểu tham số {0}"),
    (r"one of the arguments (.+) is required", "cần một trong các tham số {0}"),
)


class RefusalError(CommandError):
    """Nothing was done; the message is a Vietnamese sentence saying why."""

    def __init__(self, sentence: object) -> None:
        super().__init__(str(sentence), returncode=2)


#: Django prints the class before the sentence.
RefusalError.__name__ = "Lỗi"


class VietnameseParser(CommandParser):
    def error(self, message: str) -> NoReturn:
        for pattern, sentence in _ARGUMENT_ERRORS:
            if found := re.fullmatch(pattern, message):
                message = sentence.format(*found.groups())
                break
        refusal = RefusalError(f"Lệnh sai: {message}.")
        if self.called_from_command_line:
            self.exit(2, f"Lỗi: {refusal}\n")
        raise refusal


class PortalCommand(BaseCommand):
    """A command whose refusals exit with 2 and say one sentence on stderr."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.__class__ = VietnameseParser
        return parser

    def refuse(self, sentence: object) -> NoReturn:
        raise RefusalError(sentence)

    def unit_on_count_day(self, code: str, year: int) -> Unit:
        """The unit that bears ``code`` at the statistics point of ``year`` (30/9)."""
        if not 2000 <= year <= 2100:
            self.refuse(f"Năm {year} không hợp lệ; cần năm từ 2000 đến 2100.")
        try:
            return Unit.objects.by_code(code, date(year, 9, 30))
        except UnitNotFoundError as error:
            self.refuse(error)

    def write_json(self, answer: Any) -> None:
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))


def add_unit_and_year(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    parser.add_argument("--unit", required=required, metavar="MÃ", help="mã đơn vị")
    parser.add_argument("--year", type=int, required=required, metavar="NĂM", help="đợt điều tra")
    parser.add_argument("--json", action="store_true", help="in ra JSON")
