"""Java, Maven and the jars of Apache Kafka: what this machine has, fetched once into a cache."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from deploy.local.process import StartError

POM: Final = Path(__file__).with_name("pom.xml")
JAVA_AT_LEAST: Final = 17
"""What the server of Kafka 4 is compiled for."""

_FETCH_SECONDS: Final = 600
_HOW: Final = (
    "install it (Debian, Ubuntu: apt install openjdk-17-jre-headless maven; macOS: brew install openjdk "
    "maven) or use the broker that needs neither: --broker tansu"
)


def find_java() -> str:
    """The path of a Java that can run Kafka.

    Raises:
        StartError: there is none, or it is too old.
    """
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if java is None:
        raise StartError(f"Apache Kafka needs Java {JAVA_AT_LEAST} or newer and there is no java: {_HOW}")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False)
    version = re.search(r'version "(\d+)', said.stderr + said.stdout)
    if version is None or int(version[1]) < JAVA_AT_LEAST:
        found = version[1] if version else "a java that does not tell its version"
        raise StartError(f"Apache Kafka needs Java {JAVA_AT_LEAST} or newer, {java} is {found}: {_HOW}")
    return java


def find_maven() -> str:
    """The path of Maven.

    Raises:
        StartError: there is none.
    """
    maven = shutil.which("mvn")
    if maven is None:
        raise StartError(f"Apache Kafka's jars are fetched by Maven and there is no mvn: {_HOW}")
    return maven


def fetch_jars(cache: Path | None = None) -> Path:
    """The directory with Kafka's jars, fetched once into `cache`.

    Default cache: ``cxstream`` in the user's cache directory.

    Raises:
        StartError: Maven is missing or could not resolve the jars.
    """
    root = cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cxstream"
    # Named by the pom, so that another Kafka version is another directory.
    jars = root / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if jars.is_dir():
        return jars
    maven = find_maven()
    root.mkdir(parents=True, exist_ok=True)
    # Fetched beside and renamed when complete: half a download is never taken for a broker, and two
    # may run at once.
    partial = Path(tempfile.mkdtemp(dir=root, prefix="fetching-"))
    try:
        _copy_dependencies(maven, partial)
        if not jars.is_dir():
            partial.rename(jars)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return jars


def _copy_dependencies(maven: str, target: Path) -> None:
    command = [maven, "-B", "-q", "-f", str(POM), "dependency:copy-dependencies", "-DincludeScope=runtime"]
    try:
        subprocess.run(
            [*command, f"-DoutputDirectory={target}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_FETCH_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired as late:
        raise StartError(f"Maven did not fetch Apache Kafka within {_FETCH_SECONDS} s; try again") from late
    except subprocess.CalledProcessError as failed:
        raise StartError(f"Maven could not fetch Apache Kafka:\n{failed.stdout[-2_000:]}") from failed
