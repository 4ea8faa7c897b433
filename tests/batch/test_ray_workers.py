"""A batch on a Ray cluster of three nodes on this machine."""

import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from batches import Batch, digests
from matting_clips import write_clip

from modnetv_kit import load_model
from modnetv_kit.batch import Cluster
from modnetv_kit.bench.batch import measure_pool
from modnetv_kit.errors import InputError

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster as Nodes

PATIENCE = 300  # seconds; startup timeout on a busy machine
SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_NUM_REDIS_GET_RETRIES": str(PATIENCE),
    "RAY_agent_register_timeout_ms": str(1000 * PATIENCE),
    "RAY_gcs_rpc_server_connect_timeout_s": str(PATIENCE),
    "RAY_gcs_server_port_wait_time_s": str(PATIENCE),
    "RAY_gcs_server_request_timeout_seconds": str(PATIENCE),
    "RAY_raylet_start_wait_time_s": str(PATIENCE),
    "RAY_worker_register_timeout_seconds": str(PATIENCE),
}
os.environ.update(SETTINGS)  # some are read when Ray is imported

ray = pytest.importorskip("ray")


QUIET = {"no_monitor": True, "include_log_monitor": False}
AGENTS = ("metrics_agent_port", "metrics_export_port", "runtime_env_agent_port", "dashboard_agent_listen_port")


def ports() -> dict[str, int]:
    """Free ports for a node's agents; a node that does not know them waits only 15 seconds for its agents."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in AGENTS]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return {name: listener.getsockname()[1] for name, listener in zip(AGENTS, listeners, strict=True)}


def with_known_port(start: Callable[..., None]) -> Callable[..., None]:
    """Store the port of a node's agent beforehand: Ray stops a node whose agent takes 15 seconds to report it."""

    def start_raylet(node: Any, *arguments: Any, **options: Any) -> None:
        from ray._raylet import DASHBOARD_AGENT_LISTEN_PORT_NAME, persist_port

        port = node._ray_params.dashboard_agent_listen_port
        persist_port(node._session_dir, node._node_id, DASHBOARD_AGENT_LISTEN_PORT_NAME, port)
        start(node, *arguments, **options)

    return start_raylet


def patient(get_node: Callable[[str, str], object]) -> Callable[[str, str], object]:
    """Retry until a node has started: Ray gives up after 30 seconds, which cannot be configured."""

    def wait(address: str, node: str) -> object:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return get_node(address, node)
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    return wait


@pytest.fixture(scope="module")
def cluster() -> Iterator["Nodes"]:
    """A head without CPUs, and two nodes with one each, for all tests here: they take half a minute to start."""
    from ray._private import services
    from ray._private.node import Node
    from ray.cluster_utils import Cluster as Nodes

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Node, "start_raylet", with_known_port(Node.start_raylet))
        patch.setattr(services, "get_node", patient(services.get_node))
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        nodes = Nodes()
        try:
            for cpus in (0, 1, 1):
                options = {"num_cpus": cpus, "object_store_memory": 80 << 20, "include_dashboard": False}
                nodes.add_node(wait=False, **options, **QUIET, **ports())
            nodes.wait_for_nodes(timeout=PATIENCE)
            yield nodes
        finally:
            ray.shutdown()
            nodes.shutdown()


@pytest.mark.slow
def test_the_overhead_of_a_cluster_is_measured(cluster: "Nodes", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", cluster.address)
    cost = measure_pool(load_model(), "torch", "cpu", "ray", 4)
    assert (cost.pool, cost.videos) == ("ray", 4)
    assert min(cost.startup, cost.seconds) > 0


@pytest.mark.slow  # the last on this cluster, since it kills a node
def test_losing_a_node_loses_no_video_and_a_broken_file_fails_alone(
    batch: Batch, cluster: "Nodes", tmp_path: Path
) -> None:
    clips, out = tmp_path / "clips", tmp_path / "out"
    clips.mkdir()
    for index in range(12):
        write_clip(clips / f"{index:02}.mp4", frames=60 if index < 2 else 3, size=(64, 48))
    (clips / "broken.mp4").write_text("nothing")
    killed: list[object] = []

    def kill_a_node(source: str, done: int, total: int | None) -> None:
        if not killed:
            killed.append(cluster.list_all_nodes()[-1])
            cluster.remove_node(killed[0], allow_graceful=False)

    reports = batch(clips, out, cluster=Cluster(cluster.address), progress=kill_a_node)
    assert killed
    assert Counter(report.state for report in reports) == {"done": 12, "failed": 1}
    assert "broken.mp4" in next(report.message for report in reports if report.state == "failed")
    batch(clips, tmp_path / "alone")
    assert digests(out) == digests(tmp_path / "alone")


def test_a_missing_cluster_gives_a_one_line_error(batch: Batch, shots: Path, tmp_path: Path) -> None:
    for cluster in ("nowhere:1:2", Cluster("nowhere:1:2")):
        with pytest.raises(InputError, match=r"nowhere:1:2.*ray start") as error:
            batch(shots, tmp_path / "out", cluster=cluster)
        assert "\n" not in str(error.value)
    with pytest.raises(InputError, match="CPUs"):
        Cluster(cpus=0)
