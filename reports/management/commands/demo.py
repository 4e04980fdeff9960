"""``manage.py demo``: the main job on real units of Hải Phòng with synthetic people."""

from __future__ import annotations

import json
from typing import Any

from pcgd.commands import PortalCommand
from reports.demo import WARD, DemoRefusedError, run_demo


class Command(PortalCommand):
    help = "Dựng dữ liệu minh họa và chạy trọn việc chính của cổng."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = run_demo(say=self.stdout.write)
        except DemoRefusedError as error:
            self.refuse(error)
        answer = {
            "ward": WARD,
            "year": 2025,
            "residents": result.residents,
            "levels": result.levels,
            "dossier": str(result.dossier),
            "accounts": [account.as_json() for account in result.accounts],
        }
        self.stdout.write(json.dumps(answer, ensure_ascii=False))
