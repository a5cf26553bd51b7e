"""A deployment on the secured Kafka: a user of its own, who may do what the README says a worker needs and no more."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from streams.settings import Settings
from streams.shell.admin import ensure_topics
from tests.certificates import Authority
from tests.clickhouse_engine import ClickHouseEngine
from tests.docs import readme
from tests.integration.security.secured_kafka import SecuredKafka
from tests.integration.worker.deployment import PARTITIONS, Deployment

KAFKA_PASSWORD = "planted-kafka-password"

Rule = tuple[str, str, str]


class SecuredDeployment(Deployment):
    """Topics are made by the administrator; the user has `rules`."""

    def __init__(
        self,
        broker: SecuredKafka,
        clickhouse: ClickHouseEngine,
        directory: Path,
        authority: Authority,
        **settings: Any,
    ) -> None:
        self.kafka = broker
        self.user = f"user-{uuid4().hex[:8]}"
        security = {
            "brokers": broker.address("SASL_TLS"),
            "kafka_security": "sasl_tls",
            "kafka_user": self.user,
            "kafka_password": KAFKA_PASSWORD,
            "kafka_ca_file": authority.file,
        }
        super().__init__(broker, clickhouse, directory, **(security | settings))

    def prepare_kafka(self, *without: Rule) -> None:
        """Topics, user and rules, some left out."""
        names = ("touchpoints_topic", "surveys_topic", "dead_letters_topic", "checkpoints_topic")
        ensure_topics(
            Settings(
                brokers=self.kafka.bootstrap,
                **{name: getattr(self.settings, name) for name in names},
            ),
            PARTITIONS,
        )
        self.kafka.set_password(self.user, KAFKA_PASSWORD)
        self.kafka.allow(self.user, [rule for rule in self.rules() if rule not in without])

    def rules(self) -> list[Rule]:
        """The table of the README under the names of this deployment."""
        return [
            (operation, kind, getattr(self.settings, setting.removeprefix("CX_").lower()))
            for operation, kind, setting in readme.permissions()
        ]
