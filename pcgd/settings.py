"""Every setting of the portal, read from the environment.

A wrong value stops the start with one sentence that names the variable.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# In .env files and in compose an empty value is how one leaves a variable alone.
for _name in ("PCGD_VAR_DIR", "DATABASE_URL", "EMAIL_URL"):
    if not os.environ.get(_name, "x").strip():
        del os.environ[_name]


def _flag(name: str, default: bool) -> bool:
    raw = env.str(name, "1" if default else "0").strip().lower()
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name}: giá trị “{raw}” không hiểu được; cần 1 hoặc 0.")


DEBUG = _flag("DEBUG", False)

VAR_DIR = Path(env.str("PCGD_VAR_DIR", str(BASE_DIR / "var"))).expanduser().resolve()
try:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(
        f"PCGD_VAR_DIR: không tạo hoặc không ghi được thư mục “{VAR_DIR}” ({error.strerror})."
    ) from error

if not os.access(VAR_DIR, os.W_OK):
    raise ImproperlyConfigured(f"PCGD_VAR_DIR: không ghi được vào thư mục “{VAR_DIR}”.")

SECRET_KEY = env.str("SECRET_KEY", "").strip()
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY: chưa đặt. Hãy đặt một chuỗi ngẫu nhiên ít nhất 50 ký tự, "
            "hoặc DEBUG=1 khi chạy thử trên máy riêng."
        )
    SECRET_KEY = "chi-dung-khi-chay-thu-tren-may-rieng-khong-dung-cho-he-thong-that"  # noqa: S105 - debug only

#: The address printed on the check page of a dossier and held by its QR code; without it only
#: the path is, because files are built by workers, which no browser has asked for an address.
PUBLIC_URL = env.str("PCGD_PUBLIC_URL", "").strip().rstrip("/")
if PUBLIC_URL and not (
    PUBLIC_URL.startswith(("https://", "http://")) and urlsplit(PUBLIC_URL).hostname
):
    raise ImproperlyConfigured(
        f"PCGD_PUBLIC_URL: “{PUBLIC_URL}” không phải địa chỉ của cổng; "
        "ví dụ đúng: https://pcgd.example.vn, hoặc để trống."
    )

#: The banner “dữ liệu minh họa” on every page and document; set by ``make demo``.
DEMO_DATA = _flag("PCGD_DEMO", False) or (VAR_DIR / "demo").exists()


def _names(name: str, default: str) -> list[str]:
    return [part.strip() for part in env.str(name, default).split(",") if part.strip()]


#: Earlier keys: sessions and printed check pages signed by them still hold.
SECRET_KEY_FALLBACKS = _names("SECRET_KEY_FALLBACKS", "")

ALLOWED_HOSTS = _names("ALLOWED_HOSTS", "127.0.0.1,localhost")
if any(sign in host for host in ALLOWED_HOSTS for sign in "/ @") or not (ALLOWED_HOSTS or DEBUG):
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS: cần tên miền, không có https:// và không có đường dẫn, cách nhau bằng "
        "dấu phẩy. Ví dụ đúng: pcgd.example.vn,127.0.0.1."
    )
CSRF_TRUSTED_ORIGINS = _names("CSRF_TRUSTED_ORIGINS", "")
if not all(origin.startswith(("https://", "http://")) for origin in CSRF_TRUSTED_ORIGINS):
    raise ImproperlyConfigured(
        "CSRF_TRUSTED_ORIGINS: mỗi địa chỉ phải bắt đầu bằng https://. "
        "Ví dụ đúng: https://pcgd.example.vn."
    )

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "import_export",
    "simple_history",
    "axes",
    "csp",
    "django_htmx",
    "pcgd.territory",
    "pcgd.accounts",
    "households",
    "standards",
    "surveys",
    "reports",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pcgd.middleware.RefuseNulMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pcgd.accounts.kept_posts.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pcgd.middleware.PermissionsPolicyMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "pcgd.accounts.middleware.ActingMembershipMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "pcgd.urls"
WSGI_APPLICATION = "pcgd.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["pcgd.templatetags.pcgd_format"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pcgd.accounts.context_processors.frame",
            ],
        },
    },
]
FORM_RENDERER = "pcgd.forms.FormRenderer"


def _days(name: str, default: int) -> int:
    raw = env.str(name, "").strip() or str(default)
    if not (raw.isascii() and raw.isdigit() and 1 <= int(raw) <= 3650):
        raise ImproperlyConfigured(f"{name}: giá trị “{raw}” không hợp lệ; cần từ 1 đến 3650 ngày.")
    return int(raw)


def _database() -> dict[str, Any]:
    default = f"sqlite:///{VAR_DIR / 'pcgd.sqlite3'}"
    # Asked before environ reads it: what environ does not know it prints, password and all.
    scheme = env.str("DATABASE_URL", default).partition("://")[0]
    if scheme not in {"postgres", "postgresql", "psql", "pgsql", "sqlite"}:
        raise ImproperlyConfigured(
            "DATABASE_URL: chỉ dùng được PostgreSQL (postgres://…) hoặc SQLite (sqlite:///…)."
        )
    try:
        config: dict[str, Any] = dict(env.db_url("DATABASE_URL", default=default))
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(
            "DATABASE_URL: không đọc được. Ví dụ đúng: postgres://tên:mật_khẩu@máy:5432/pcgd."
        ) from error
    if str(config["ENGINE"]).endswith("sqlite3"):
        name = str(config["NAME"])
        if name != ":memory:" and not Path(name).parent.is_dir():
            raise ImproperlyConfigured(
                f"DATABASE_URL: không có thư mục “{Path(name).parent}” để đặt tệp SQLite."
            )
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000;"
            ),
        }
        return config
    if not config["NAME"]:
        raise ImproperlyConfigured(
            "DATABASE_URL: thiếu tên cơ sở dữ liệu sau dấu “/”. "
            "Ví dụ đúng: postgres://tên:mật_khẩu@máy:5432/pcgd."
        )
    config["CONN_MAX_AGE"] = 60
    config["CONN_HEALTH_CHECKS"] = True
    return config


DATABASES = {"default": _database()}

# The phiếu of 60 people sends 6,000 fields: each with the value that was shown.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000


def _is_redis(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_good_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    database = parts.path.removeprefix("/")
    return parts.scheme in {"redis", "rediss"} and has_good_port and (database or "0").isdecimal()


CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "").strip()
if CELERY_BROKER_URL and not _is_redis(CELERY_BROKER_URL):
    raise ImproperlyConfigured(
        f"CELERY_BROKER_URL: “{CELERY_BROKER_URL.split('@')[-1]}” không phải địa chỉ Redis; "
        "cần redis://máy:6379/0, hoặc để trống để chạy ngay trong tiến trình web."
    )
# Without a broker a task runs where it is called; reports.dispatch calls it in a thread.
CELERY_TASK_ALWAYS_EAGER = not CELERY_BROKER_URL
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 1500
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1800,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    # One queue, the lowest step of it first: reports.dispatch.Turn.
    "priority_steps": [0, 3, 6],
}
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 800_000
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE = {
    # Before any report; what no worker has taken when the next one comes has no use.
    "resend-stale-reports": {
        "task": "reports.tasks.resend_stale",
        "schedule": 60.0,
        "options": {"priority": 0, "expires": 50},
    },
    # At half past two in the night: Celery's clock runs in UTC.
    "expire-report-files": {
        "task": "reports.tasks.expire_files",
        "schedule": crontab(hour="19", minute="30"),
        "options": {"priority": 0, "expires": 20 * 3600},
    },
}

CACHES = (
    {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CELERY_BROKER_URL,
            # Nothing in it is worth more of a visitor's time.
            "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
        }
    }
    if CELERY_BROKER_URL
    else {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
)

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_RESET_ON_SUCCESS = True
# One proxy stands before the portal (deploy/Caddyfile) and writes X-Forwarded-For.
AXES_IPWARE_PROXY_COUNT = 0 if DEBUG else 1

try:
    EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
except (ValueError, KeyError, ImproperlyConfigured) as error:
    raise ImproperlyConfigured(
        "EMAIL_URL: không đọc được. Ví dụ đúng: smtp+tls://tên:mật_khẩu@máy:587."
    ) from error
vars().update(EMAIL_CONFIG)

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt")]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True
FORMAT_MODULE_PATH = ["pcgd.formats"]
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
REPORTS_DIR = VAR_DIR / "reports"
#: How many days a finished report is kept; dossiers of a hand-in that stands are kept for good.
REPORT_DAYS = _days("PCGD_REPORT_DAYS", 90)
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(VAR_DIR / "uploads")},
    },
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        ),
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not DEBUG:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = _flag("SECURE_SSL_REDIRECT", True)
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
