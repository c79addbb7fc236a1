"""Runs the tests on the PostgreSQL and Redis of this machine: in a database of our own, by an account of our own that
does not wait for the disk, both dropped afterwards.

``check`` ends with 0 when both answer at their usual ports, ``run`` runs the tests.
"""

import os
import subprocess
import sys
import uuid

import psycopg
from redis import Redis

HOST = "127.0.0.1:5432"
SERVER = f"postgres://{os.environ.get('PGUSER', 'postgres')}@{HOST}"
# The second worker uses the next one.
REDIS_NUMBER = 14


def check() -> int:
    with psycopg.connect(f"{SERVER}/postgres", connect_timeout=2) as server:
        server.execute("SELECT 1")
    with Redis(host="127.0.0.1", socket_connect_timeout=1, socket_timeout=1) as broker:
        broker.ping()
    return 0


def run() -> int:
    name = f"fleetportal_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        server.execute(f"CREATE ROLE {name} LOGIN SUPERUSER")
        server.execute(f"ALTER ROLE {name} SET synchronous_commit = off")
        server.execute(f"CREATE DATABASE {name} OWNER {name}")
        try:
            addresses = {
                "DATABASE_URL": f"postgres://{name}@{HOST}/{name}",
                "REDIS_URL": f"redis://127.0.0.1:6379/{REDIS_NUMBER}",
            }
            command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal"]
            return subprocess.run(command, env={**os.environ, **addresses}, check=False).returncode
        finally:
            for database in (name, f"test_{name}", f"test_{name}_gw0", f"test_{name}_gw1"):
                server.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            server.execute(f"DROP ROLE {name}")


if __name__ == "__main__":
    sys.exit({"check": check, "run": run}[sys.argv[1]]())
