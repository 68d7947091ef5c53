"""compose.yaml and the Dockerfile name only what exists, run nothing as root, and open no port to the network.

No image is built here: that needs a Docker daemon. Where hadolint is installed, it reads the Dockerfile.
"""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from paperlake.settings import Settings, variable
from pipelines.running.instance import DAGSTER_YAML, LOCATION

PROJECT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
META = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
VARIABLE = re.compile(r"\$\{(\w+)(:[-?][^}]*)?\}")
OWN = [name for name in SERVICES if name != "postgres"]


def instructions(word: str) -> list[str]:
    return re.findall(rf"^{word} +(.+)$", DOCKERFILE, flags=re.MULTILINE)


def default(text: str) -> str:
    """A text of compose.yaml where no variable is set."""
    return VARIABLE.sub(lambda found: (found[2] or ":-")[2:], text)


@pytest.fixture
def dagster_yaml() -> dict[str, Any]:
    return yaml.safe_load((PROJECT / "deploy/dagster.yaml").read_text())


def test_the_services_are_those_of_a_deployment_of_dagster() -> None:
    assert set(SERVICES) == {"postgres", "prepare", "code", "webserver", "daemon", "serve"}
    assert SERVICES["serve"]["profiles"] == ["serve"]  # the others start without being asked for


def test_every_volume_is_declared_and_the_lake_is_in_each_service() -> None:
    named = {default(volume).split(":")[0] for one in SERVICES.values() for volume in one["volumes"]}
    assert named == set(COMPOSE["volumes"])
    assert all(default(SERVICES[name]["volumes"][0]) == "lake:/lake" for name in OWN)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_not_root_and_may_not_become_it(name: str) -> None:
    service = SERVICES[name]
    assert default(service["user"]) in ("10001:10001", "postgres")
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


def test_the_image_does_not_run_as_root() -> None:
    assert instructions("USER") == ["10001:10001"]
    assert DOCKERFILE.rindex("USER ") > DOCKERFILE.rindex("\nRUN ")  # of the last stage


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_of_this_machine_alone(name: str) -> None:
    assert all(str(port).startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))
    assert "network_mode" not in SERVICES[name]


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "prepare"])
def test_a_service_that_goes_on_is_looked_at_and_started_again(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_dependencies_are_services_that_say_when_they_are_ready() -> None:
    for service in SERVICES.values():
        for other, how in service.get("depends_on", {}).items():
            ready = (
                "service_healthy" if "healthcheck" in SERVICES[other] else "service_completed_successfully"
            )
            assert how == {"condition": ready}


def test_versions_are_named_and_are_those_of_the_project() -> None:
    images = [default(service["image"]) for service in SERVICES.values()]
    images += [re.search(r"PYTHON_IMAGE=(\S+)", DOCKERFILE)[1]]
    assert all(
        re.fullmatch(r"[\w/.-]+:[\w.-]*\d[\w.-]*", image) and "latest" not in image for image in images
    )
    assert {default(SERVICES[name]["image"]) for name in OWN} == {f"paperlake:{META['version']}-cpu"}
    assert re.search(r"python:(3\.\d+)-", DOCKERFILE)[1] in ("3.11", "3.12", "3.13")  # of requires-python


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    allowed = {
        line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    copied = [words.split()[:-1] for words in instructions("COPY") if not words.startswith("--from")]
    sources = [source for words in copied for source in words]
    assert {"pyproject.toml", "constraints.txt", "src", "pipelines"} <= set(sources)
    for source in sources:
        assert (PROJECT / source).exists()
        assert source.split("/")[0] in allowed


def test_dependencies_are_installed_before_the_code_is_copied() -> None:
    """So that a change of the code downloads nothing."""
    order = [DOCKERFILE.index(text) for text in ("COPY constraints.txt", "COPY pyproject.toml", "COPY src")]
    assert order == sorted(order)
    assert all("-c constraints.txt" in line for line in re.findall(r"pip install .*", DOCKERFILE))


def test_the_image_has_the_extras_that_the_services_need() -> None:
    extras = set(re.search(r"ARG EXTRAS=(\S+)", DOCKERFILE)[1].split(","))
    assert {"notify", "object-store", "postgres", "serve"} <= extras <= set(META["optional-dependencies"])


def test_dagster_reads_only_variables_that_the_services_set(dagster_yaml: dict[str, Any]) -> None:
    fields = dagster_yaml["storage"]["postgres"]["postgres_db"].values()
    wanted = {field["env"] for field in fields if isinstance(field, dict)}
    for name in OWN:
        assert wanted <= set(SERVICES[name]["environment"])


def test_one_run_at_a_time_as_in_a_lake_without_containers(dagster_yaml: dict[str, Any]) -> None:
    assert dagster_yaml["concurrency"] == yaml.safe_load(DAGSTER_YAML)["concurrency"]
    assert dagster_yaml["telemetry"] == {"enabled": False}


def test_the_code_location_has_the_name_that_runs_of_the_command_line_say() -> None:
    (server,) = yaml.safe_load((PROJECT / "deploy/workspace.yaml").read_text())["load_from"]
    assert server["grpc_server"] == {"host": "code", "port": 4000, "location_name": LOCATION}
    assert f"--location-name={LOCATION}" in SERVICES["code"]["command"]
    assert "--port=4000" in SERVICES["code"]["command"]


def test_variables_of_paperlake_are_settings() -> None:
    """Another variable with its prefix is an error."""
    known = {variable(name) for name in Settings.model_fields}
    for service in SERVICES.values():
        assert {name for name in service["environment"] if name.startswith("PAPERLAKE_")} <= known
    for line in instructions("ENV") + re.findall(r"^ +(\w+=.+)", DOCKERFILE, flags=re.MULTILINE):
        assert all(name in known for name in re.findall(r"(PAPERLAKE_\w+)=", line))


def test_secrets_come_from_the_environment_and_are_not_committed() -> None:
    text = (PROJECT / "compose.yaml").read_text()
    passwords = re.findall(r"PASSWORD: (.+)", text)
    assert passwords == ["${POSTGRES_PASSWORD:?set it in .env}"] * 2
    assert re.search(
        r"^POSTGRES_PASSWORD=$", (PROJECT / "deploy/example.env").read_text(), flags=re.MULTILINE
    )
    assert {"/.env", "/paperlake.env"} <= set((PROJECT / ".gitignore").read_text().splitlines())


def test_every_variable_of_compose_is_in_the_example() -> None:
    example = (PROJECT / "deploy/example.env").read_text()
    used = {found[0] for found in VARIABLE.findall((PROJECT / "compose.yaml").read_text())}
    assert used == set(re.findall(r"^#?(\w+)=", example, flags=re.MULTILINE))


def test_the_file_for_cuda_changes_services_that_exist() -> None:
    assert set(yaml.safe_load((PROJECT / "compose.cuda.yaml").read_text())["services"]) <= set(SERVICES)


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="hadolint is not installed")
def test_hadolint_finds_nothing() -> None:
    found = subprocess.run(
        ["hadolint", PROJECT / "Dockerfile"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (found.returncode, found.stdout) == (0, "")
