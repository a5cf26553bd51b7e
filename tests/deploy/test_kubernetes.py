"""The Kubernetes resources: valid, without privileges, and of things that are there."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import kubernetes_validate
import pytest
import yaml

from schemas.dimensions import DIMENSIONS
from streams.shell.admin import topics
from streams.shell.permissions import needed
from tests.deploy.operator_rules import RESOURCE, resource
from tests.deploy.program import CLOSING_SECONDS, PATHS, ROOT, VARIABLES, is_command, settings
from tests.deploy.prometheus.promtool import RULES
from tests.deploy.test_clickhouse_users import USERS

KUBERNETES: Final = ROOT / "deploy" / "kubernetes"
OVERLAYS: Final = [KUBERNETES / "base", *sorted((KUBERNETES / "overlays").iterdir())]
VERSION: Final = "1.34"
"""Of the schemas; the oldest that is still maintained has all that is used here, too."""

OPERATORS: Final = {"ServiceMonitor", "PrometheusRule", "ScaledObject", "KafkaTopic", "KafkaUser"}
"""Kinds whose schemas come with operators, not with Kubernetes."""


def built(overlay: Path) -> list[dict[str, Any]]:
    """What `kubectl apply --kustomize` would send."""
    command = [Path(sys.executable).with_name("kubectl"), "kustomize", str(overlay)]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


BASE: Final = built(OVERLAYS[0])
PODS: Final = {
    each["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"]: each["spec"]["template"]["spec"]
    for each in BASE
    if each["kind"] in ("Deployment", "Job")
}


def only(kind: str, resources: list[dict[str, Any]] = BASE) -> dict[str, Any]:
    (found,) = (each for each in resources if each["kind"] == kind)
    return found


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda overlay: overlay.name)
def test_the_schemas_of_kubernetes_accept_what_is_built(overlay: Path) -> None:
    for each in built(overlay):
        if each["kind"] not in OPERATORS:
            kubernetes_validate.validate(each, VERSION, strict=True)


def test_the_schemas_would_object() -> None:
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(BASE[0] | {"imagination": {}}, VERSION, strict=True)


@pytest.mark.parametrize("pod", PODS.values(), ids=PODS)
def test_a_pod_has_no_privileges(pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("pod", PODS.values(), ids=PODS)
def test_a_pod_runs_a_command_with_settings_and_a_password_that_are_there(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    environment = {each["name"]: each["value"] for each in container["env"]}
    (source,) = container["envFrom"]
    shared = only("ConfigMap")
    assert source["configMapRef"]["name"] == shared["metadata"]["name"]
    assert {*environment, *shared["data"]} <= VARIABLES
    found = settings(environment | shared["data"])
    assert found.clickhouse_user in USERS
    assert is_command(container["args"])
    (secret,) = (each["secret"] for each in pod["volumes"] if each["name"] == "secrets")
    (item,) = secret["items"]
    (mount,) = (each for each in container["volumeMounts"] if each["name"] == "secrets")
    assert environment["CX_CLICKHOUSE_PASSWORD_FILE"] == f"{mount['mountPath']}/{item['path']}"
    assert found.clickhouse_user == f"cx_{item['key']}"


def test_workers_keep_the_dimensions_that_they_keep_in_compose_and_that_rules_and_dashboards_name() -> None:
    compose = yaml.safe_load((ROOT / "deploy" / "compose" / "compose.yaml").read_text())
    kept = compose["services"]["worker"]["environment"]["CX_DIMENSIONS"]
    assert only("ConfigMap")["data"]["CX_DIMENSIONS"] == kept
    files = [*RULES.glob("*.yml"), *(ROOT / "deploy" / "grafana" / "dashboards" / "en").glob("*.json")]
    texts = [file.read_text() for file in files]
    selected = {name for name in DIMENSIONS if any(re.search(rf"[{{,]{name}(=|!=|=~|!~)\\?\"", text) for text in texts)}
    assert (
        {"kind", "stage", "team"} <= selected - {"reason"} <= set(kept.split(","))
    )  # of dead letters, in the pipeline


def test_a_worker_is_asked_what_it_answers_and_given_the_time_it_needs() -> None:
    pod = PODS["worker"]
    (container,) = pod["containers"]
    (port,) = container["ports"]
    assert str(port["containerPort"]) == {each["name"]: each["value"] for each in container["env"]}["CX_METRICS_PORT"]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["path"] in PATHS
        assert container[probe]["httpGet"]["port"] == port["name"]
    assert pod["terminationGracePeriodSeconds"] >= CLOSING_SECONDS


def test_what_selects_workers_selects_them() -> None:
    labels = only("Deployment")["spec"]["template"]["metadata"]["labels"]
    for selector in (
        only("Deployment")["spec"]["selector"]["matchLabels"],
        only("Service")["spec"]["selector"],
        only("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        only("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()


def test_a_scaler_has_the_workers_to_itself_and_follows_the_group_on_both_topics_slowly() -> None:
    overlay = built(KUBERNETES / "overlays" / "keda")
    scaler, deployment = only("ScaledObject", overlay)["spec"], only("Deployment", overlay)
    assert scaler["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert "replicas" not in deployment["spec"]
    assert scaler["minReplicaCount"] >= 2
    found = settings(only("ConfigMap", overlay)["data"])
    lags = [trigger["metadata"] for trigger in scaler["triggers"]]
    assert {lag["topic"] for lag in lags} == {found.touchpoints_topic, found.surveys_topic}
    assert {(lag["consumerGroup"], lag["bootstrapServers"]) for lag in lags} == {(found.group, *found.brokers)}
    behavior = scaler["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleUp"]["stabilizationWindowSeconds"] >= 300
    assert behavior["scaleDown"]["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 1200}]


def test_on_a_cluster_everybody_learns_its_name_and_whatever_else_the_base_says() -> None:
    shared = only("ConfigMap", built(KUBERNETES / "overlays" / "clickhouse-cluster"))["data"]
    assert settings(shared).clickhouse_cluster is not None
    assert shared == only("ConfigMap")["data"] | {"CX_CLICKHOUSE_CLUSTER": shared["CX_CLICKHOUSE_CLUSTER"]}


def test_strimzis_topics_are_those_that_workers_would_create() -> None:
    overlay = built(KUBERNETES / "overlays" / "strimzi")
    made = {each["metadata"]["name"]: each["spec"] for each in overlay if each["kind"] == "KafkaTopic"}
    wanted = topics(settings({}), partitions=6)
    assert made.keys() == wanted.keys()
    for name, each in wanted.items():
        assert made[name]["partitions"] == each["num_partitions"]
        configured = {key: str(value) for key, value in made[name]["config"].items()}
        assert each["configs"].items() <= configured.items()


def test_strimzis_user_may_do_what_a_worker_does_and_nothing_else() -> None:
    found = settings({})
    rules = only("KafkaUser", built(KUBERNETES / "overlays" / "strimzi"))["spec"]["authorization"]["acls"]
    allowed = {
        (rule["resource"]["type"], rule["resource"]["name"]): {each.upper() for each in rule["operations"]}
        for rule in rules
    }
    expected = {("topic", name): set(operations) for name, operations in needed(found).items()}
    assert allowed == expected | {("group", found.group): {"READ"}}
    assert {rule["resource"]["patternType"] for rule in rules} == {"literal"}


def test_the_operators_rules_are_those_of_the_rule_files() -> None:
    assert RESOURCE.read_text() == resource(), "write it with `python -m tests.deploy.operator_rules`"
    groups = [group for file in sorted(RULES.glob("*.yml")) for group in yaml.safe_load(file.read_text())["groups"]]
    overlay = built(KUBERNETES / "overlays" / "prometheus-operator")
    assert only("PrometheusRule", overlay)["spec"] == {"groups": groups}
    monitor = only("ServiceMonitor", overlay)["spec"]
    assert monitor["selector"]["matchLabels"].items() <= only("Service", overlay)["metadata"]["labels"].items()
    assert monitor["endpoints"][0]["port"] == only("Service", overlay)["spec"]["ports"][0]["name"]
