"""The settings for the type checker, which reads them but never connects."""

import os

os.environ.setdefault("DATABASE_URL", "postgres:///not-needed")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")

from fleetportal.settings import *  # noqa: F403
