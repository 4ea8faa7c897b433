"""Training on two machines equals training on one with twice the batch."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from accelerate.state import AcceleratorState
from two_nodes import STEPS, losses_of


@pytest.fixture
def _fresh_state() -> Iterator[None]:
    """Accelerate's global state is this test's own."""
    AcceleratorState._reset_state(reset_partial_state=True)
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.mark.slow
@pytest.mark.usefixtures("_fresh_state")
def test_two_nodes_meet_and_have_the_losses_of_one_process_with_twice_the_batch(
    tmp_path: Path,
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{free.getsockname()[1]}"
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nnodes", "2", "--nproc_per_node", "1"]
    launcher += [
        "--rdzv_backend",
        "c10d",
        "--rdzv_endpoint",
        endpoint,
        "--rdzv_id",
        "test",
        "--local_addr",
        "127.0.0.1",
    ]
    words = [str(Path(__file__).with_name("two_nodes.py")), str(tmp_path)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    nodes = [
        subprocess.Popen([*launcher, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
        for _ in range(2)
    ]
    alone = losses_of(tmp_path / "alone", doubled=True)
    for node in nodes:
        output, _ = node.communicate(timeout=600)
        assert node.returncode == 0, output.decode()
    apart = [json.loads((tmp_path / f"losses{rank}.json").read_text()) for rank in range(2)]
    assert len(alone) == STEPS
    assert apart[0] != apart[1]  # each had frames of its own
    assert [sum(pair) / 2 for pair in zip(*apart, strict=True)] == pytest.approx(alone, rel=1e-4)
