"""Every private part of Faust, mode and aiokafka the transport relies on: an upgrade fails here first."""

import inspect
import re
from importlib.metadata import entry_points, version
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher, FetchResult, PartitionRecords
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import Assignment, SubscriptionState, TopicPartitionState
from aiokafka.record.default_records import DefaultRecord, DefaultRecordBatch
from faust import App, Schema
from faust.app.base import BootStrategy
from faust.transport import conductor, consumer
from faust.transport.drivers import aiokafka as driver
from faust.types import ConsumerMessage
from mode import Service
from mode.threads import QueueServiceThread, ServiceThread

from streams.shell.consumer import Consumer
from streams.shell.consumer_thread import ConsumerThread
from streams.shell.fetched_batches import Batch, FetchedBatches, PlainRecords
from streams.shell.transport import Transport
from tests.kafka_batches import batch

EMPTY_BATCH = batch([], timestamp=0)


def test_the_versions_are_the_ones_this_was_written_for() -> None:
    assert version("faust-streaming") == "0.15.3"
    assert version("aiokafka") == "0.14.0"


def test_faust_finds_the_transport_by_its_scheme() -> None:
    (entry,) = entry_points(group="faust.transports", name="cxstream")
    assert entry.load() is Transport


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        # What we override: the caller has to go on calling it, with the same arguments.
        (driver.Consumer, "_new_consumer_thread", ["self"]),
        (driver.Consumer, "_to_message", ["self", "tp", "record"]),
        (driver.Consumer, "verify_event_path", ["self", "now", "tp"]),
        (consumer.Consumer, "_drain_messages", ["self", "fetcher"]),
        (consumer.Consumer, "on_partitions_assigned", ["self", "assigned", "generation_id"]),
        (consumer.Consumer, "on_partitions_revoked", ["self", "revoked"]),
        (consumer.Consumer, "perform_seek", ["self"]),
        (consumer.Consumer, "pause_partitions", ["self", "tps"]),
        (consumer.Consumer, "resume_partitions", ["self", "tps"]),
        (consumer.Consumer, "commit", ["self", "topics", "start_new_transaction"]),
        (consumer.Consumer, "resume_flow", ["self"]),
        (driver.AIOKafkaConsumerThread, "_create_worker_consumer", ["self", "transport"]),
        (driver.AIOKafkaConsumerThread, "commit", ["self", "offsets"]),
        (driver.AIOKafkaConsumerThread, "_commit", ["self", "offsets"]),
        (App, "on_first_start", ["self"]),
        # What we call.
        (consumer.Consumer, "stop_flow", ["self"]),
        (consumer.ThreadDelegateConsumer, "earliest_offsets", ["self", "partitions"]),
        (driver.AIOKafkaConsumerThread, "_ensure_consumer", ["self"]),
        (driver.AIOKafkaConsumerThread, "assignment", ["self"]),
        (QueueServiceThread, "call_thread", ["self", "fun", "args", "kwargs"]),
        (Fetcher, "fetched_records", ["self", "partitions", "timeout", "max_records"]),
        (Fetcher, "_create_fetch_waiter", ["self"]),
        (SubscriptionState, "fetch_context", ["self"]),
        (GroupCoordinator, "check_errors", ["self"]),
        (Assignment, "state_value", ["self", "tp"]),
    ],
)
def test_a_method_is_there_with_its_parameters(owner: Any, name: str, parameters: list[str]) -> None:
    assert list(inspect.signature(getattr(owner, name)).parameters) == parameters


def test_schema_compile_is_called_with_keywords_and_gives_the_decoder() -> None:
    compiled = inspect.signature(Schema.compile).parameters
    keywords = [name for name, each in compiled.items() if each.kind is inspect.Parameter.KEYWORD_ONLY]
    assert list(compiled) == ["self", "app", *keywords]


def test_the_fetch_loop_goes_through_the_consumer() -> None:
    assert "consumer._drain_messages(self)" in inspect.getsource(consumer.Fetcher)


def test_the_stock_flow_flags_have_their_names() -> None:
    reset = inspect.getsource(consumer.Consumer._reset_state)
    assert "self.flow_active = True" in reset
    assert "self.flow_active = False" in inspect.getsource(consumer.Consumer.stop_flow)


def test_a_topic_without_acks_is_not_tracked() -> None:
    assert "topic in self._acking_topics" in inspect.getsource(conductor.Conductor.acks_enabled_for)
    assert "if channel.acks" in inspect.getsource(conductor.Conductor._update_indices)


