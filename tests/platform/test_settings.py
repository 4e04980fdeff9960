"""Wrong settings stop the start with one sentence that names the variable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LOAD = (
    "from django.core.exceptions import ImproperlyConfigured\n"
    "try:\n"
    "    import pcgd.settings\n"
    "except ImproperlyConfigured as error:\n"
    "    print(error)\n"
)


# Root may write in any folder; util-linux's setpriv takes that privilege away.
_WITHOUT_ROOTS_PASS = (
    ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override"]
    if os.geteuid() == 0
    else []
)


def start(tmp_path, arguments, prefix=(), **environment):
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    base = {"DEBUG": "1", "PCGD_VAR_DIR": str(tmp_path / "var"), "PYTHONUTF8": "1"}
    return subprocess.run(
        [*prefix, sys.executable, *arguments],
        cwd=ROOT,
        env={**clean, **base, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


WRONG = [
    ({"DATABASE_URL": "mysql://pcgd@127.0.0.1/pcgd"}, "DATABASE_URL:"),
    ({"DATABASE_URL": "chuoi-sai"}, "DATABASE_URL:"),
    ({"CELERY_BROKER_URL": "amqp://guest@127.0.0.1//"}, "CELERY_BROKER_URL:"),
    ({"DATABASE_URL": "postgres://"}, "DATABASE_URL: thiếu tên cơ sở dữ liệu"),
    ({"DATABASE_URL": "postgres://pcgd:x@127.0.0.1:5432"}, "DATABASE_URL: thiếu tên"),
    ({"DATABASE_URL": "postgres://pcgd:x@127.0.0.1:cong/pcgd"}, "DATABASE_URL: không đọc được"),
    ({"DATABASE_URL": "sqlite:////khong/co/pcgd.sqlite3"}, "DATABASE_URL: không có thư mục"),
    ({"CELERY_BROKER_URL": "redis://127.0.0.1:cong/0"}, "CELERY_BROKER_URL:"),
    ({"CELERY_BROKER_URL": "redis://127.0.0.1/mot"}, "CELERY_BROKER_URL:"),
    ({"DEBUG": "0"}, "SECRET_KEY:"),
    ({"DEBUG": "0", "SECRET_KEY": "   "}, "SECRET_KEY:"),
    ({"DEBUG": "0", "SECRET_KEY": "k" * 60, "ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS:"),
    ({"ALLOWED_HOSTS": "https://pcgd.example.vn"}, "ALLOWED_HOSTS:"),
    ({"ALLOWED_HOSTS": "pcgd.example.vn example.vn"}, "ALLOWED_HOSTS:"),
    ({"CSRF_TRUSTED_ORIGINS": "pcgd.example.vn"}, "CSRF_TRUSTED_ORIGINS:"),
    ({"DEBUG": "maybe"}, "DEBUG:"),
    ({"EMAIL_URL": "chuoi-sai"}, "EMAIL_URL:"),
    ({"PCGD_REPORT_DAYS": "chin muoi"}, "PCGD_REPORT_DAYS: giá trị “chin muoi”"),
    ({"PCGD_REPORT_DAYS": "0"}, "PCGD_REPORT_DAYS:"),
    ({"PCGD_REPORT_DAYS": "-5"}, "PCGD_REPORT_DAYS:"),
    ({"PCGD_REPORT_DAYS": "9" * 30}, "PCGD_REPORT_DAYS:"),
]


@pytest.mark.parametrize(("environment", "sentence"), WRONG)
def test_wrong_value_is_refused_in_one_sentence(tmp_path, environment, sentence):
    answer = start(tmp_path, ["-c", LOAD], **environment)

    assert answer.stdout.startswith(sentence), answer.stderr
    assert answer.stdout.count("\n") == 1
    assert answer.stderr == ""


def test_password_of_a_wrong_database_is_not_printed(tmp_path):
    answer = start(tmp_path, ["-c", LOAD], DATABASE_URL="postgre://pcgd:mat-khau@may/pcgd")

    assert "DATABASE_URL:" in answer.stdout
    assert "mat-khau" not in answer.stdout + answer.stderr


def test_empty_values_are_values_not_set(tmp_path):
    """As in an .env file, where a line is left without its value."""
    printed = "import pcgd.settings as s; print(s.VAR_DIR, s.DATABASES['default']['NAME'])"
    names = (
        "PCGD_VAR_DIR", "DATABASE_URL", "CELERY_BROKER_URL", "EMAIL_URL", "ALLOWED_HOSTS",
        "PCGD_REPORT_DAYS",
    )  # fmt: skip
    answer = start(tmp_path, ["-c", printed], **dict.fromkeys(names, ""))

    assert answer.stdout.split() == [str(ROOT / "var"), str(ROOT / "var" / "pcgd.sqlite3")]


def test_hosts_may_stand_apart(tmp_path):
    printed = "import pcgd.settings as s; print(s.ALLOWED_HOSTS)"
    answer = start(tmp_path, ["-c", printed], ALLOWED_HOSTS="pcgd.example.vn, 127.0.0.1,")

    assert answer.stdout.strip() == "['pcgd.example.vn', '127.0.0.1']"


def test_password_of_a_wrong_broker_is_not_printed(tmp_path):
    answer = start(tmp_path, ["-c", LOAD], CELERY_BROKER_URL="amqp://pcgd:mat-khau@may/0")

    assert "CELERY_BROKER_URL:" in answer.stdout
    assert "mat-khau" not in answer.stdout + answer.stderr


def test_var_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "tep").write_text("một tệp, không phải thư mục", encoding="utf-8")

    answer = start(tmp_path, ["-c", LOAD], PCGD_VAR_DIR=str(tmp_path / "tep" / "var"))

    assert answer.stdout.startswith("PCGD_VAR_DIR:")


def test_var_folder_that_cannot_be_written_is_refused(tmp_path):
    closed = tmp_path / "var"
    closed.mkdir(mode=0o500)

    answer = start(tmp_path, ["-c", LOAD], prefix=_WITHOUT_ROOTS_PASS, PCGD_VAR_DIR=str(closed))

    assert answer.stdout.startswith("PCGD_VAR_DIR:")


def test_manage_py_prints_the_sentence_and_no_traceback(tmp_path):
    answer = start(tmp_path, ["manage.py", "check"], DATABASE_URL="mysql://a@b/c")

    assert answer.returncode == 2
    assert answer.stderr.startswith("Lỗi cấu hình: DATABASE_URL:"), answer.stderr
    assert answer.stderr.count("\n") == 1
    assert answer.stdout == ""


def test_right_values_start(tmp_path):
    answer = start(
        tmp_path,
        ["-c", LOAD],
        DEBUG="0",
        SECRET_KEY="k" * 60,
        DATABASE_URL="postgres://pcgd:x@127.0.0.1:5432/pcgd",
        CELERY_BROKER_URL="redis://127.0.0.1:6379/0",
    )

    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
