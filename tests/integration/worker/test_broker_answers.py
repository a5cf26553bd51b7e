"""What brokers say when they are asked apart from fetching."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer

from deploy.local.broker import Broker
from streams.shell.brokers import Brokers
from streams.shell.ownership import TopicPartition
from tests.integration.worker.deployment import DEADLINE_SECONDS, PARTITIONS, Deployment

SECONDS = 5.0


@asynccontextmanager
async def asking(deployment: Deployment) -> AsyncIterator[Brokers]:
    client = {"bootstrap_servers": deployment.broker.bootstrap}
    brokers = Brokers(client, deployment.settings.group, (), SECONDS)
    yield brokers
    await brokers.close()


@asynccontextmanager
async def member(deployment: Deployment) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        *deployment.topics,
        bootstrap_servers=deployment.broker.bootstrap,
        group_id=deployment.settings.group,
        session_timeout_ms=6_000,
    )
    await consumer.start()
    yield consumer
    await consumer.stop()


def surveys(deployment: Deployment) -> list[TopicPartition]:
    return [(deployment.settings.surveys_topic, number) for number in range(PARTITIONS)]


async def ask_until(brokers: Brokers, reached: Callable[[], bool], *partitions: TopicPartition) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            await brokers.ask(partitions)
            if reached():
                return
            await asyncio.sleep(0.1)


async def test_leaders_tell_where_their_logs_end_without_anybody_fetching(deployment: Deployment) -> None:
    topic = deployment.settings.surveys_topic
    async with asking(deployment) as brokers:
        await ask_until(brokers, lambda: brokers.answers.complete, *surveys(deployment))
        assert brokers.answers.ends == dict.fromkeys(surveys(deployment), 0)
        for _ in range(2):
            deployment.publish_to(topic, 1, b"customer", b"{}")
        await ask_until(brokers, lambda: brokers.answers.ends[topic, 1] == 2, *surveys(deployment))


async def test_the_coordinator_tells_who_is_in_the_group_and_what_each_has(
    deployment: Deployment, broker: Broker
) -> None:
    async with asking(deployment) as brokers, member(deployment) as consumer:

        def told() -> bool:
            group = brokers.answers.group
            return group is not None and group.settled and consumer._coordinator.member_id in group.members

        await ask_until(brokers, told)
        assert brokers.answers.group is not None
        (assigned,) = brokers.answers.group.members.values()
        # Tansu tells members without their assignments.
        assert assigned in (None, frozenset((tp.topic, tp.partition) for tp in consumer.assignment()))
        assert (assigned is None) == (not broker.keeps_log)


async def test_a_group_that_nobody_has_joined_is_settled_and_empty(deployment: Deployment) -> None:
    async with asking(deployment) as brokers:
        await ask_until(brokers, lambda: brokers.answers.complete)
        assert brokers.answers.group == (True, {})


@pytest.mark.kafka
@pytest.mark.parametrize("broker", ["kafka"], indirect=True)  # Tansu answers for any topic
async def test_a_partition_nobody_leads_hides_no_other_answer(deployment: Deployment) -> None:
    async with asking(deployment) as brokers:
        await ask_until(brokers, lambda: bool(brokers.answers.ends), *surveys(deployment), ("no-such-topic", 0))
        assert brokers.answers.ends.keys() == set(surveys(deployment))
        assert (brokers.answers.complete, brokers.answers.silent) == (False, False)


@pytest.mark.kafka
@pytest.mark.parametrize("broker", ["own_kafka"], indirect=True)
async def test_brokers_that_are_away_are_silent_and_those_that_come_back_answer(
    deployment: Deployment, broker: Broker
) -> None:
    async with asking(deployment) as brokers:
        await ask_until(brokers, lambda: brokers.answers.complete, *surveys(deployment))
        broker.kill()
        await ask_until(brokers, lambda: brokers.answers.silent, *surveys(deployment))
        assert brokers.answers.ends == {}
        await asyncio.to_thread(broker.start)
        await ask_until(brokers, lambda: brokers.answers.complete, *surveys(deployment))
