"""Reads the case files that an official can read and add to.

Each file holds a ``[base]`` and cases that name only what differs from it; ``without`` takes
figures of the base away. What must come out:

- ``expect``: the level that is certain; ``at_most``, ``missing``: where figures are missing;
- ``outcomes``, ``short``: of criteria and conditions, by code (the highest level that has it);
- ``absent``: standards, ``unnamed``: criteria that must not appear at all;
- ``article``: the article in question, which must stand in the answer;
- ``warning``: words of a warning; ``refused``: words of the refusal.
"""

import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent / "cases"
EXPECTATIONS = (
    "expect",
    "at_most",
    "missing",
    "outcomes",
    "short",
    "absent",
    "unnamed",
    "article",
    "warning",
    "refused",
)


def written_cases():
    """(name, what is asked, what is expected) of every case of every TOML file."""
    written = []
    for path in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        base = content["base"]
        for case in content["case"]:
            question = {**base, **case}
            left_out = question.pop("without", [])
            figures = {**base.get("figures", {}), **case.get("figures", {})}
            question["figures"] = {
                code: count for code, count in figures.items() if code not in left_out
            }
            expected = {key: question.pop(key) for key in EXPECTATIONS if key in question}
            written.append((f"{path.stem}: {case['name']}", question, expected))
    return written
