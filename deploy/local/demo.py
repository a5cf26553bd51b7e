"""``python -m deploy.local.demo``: publishes the simulator's traffic to the Kafka of CX_BROKERS until it is stopped.

For a deployment that somebody wants to see at work; `cxstream local` has the same traffic and brings its own Kafka.
"""

import argparse
import signal
import sys
import threading

from deploy.local.simulator.story import LONG
from deploy.local.traffic import Simulation
from streams.connections import kafka_client
from streams.customers import customer_key
from streams.kafka_access import KafkaRefused, KafkaUnreachable
from streams.publishing.event_files import Topics, publish_lines
from streams.settings import Settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.demo", description=__doc__.split("\n\n")[0])
    parser.add_argument("--rate", type=float, default=40, help="events per second (default: %(default)s)")
    rate = parser.parse_args().rate
    stop = threading.Event()
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, lambda *_: stop.set())
    settings = Settings()
    topics = Topics(settings.touchpoints_topic, settings.surveys_topic)
    lines = Simulation(rate, LONG).lines(stop)
    try:
        result = publish_lines(lines, kafka_client(settings), topics, customers=customer_key(settings))
    except (KafkaUnreachable, KafkaRefused) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"published {sum(result.published.values()):,} events")
    return 0


if __name__ == "__main__":
    sys.exit(main())
