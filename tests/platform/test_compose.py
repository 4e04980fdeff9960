"""docker-compose.yml: accepted by the client, and complete."""

import shutil
import subprocess
from pathlib import Path

import yaml
from django.conf import settings

from tests.missing import refuse

ROOT = Path(settings.BASE_DIR)
FILE = ROOT / "docker-compose.yml"


def client():
    """``docker compose`` or the older ``docker-compose``; reading a file needs no engine."""
    docker = shutil.which("docker")
    if docker:
        known = subprocess.run(
            [docker, "compose", "version"], capture_output=True, check=False, timeout=60
        )
        if known.returncode == 0:
            return [docker, "compose"]
    alone = shutil.which("docker-compose")
    return [alone] if alone else None


def config(tmp_path, environment_file):
    command = client()
    if command is None:
        refuse("máy này không có docker compose")
    path = tmp_path / "env"
    path.write_text(environment_file, encoding="utf-8")
    return subprocess.run(
        [*command, "--env-file", str(path), "-f", str(FILE), "config", "-q"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path)},
        timeout=60,
    )


def test_accepted_with_the_example_filled_in(tmp_path):
    example = (ROOT / "deploy/env.example").read_text(encoding="utf-8")
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert f"\n{name}=\n" in example
        example = example.replace(f"\n{name}=\n", f"\n{name}={'a1' * 30}\n")

    answer = config(tmp_path, example)

    assert answer.returncode == 0, answer.stderr


def test_refused_without_the_secrets(tmp_path):
    answer = config(tmp_path, (ROOT / "deploy/env.example").read_text(encoding="utf-8"))

    assert answer.returncode != 0
    assert "trong tệp .env" in answer.stderr


def test_services_and_what_they_wait_for():
    services = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]

    assert set(services) == {"postgres", "redis", "setup", "web", "worker", "beat", "proxy"}
    assert services["web"]["depends_on"]["setup"]["condition"] == "service_completed_successfully"
    assert "--appendonly yes" in services["redis"]["command"]
    assert "--maxmemory-policy noeviction" in services["redis"]["command"]
    assert "ports" not in services["postgres"]
    assert "ports" not in services["redis"]
    assert all("healthcheck" in services[name] for name in ("postgres", "redis", "web", "worker"))
