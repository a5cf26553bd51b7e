"""``python -m deploy.local.kafka``: whether this machine can run Apache Kafka (exit code 0), or what it lacks (3)."""

import sys

from deploy.local.kafka.jars import fetch_jars, find_java
from deploy.local.process import StartError


def main() -> int:
    try:
        java, jars = find_java(), fetch_jars()
    except StartError as missing:
        print(missing, file=sys.stderr)
        return 3
    print(f"Apache Kafka: {java}, jars in {jars}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
