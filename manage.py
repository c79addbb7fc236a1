#!/usr/bin/env python
"""Runs Django's commands, with embedded services where DATABASE_URL or REDIS_URL is unset."""

import os
import signal
import sys
from pathlib import Path

# These look at no data, so they start nothing.
WITHOUT_SERVICES = {"help", "version", "--help", "-h", "--version", "makemessages", "compilemessages", "collectstatic"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleetportal.settings")
    try:
        from django.core.management import execute_from_command_line
        from environ import Env
    except ImportError:
        sys.exit("Fleet Portal is not installed in this Python. Run `make run`, then use .venv/bin/python manage.py …")
    from fleetportal.local.joining import join_what_is_missing
    from fleetportal.local.places import LocalServiceError

    Env.read_env(Path(__file__).resolve().parent / ".env")
    if len(sys.argv) < 2 or WITHOUT_SERVICES & set(sys.argv[1:]):
        os.environ.setdefault("DATABASE_URL", "postgres:///not-needed")
        os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
    else:
        # Without this a SIGTERM would end the process before it can leave the services.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            join_what_is_missing()
        except LocalServiceError as error:
            sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
