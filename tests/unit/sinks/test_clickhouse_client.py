"""What our connection leaves out of clickhouse-connect."""

import subprocess
import sys


def test_an_insert_does_not_import_pandas() -> None:
    script = """
import sys
import sinks.clickhouse.store as store
from clickhouse_connect.driver.insert import InsertContext
InsertContext("cells", ["part"], [store._TYPES["part"]], data=[[1]], column_oriented=True)
print("pandas" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