def test_messages_carry_the_generation_that_streams_compare() -> None:
    assert "generation_id" in inspect.signature(ConsumerMessage.__init__).parameters
    assert "consumer_generation_id = generation" in inspect.getsource(driver.ConsumerRebalanceListener)


async def test_the_partition_state_has_position_and_log_ends() -> None:
    state = TopicPartitionState(None)
    assert (state.highwater, state.lso, state.has_valid_position) == (None, None, False)
    assert isinstance(TopicPartitionState.position, property)
    assert {"subscription", "reassignment_in_progress"} <= set(dir(SubscriptionState))


async def test_the_assignment_of_aiokafka_knows_its_partitions() -> None:
    partition = TopicPartition("t", 0)
    tps = Assignment([partition]).tps
    assert tps == frozenset({partition})


def test_positions_move_with_the_records_taken_and_over_gaps() -> None:
    assert "consumed_to(self._partition_records.next_fetch_offset)" in inspect.getsource(FetchResult)
    assert "next_batch.next_offset" in inspect.getsource(PartitionRecords)


def test_a_fetch_without_timeout_waits_for_nothing_but_a_reassignment() -> None:
    source = inspect.getsource(Fetcher.fetched_records)
    before, after = source.split("if drained or not timeout:")
    assert before.count("await ") == 1
    assert "reassignment_in_progress" in before.split("await ")[0]
    assert "create_fetch_waiter" in after


def test_the_consumer_of_aiokafka_has_the_fetcher_and_its_end() -> None:
    source = inspect.getsource(AIOKafkaConsumer)
    assert "self._fetcher = Fetcher(" in source
    assert "self._closed" in source
    assert "self._closed" in inspect.getsource(Fetcher)


def test_the_coordinator_of_aiokafka_knows_its_member_id() -> None:
    assert "self._coordinator = GroupCoordinator(" in inspect.getsource(AIOKafkaConsumer)
    assert "self.member_id" in inspect.getsource(GroupCoordinator)


def test_the_thread_of_a_consumer_has_a_loop_of_its_own_from_the_start() -> None:
    assert "self.thread_loop = thread_loop or asyncio.new_event_loop()" in inspect.getsource(ServiceThread.__init__)


def test_records_have_what_chunks_and_dead_letters_read() -> None:
    record = DefaultRecord(7, 1, 0, b"key", b"value", [("name", b"header")])
    assert (record.offset, record.timestamp, record.key, record.value) == (7, 1, b"key", b"value")
    assert list(record.headers) == [("name", b"header")]


def test_records_are_given_as_their_batches_give_them() -> None:
    assert issubclass(PlainRecords, PartitionRecords)
    assert "PartitionRecords(" in inspect.getsource(Fetcher)
    assert "for msg in self._partition_records" in inspect.getsource(FetchResult.getall)
    assert "self._records_iterator = self._unpack_records()" in inspect.getsource(PartitionRecords.__init__)
    assert "self._consumer_record(tp, record)" in inspect.getsource(PartitionRecords._unpack_records)


def test_the_boot_strategy_can_leave_out_producer_and_web() -> None:
    assert BootStrategy.enable_kafka_producer is None
    assert BootStrategy.enable_web is None


def test_a_crash_of_faust_can_be_waited_for() -> None:
    assert "self._crashed = self._new_crashed_event()" in inspect.getsource(Service)
    assert isinstance(Service.crashed, property)


def test_ours_stand_where_faust_looks() -> None:
    assert Transport.Consumer is Consumer
    assert issubclass(ConsumerThread, driver.AIOKafkaConsumerThread)


def test_the_fetcher_makes_batches_by_a_name_that_can_be_set_and_reads_them_as_ours_are_read() -> None:
    assert "records = MemoryRecords(part_data[-1])" in inspect.getsource(Fetcher._proc_fetch_request)
    unpack = inspect.getsource(PartitionRecords._unpack_records)
    used = set(re.findall(r"next_batch\.(\w+)", unpack))
    own = Batch(EMPTY_BATCH, DefaultRecordBatch(EMPTY_BATCH), lambda codec, data: data)
    assert used <= set(dir(own))
    assert set(re.findall(r"records\.(\w+)\(", unpack)) <= set(dir(FetchedBatches))
    assert "for record in next_batch:" in unpack
