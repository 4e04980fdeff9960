"""Fifty teachers save cells at once, against the same fifty and a view that does nothing.

``run_typing`` starts this module as a process of its own: it makes a database on PostgreSQL,
fills it, starts gunicorn with two workers on it, types, compares every cell of every phiếu with
what was typed, and drops the database.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import cycle
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import environ
import psycopg2

if TYPE_CHECKING:
    from tests.bench.typing_city import Teacher

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/pcgd"
WORKERS, LIMIT = 2, 3
#: Both kinds take turns, so that what else the machine does falls on both.
TURNS, SECONDS_A_TURN = 5, 3
NAMES = ("Anh", "Bình", "Châu", "Dũng", "Giang", "Hà", "Khánh", "Lan", "Minh", "Ngọc")


def run_typing() -> int:
    """1 when something was lost, mixed, refused or too slow; 0 also where PostgreSQL is not
    there, which is said."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        url = os.environ.get("PCGD_TEST_DATABASE_URL", DEFAULT_URL)
    if trouble := _trouble(url):
        print(json.dumps({"bench": "typing", "skipped": trouble}, ensure_ascii=False), flush=True)
        return 0
    with _own_database(url) as own, tempfile.TemporaryDirectory(prefix="pcgd-typing-") as folder:
        environment = {
            **os.environ, "DATABASE_URL": own, "PCGD_VAR_DIR": folder, "DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(50), "CELERY_BROKER_URL": "",
            "DJANGO_SETTINGS_MODULE": "tests.bench.typing_settings",
        }  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "tests.bench.typing"], env=environment, check=False
        ).returncode


def _connect(url: str) -> Any:
    config = environ.Env.db_url_config(url)
    connection = psycopg2.connect(
        dbname="postgres", user=config["USER"] or None, password=config["PASSWORD"] or None,
        host=config["HOST"] or None, port=config["PORT"] or None, connect_timeout=5,
    )  # fmt: skip
    connection.autocommit = True
    return connection


def _trouble(url: str) -> str:
    try:
        _connect(url).close()
    except psycopg2.OperationalError as error:
        return f"PostgreSQL không trả lời: {str(error).strip().splitlines()[0]}"
    return ""


@contextmanager
def _own_database(url: str) -> Iterator[str]:
    name = f"pcgd_typing_{os.getpid()}"
    with closing(_connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{url.rsplit('/', 1)[0]}/{name}"
    finally:
        with closing(_connect(url)) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


# ---- In the process of its own ----


@dataclass
class Times:
    """Seconds of every call, and what was answered otherwise than expected."""

    empty: list[float] = field(default_factory=list)
    saved: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def main() -> int:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tests.bench.typing_city import make_teachers

    call_command("migrate", verbosity=0)
    teachers = make_teachers()
    connection.cursor().execute("ANALYZE")
    connection.close()
    times = Times()
    with _gunicorn() as port:
        _once(port, teachers, times)
        for _turn in range(TURNS):
            _all_at_once(port, teachers, lambda talk, _one: talk.empty(), times.empty, times)
            _all_at_once(port, teachers, lambda talk, one: talk.save(next(one)), times.saved, times)
    return _report(teachers, times)


@contextmanager
def _gunicorn() -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "pcgd.wsgi", "--bind", f"127.0.0.1:{port}",
         "--workers", str(WORKERS), "--worker-class", "sync", "--log-level", "warning"],
    )  # fmt: skip
    try:
        for _ in range(100):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


