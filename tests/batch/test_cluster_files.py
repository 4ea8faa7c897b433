"""The cluster files of docs/cluster.md: Ray's for AWS, on moto's imitation of AWS, and KubeRay's."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

PAGE = Path(__file__).parents[2] / "docs/cluster.md"


@pytest.fixture
def files() -> list[dict[str, Any]]:
    """The YAML blocks of the page, in order."""
    return [
        yaml.safe_load(block)
        for block in re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    ]


def test_ray_starts_a_spot_worker_from_the_cluster_file(
    files: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    moto = pytest.importorskip("moto")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("HOME", str(tmp_path))  # Ray writes the new key for ssh there
    (tmp_path / ".ssh").mkdir()
    with moto.mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        from ray.autoscaler._private.aws import config as aws
        from ray.autoscaler._private.aws.node_provider import AWSNodeProvider
        from ray.autoscaler._private.util import prepare_config, validate_config
        from ray.autoscaler.tags import TAG_RAY_LAUNCH_CONFIG, TAG_RAY_NODE_KIND, TAG_RAY_USER_NODE_TYPE

        monkeypatch.setattr(aws.time, "sleep", lambda seconds: None)
        # as `ray up` does before it connects to the head
        config = AWSNodeProvider.fillout_available_node_types_resources(prepare_config(files[0]))
        validate_config(config)
        config = AWSNodeProvider.bootstrap_config(config)
        worker = config["available_node_types"]["worker"]
        provider = AWSNodeProvider(config["provider"], config["cluster_name"])
        tags = {TAG_RAY_NODE_KIND: "worker", TAG_RAY_USER_NODE_TYPE: "worker", TAG_RAY_LAUNCH_CONFIG: "of this file"}
        (node,) = provider.create_node(worker["node_config"], tags, 1)
        (instance,) = provider.ec2.instances.filter(InstanceIds=[node])
        assert (instance.instance_type, instance.instance_lifecycle) == ("c7i.2xlarge", "spot")
    assert worker["resources"]["CPU"] == 8
    assert config["available_node_types"]["head"]["resources"]["CPU"] == 0


def test_each_pod_of_the_kubernetes_job_has_the_cores_of_one_worker(files: list[dict[str, Any]]) -> None:
    cluster, command = files[1]["spec"]["rayClusterSpec"], files[1]["spec"]["entrypoint"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        pod = group["template"]["spec"]
        (container,) = pod["containers"]
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
        assert container["resources"]["requests"] == container["resources"]["limits"]
    (workers,) = cluster["workerGroupSpecs"]
    cpus = workers["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"]
    assert f"--worker-cpus {cpus}" in command
    assert f"--workers {workers['maxReplicas']}" in command
