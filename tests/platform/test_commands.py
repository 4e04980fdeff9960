"""What every command of the portal keeps to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand, CommandParser

ROOT = Path(__file__).resolve().parents[2]
OURS = sorted(
    (name, app)
    for name, app in get_commands().items()
    if isinstance(app, str)
    and any(
        config.name == app and ROOT in Path(config.path).parents
        for config in apps.get_app_configs()
    )
    and ".venv" not in apps.get_app_config(app.rpartition(".")[2]).path
)


def places(parser: CommandParser) -> dict[str, tuple[str, ...]]:
    """What each option is kept under → how it is written."""
    return {action.dest: tuple(action.option_strings) for action in parser._actions}


def test_there_are_commands() -> None:
    assert {"assess", "board", "explain", "shortfall", "figures"} <= {name for name, _ in OURS}


@pytest.mark.parametrize(("name", "app"), OURS)
def test_no_option_takes_the_place_of_one_of_djangos(name: str, app: str) -> None:
    """An option kept as ``settings`` breaks the command at the prompt, and only there."""
    djangos = places(BaseCommand().create_parser("manage.py", "x"))
    own = places(load_command_class(app, name).create_parser("manage.py", name))
    assert {dest: own[dest] for dest in djangos} == djangos


@pytest.mark.once
def test_what_if_at_the_prompt(tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    case.write_text(
        '{"name": "x", "as_of": "2025-09-30", "unit": {"tier": "ward"},'
        ' "figures": {"age5_total": 100, "age5_attending": 94,'
        ' "mn_completion_total": 100, "mn_completed": 90}}'
    )
    asked = [sys.executable, "manage.py", "assess", "--figures", str(case), "--json"]
    found = subprocess.run(
        [*asked, "--set", "age5_attending=95"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert '"level": 1' in found.stdout
    refused = subprocess.run(
        [*asked, "--set", "age5_attending=nhiều"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("Lỗi: ")
    assert "nhiều" in refused.stderr
