"""The compose file: valid, closed to the outside, and of things that are there."""

import hashlib
import json
import re
import shutil
import subprocess
from importlib.metadata import files
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml

from tests.deploy.program import CLOSING_SECONDS, PATHS, ROOT, VARIABLES, is_command, settings
from tests.deploy.test_clickhouse_users import USERS
from tests.deploy.test_image import copied

DIRECTORY: Final = ROOT / "deploy" / "compose"
COMPOSE: Final[dict[str, Any]] = yaml.safe_load((DIRECTORY / "compose.yaml").read_text())
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
OWN: Final = {name: service for name, service in SERVICES.items() if service["image"].startswith("cxstream:")}
STORING: Final = OWN.keys() - {"demo"}
"""Those that speak to ClickHouse."""
ONE_SHOTS: Final = {"topics", "migrate"}
PROMETHEUS: Final = ROOT / "deploy" / "prometheus" / "prometheus.yml"


def test_the_schema_of_compose_files_accepts_it() -> None:
    # The program that carries the schema does not run with the click of this lock file; its schema needs none.
    (file,) = (each for each in files("check-jsonschema") or () if each.name == "compose-spec.json")
    jsonschema.validate(COMPOSE, json.loads(file.read_text()))
    with pytest.raises(jsonschema.ValidationError, match="imagination"):
        jsonschema.validate(COMPOSE | {"imagination": {}}, json.loads(file.read_text()))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of deploy in which the secrets were made."""
    place = tmp_path_factory.mktemp("deployed") / "deploy"
    shutil.copytree(ROOT / "deploy", place, ignore=shutil.ignore_patterns("secrets", "__pycache__"))
    subprocess.run([place / "compose" / "make_secrets"], check=True, capture_output=True)
    return place / "compose"


def test_every_file_it_mounts_is_there_once_the_secrets_are_made(place: Path) -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", ())]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith(".")]
    files += [secret["file"] for secret in COMPOSE["secrets"].values()]
    assert files
    assert all((place / file).exists() for file in files)
    assert {mount.split(":")[0] for mount in mounts if not mount.startswith(".")} == COMPOSE["volumes"].keys()


def test_the_server_knows_the_passwords_of_all_its_users(place: Path) -> None:
    users = ElementTree.parse(place / "secrets" / "passwords.xml").getroot().find("users")
    assert users is not None
    hashes = {user.tag: user.findtext("password_sha256_hex") for user in users}
    assert hashes.keys() == {name for name, user in USERS.items() if "remove" not in user.attrib}
    for name, digest in hashes.items():
        password = (place / "secrets" / name.removeprefix("cx_")).read_bytes()
        assert len(password) == 32
        assert hashlib.sha256(password).hexdigest() == digest
    assert len(set(hashes.values())) == len(hashes)


def test_secrets_are_made_once_and_never_committed(place: Path) -> None:
    again = subprocess.run([place / "make_secrets"], capture_output=True, text=True, check=False)
    assert again.returncode == 3
    assert "remove it to make new passwords" in again.stderr
    assert "deploy/compose/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_pinned_image_and_ports_for_this_machine_only(name: str) -> None:
    service = SERVICES[name]
    assert re.search(r":v?\d+\.\d+", service["image"])
    assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_says_when_it_is_healthy_and_a_one_shot_when_it_is_done(name: str) -> None:
    service = SERVICES[name]
    if name in ONE_SHOTS:
        assert service["restart"] == "on-failure"
    elif name not in OWN:  # the image of our own has its health check
        assert service["healthcheck"]["test"][0] == "CMD"
    for needed, how in service.get("depends_on", {}).items():
        condition = "service_completed_successfully" if needed in ONE_SHOTS else "service_healthy"
        assert how == {"condition": condition}


@pytest.mark.parametrize("name", OWN)
def test_a_service_of_ours_is_locked_and_its_variables_are_settings(name: str) -> None:
    service = OWN[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["build"] == {"context": "../..", "dockerfile": "deploy/image/Dockerfile"}
    assert service["environment"].keys() <= VARIABLES
    settings({key: str(value) for key, value in service["environment"].items()})


@pytest.mark.parametrize("name", sorted(STORING))
def test_a_service_that_stores_is_a_command_with_a_user_of_its_own(name: str) -> None:
    service = OWN[name]
    found = settings({key: str(value) for key, value in service["environment"].items()})
    assert found.clickhouse_user in USERS
    secret = service["environment"]["CX_CLICKHOUSE_PASSWORD_FILE"].removeprefix("/run/secrets/")
    assert service["secrets"] == [secret]
    assert f"cx_{secret}" == found.clickhouse_user
    assert is_command(service.get("command", ["worker"]))


def test_simulated_customers_come_only_when_asked_for_and_from_a_module_of_the_image() -> None:
    assert {name for name, service in SERVICES.items() if "profiles" in service} == {"demo"}
    demo = SERVICES["demo"]
    assert demo["profiles"] == ["demo"]
    assert demo["entrypoint"] == ["python", "-m", "deploy.local.demo"]
    assert any(Path("deploy/local/demo.py").is_relative_to(source) for source in copied())
    assert not demo.get("ports")


def test_a_worker_has_the_time_it_needs_to_end() -> None:
    assert int(SERVICES["worker"]["stop_grace_period"].removesuffix("s")) >= CLOSING_SECONDS


def test_prometheus_scrapes_workers_where_they_listen_and_loads_all_rules() -> None:
    configuration = yaml.safe_load(PROMETHEUS.read_text())
    (scrape,) = configuration["scrape_configs"]
    (found,) = scrape["dns_sd_configs"]
    assert found["names"] == ["worker"]
    assert found["port"] == SERVICES["worker"]["environment"]["CX_METRICS_PORT"]
    assert scrape.get("metrics_path", "/metrics") in PATHS
    assert list(PROMETHEUS.parent.glob(configuration["rule_files"][0]))


@pytest.mark.prometheus
def test_promtool_accepts_the_configuration() -> None:
    done = subprocess.run(["promtool", "check", "config", PROMETHEUS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_topics_have_the_names_of_the_settings() -> None:
    script = json.dumps(SERVICES["topics"]["command"])
    defaults = settings({})
    assert {defaults.touchpoints_topic, defaults.surveys_topic} == set(re.findall(r"\bcx\.[a-z-]+", script))