class Talk:
    """One teacher's browser: one connection, kept open where the server keeps it."""

    def __init__(self, port: int, number: int, teacher: Teacher, wrong: list[str]) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.number, self.teacher, self.wrong = number, teacher, wrong
        token = secrets.token_hex(16)
        self.headers = {
            "Content-Type": "application/json", "Accept": "application/json",
            "X-CSRFToken": token,
            "Cookie": f"csrftoken={token}; sessionid={teacher.session}",
        }  # fmt: skip

    def _post(self, path: str, body: Any) -> Any:
        self.connection.request("POST", path, json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            self.wrong.append(f"{path}: {answer.status} {text[:200]!r}")
            return None
        return json.loads(text)

    def empty(self) -> None:
        self._post("/trong/", {})

    def save(self, cell: tuple[int, str, str, str]) -> None:
        """Type over what stands in the cell, and remember what should stand there now."""
        form, line, name, value = cell
        texts = self.teacher.forms[form]
        change = {"line": line, "field": name, "base": texts[line, name], "value": value}
        key = f"{self.number}-{secrets.token_hex(8)}"
        answer = self._post(f"/phieu/{form}/o/", {"key": key, "changes": [change]})
        if answer is None:
            return
        first = answer["cells"][0]
        if first["result"] != "saved":
            self.wrong.append(json.dumps(first, ensure_ascii=False))
            return
        for each in answer["cells"]:
            texts[each["line"], each["field"]] = each["value"]
        texts[line, name] = first["value"]
        self.teacher.answered += 1


def _cells(number: int, teacher: Teacher) -> Iterator[tuple[int, str, str, str]]:
    """What a teacher types, over and over, each time something else: in each phiếu the header,
    and every person's name, birth, class, school, note and phone."""
    for count, form in enumerate(cycle(teacher.forms), start=1):
        yield form, "h", "address", f"Ngõ {number}, số {count}"
        lines = list(dict.fromkeys(line for line, _name in teacher.forms[form] if line != "h"))
        for place, line in enumerate(lines):
            name = f"Lê {NAMES[number % 10]} {NAMES[count % 10]} {NAMES[place % 10]}"
            yield form, line, "full_name", name + " Một" * (count % 3)
            yield form, line, "birth", f"{1 + count % 28:02d}/{1 + place % 12:02d}/2012"
            if not teacher.forms[form][line, "dropped_grade"]:
                yield form, line, "class_mark", f"{1 + count % 9}{'ABCDE'[number % 5]}"
                yield form, line, "school", teacher.school if count % 2 else f"*Trường {count}"
            yield form, line, "note", f"{number}/{place}/{count}"
            yield form, line, "phone", f"09{number:02d}{count:06d}"


def _all_at_once(
    port: int, teachers: list[Teacher], act: Callable[[Talk, Any], None], kept: list[float],
    times: Times, seconds: float = SECONDS_A_TURN,
) -> None:  # fmt: skip
    start = threading.Barrier(len(teachers))

    def work(number: int, teacher: Teacher) -> None:
        talk, mine = Talk(port, number, teacher, times.wrong), []
        typed = _typing_of(number, teacher)
        start.wait(timeout=60)
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end:
            try:
                act(talk, typed)
            except Exception as error:
                times.wrong.append(repr(error))
                break
            mine.append(time.perf_counter() - begun)
        kept.extend(mine)

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(teachers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


_typing: dict[int, Iterator[tuple[int, str, str, str]]] = {}


def _typing_of(number: int, teacher: Teacher) -> Iterator[tuple[int, str, str, str]]:
    """Each teacher goes on in the next turn where the last one ended."""
    return _typing.setdefault(number, _cells(number, teacher))


def _once(port: int, teachers: list[Teacher], times: Times) -> None:
    """Workers are warm and every phiếu is begun before anything is measured."""
    _all_at_once(port, teachers, lambda talk, one: talk.save(next(one)), [], times, seconds=3)


def _report(teachers: list[Teacher], times: Times) -> int:
    from tests.bench.runs import line
    from tests.bench.typing_city import texts_of

    lost = mixed = 0
    for number, teacher in enumerate(teachers):
        for form, wanted in teacher.forms.items():
            found = texts_of(form)
            others = {place for place in found if found[place] != wanted.get(place)}
            ours = {place for place in others if _is_typed(place)}
            lost, mixed = lost + len(ours), mixed + len(others - ours)
            if others and number < 3:
                print(form, {place: (found[place], wanted.get(place)) for place in others},
                      file=sys.stderr)  # fmt: skip
    for each in times.wrong[:5]:
        print(each, file=sys.stderr)
    empty, saved = _p50_p95(times.empty), _p50_p95(times.saved)
    details = {
        "teachers": len(teachers), "workers": WORKERS, "seconds": TURNS * SECONDS_A_TURN,
        "saves": len(times.saved), "empty_calls": len(times.empty),
        "saves_a_second": round(len(times.saved) / (TURNS * SECONDS_A_TURN)),
        "saved_p50_ms": round(saved[0], 1), "saved_p95_ms": round(saved[1], 1),
        "empty_p50_ms": round(empty[0], 1), "empty_p95_ms": round(empty[1], 1),
    }  # fmt: skip
    held = [
        line("50 teachers save cells: p95 / p95 of an empty write view", value=saved[1] / empty[1],
             limit=LIMIT, **details),
        line("50 teachers save cells: values lost", value=lost, limit=0,
             compared=sum(len(texts) for each in teachers for texts in each.forms.values())),
        line("50 teachers save cells: values mixed", value=mixed, limit=0),
        line("50 teachers save cells: answers other than saved", value=len(times.wrong), limit=0),
    ]  # fmt: skip
    return 0 if all(held) else 1


def _is_typed(place: tuple[str, str]) -> bool:
    names = {"address", "full_name", "birth", "class_mark", "school", "note", "phone"}
    return place[1] in names


def _p50_p95(seconds: list[float]) -> tuple[float, float]:
    """In milliseconds."""
    parts = quantiles(seconds, n=20)
    return parts[9] * 1000, parts[18] * 1000


if __name__ == "__main__":
    sys.exit(main())
