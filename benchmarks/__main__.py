"""Runs every benchmark, one after the other; on the embedded services where none are configured."""

import subprocess
import sys
from pathlib import Path

from fleetportal.local.joining import join_what_is_missing

BASE_DIR = Path(__file__).resolve().parent.parent
# The Excel benchmark rolls back what it writes, but the tables must be there.
COMMANDS = (
    ["manage.py", "migrate", "--verbosity=0"],
    ["-m", "benchmarks.lists"],
    ["-m", "benchmarks.excel"],
    ["-m", "benchmarks.orders"],
    ["-m", "benchmarks.bulk"],
    ["-m", "benchmarks.usage"],
)


def main() -> int:
    join_what_is_missing()
    return max(subprocess.run([sys.executable, *command], cwd=BASE_DIR, check=False).returncode for command in COMMANDS)


if __name__ == "__main__":
    sys.exit(main())
