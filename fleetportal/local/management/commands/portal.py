"""``manage.py portal``: the whole portal on this machine in one command, for development and demonstrations."""

import hashlib
import logging
import os
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management import CommandParser, call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from fleetportal.local.supervisor import Program, Supervisor, stop_with_parent

QUEUES = "orders,bulk,mail,usage"
BACKLOG = 64


class Command(BaseCommand):
    help = "Prepares the database, then runs web, worker and beat together until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000")
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
        parser.add_argument("--stop-with-parent", action="store_true", help="Stop when the calling process dies.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["stop_with_parent"]:
            stop_with_parent()
        listener = self._listen(options["host"], options["port"])
        _prepare()
        # The address and the sign-in stay in sight; with LOG_LEVEL=INFO every request and task is told.
        os.environ.setdefault("LOG_LEVEL", "WARNING")
        address = f"http://localhost:{options['port']}"
        self.stdout.write(f"\nFleet Portal: {address}  (stop with Ctrl-C)")
        if settings.DEBUG and settings.EMAIL_BACKEND.endswith("FileMailbox"):
            self.stdout.write(f"Mails are not sent but kept: {address}/mailbox/")
        self.stdout.flush()
        with listener:
            Supervisor(programs(listener.fileno(), os.environ["LOG_LEVEL"])).run()

    def _listen(self, host: str, port: int) -> socket.socket:
        """Taken at once and handed on to the web server, so nobody can take the port in between."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(BACKLOG)
        except (OSError, OverflowError) as error:
            listener.close()
            raise CommandError(
                f"Port {port} is not free ({error}). Stop what uses it, or choose another: PORT=8080 make run"
            ) from None
        return listener


def _prepare() -> None:
    """Tables, and a demonstration company where there is nothing yet; its sign-in should not drown in log lines."""
    logging.disable(logging.INFO)
    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_demo", if_empty=True)
    connections.close_all()
    logging.disable(logging.NOTSET)


def programs(listener: int, log_level: str) -> list[Program]:
    """What the portal consists of; the same three that ``docker-compose.yml`` runs."""
    checkout = hashlib.sha256(os.fsencode(settings.BASE_DIR)).hexdigest()[:8]
    python = sys.executable
    # Root is no danger on one's own machine, and in a container often the only user.
    quiet = ["-W", "ignore:You're running the worker with superuser privileges"]
    celery = [python, *quiet, "-m", "celery", "-A", "fleetportal", "--skip-checks", "--no-color", "--quiet"]
    worker = ["worker", "-n", f"portal-{checkout}@%h", "-Q", QUEUES, "--concurrency=2", "--without-gossip"]
    gunicorn = [python, "-m", "gunicorn", "fleetportal.wsgi"]
    web = ["--workers=2", "--threads=4", "--worker-class=gthread", "--no-control-socket", "--log-level=warning"]
    return [
        Program("web", [*gunicorn, f"--bind=fd://{listener}", *web], files=[listener]),
        Program("worker", [*celery, *worker, "--without-mingle", f"--loglevel={log_level}"]),
        Program("beat", [*celery, "beat", "--loglevel=WARNING", "--pidfile="]),
    ]
