"""dagster-ray with a real head of Ray: a run of the UI as a job, and a stage as a job through Pipes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from paperlake.catalogue.paper_tables import PAPERS
from paperlake.lake import Lake
from tests.support.lakes import SAMPLES, put
from tests.support.ui import PROJECT, free_port, running_ui, wait_until

pytest.importorskip("dagster_ray", reason="the extra dagster-ray is not installed")
pytestmark = pytest.mark.slow

EXAMPLES = PROJECT / "deploy/ray"


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory):
    """Start the first node of a cluster with its dashboard, which takes jobs; return a client of it."""
    from ray.job_submission import JobSubmissionClient

    port, dashboard, agent = free_port(), free_port(), free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_MODE", "disabled")  # Ray reads it once in a process: this one has it off
        patch.setenv("RAY_DASHBOARD", f"http://127.0.0.1:{dashboard}")
        patch.setenv("PYTHONPATH", f"{PROJECT / 'src'}:{PROJECT}")
        patch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")  # jobs call `dagster`
        patch.setenv("PAPERLAKE_EMBEDDER", "hashing")
        line = f"-m ray.scripts.scripts start --head --block --num-cpus 2 --object-store-memory {200 << 20}"
        line += f" --node-ip-address 127.0.0.1 --port {port} --include-dashboard true --dashboard-port {dashboard}"
        line += f" --dashboard-agent-listen-port {agent}"
        output = tmp_path_factory.mktemp("ray") / "head.txt"
        with output.open("wb") as file:
            head = subprocess.Popen(
                [sys.executable, *line.split()], stdout=file, stderr=file, start_new_session=True
            )

        def client() -> JobSubmissionClient | None:
            try:
                client = JobSubmissionClient(os.environ["RAY_DASHBOARD"])
                client.submit_job(entrypoint="true")
            except Exception:  # noqa: BLE001  # of several classes, until it listens and its agent is there
                return None
            return client

        try:
            yield wait_until(client, 180, f"the dashboard of Ray takes jobs: {output.read_text()}")
        finally:
            os.killpg(head.pid, signal.SIGKILL)  # to stop in order takes half a minute
            head.wait()


def small_lake(folder: Path) -> Lake:
    lake = Lake.open(folder / "lake")
    put(lake, SAMPLES / "listing/saved_page_june.txt")
    return lake


def test_a_run_of_the_ui_is_a_job(jobs, tmp_path: Path) -> None:
    """With the dagster.yaml of the example; the job builds the lake of the UI and not that of its own folder."""
    lake = small_lake(tmp_path)
    lake.dagster_home.mkdir(exist_ok=True)
    (lake.dagster_home / "dagster.yaml").write_bytes((EXAMPLES / "dagster.yaml").read_bytes())
    with running_ui(lake.root, tmp_path / "ui.txt") as ui:
        ui.wait("The Dagster UI is on")
        run_id = ui.launch()
        ui.wait_for_run(run_id, "SUCCESS")
    (job,) = [job for job in jobs.list_jobs() if job.submission_id == f"dagster-run-{run_id}"]
    assert "dagster api execute_run" in job.entrypoint
    assert lake.read(PAPERS).height > 0
    assert lake.manifest("report") is not None


def test_a_stage_is_a_job_through_pipes(jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the command of Dagster, with the code location of the example."""
    lake = small_lake(tmp_path)
    monkeypatch.setenv("PAPERLAKE_LAKE", str(lake.root))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    command = ["dagster", "asset", "materialize", "-f", str(EXAMPLES / "pipes_definitions.py")]
    done = subprocess.run(
        [sys.executable, "-m", *command, "--select", "papers_by_ray_job"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey("papers_by_ray_job"))
    metadata = event.asset_materialization.metadata
    assert metadata["rows of papers"].value == lake.read(PAPERS).height > 0
    assert lake.manifest("paper_embeddings") is None
