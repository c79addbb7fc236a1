"""Every setting, read from the environment; a bad or missing value stops the start with its name.

Secrets may also come from a file named by ``<NAME>_FILE``. Development needs no variable at all: ``manage.py``
starts embedded services and sets DATABASE_URL and REDIS_URL before this module is read.
"""

import logging
import os
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import environ
import structlog
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from fleetportal.logs import mask_secrets

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env.str("SECRET_KEY", default="development-only-never-used-outside-debug" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY (or SECRET_KEY_FILE) must be set when DEBUG is off.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Where links in mails point to; a task has no request to ask.
PORTAL_URL = env.str("PORTAL_URL", default=f"http://localhost:{os.environ.get('PORT') or 8000}").rstrip("/")
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

INSTALLED_APPS = [
    "accounts",
    "sims",
    "groupbundles",
    "billing",
    "tickets",
    "fleetportal.shell",
    "fleetportal.audit",
    "fleetportal.jobs",
    "fleetportal.notifications",
    "fleetportal.operators",
    "fleetportal.operators.simulator",
    "fleetportal.web",
    "fleetportal.local",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "django_structlog",
    "csp",
    "allauth",
    "allauth.account",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "fleetportal.web.middleware.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fleetportal.web.request_log.RequestLogMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "fleetportal.tenancy.middleware.MembershipMiddleware",
    "fleetportal.web.middleware.UserLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "fleetportal.web.middleware.HtmxErrorMiddleware",
    "fleetportal.web.middleware.ReadOnlyGetMiddleware",
]

ROOT_URLCONF = "fleetportal.urls"
WSGI_APPLICATION = "fleetportal.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["fleetportal.web.templatetags.ui", "django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fleetportal.shell.context.shell",
            ],
        },
    },
]

# Database
DATABASES: dict[str, dict[str, Any]] = {"default": env.db("DATABASE_URL")}
DATABASES["default"].update(
    CONN_MAX_AGE=60,
    CONN_HEALTH_CHECKS=True,
    OPTIONS={
        **DATABASES["default"].get("OPTIONS", {}),
        "connect_timeout": 3,
        "server_side_binding": True,
        "options": "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=20000",
    },
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis: broker and cache may share one; the keys of the cache carry a prefix
REDIS_URL = env.str("REDIS_URL")
CACHE_URL = env.str("CACHE_URL", default=REDIS_URL)
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "fleetportal",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    },
    # Figures that may be a few seconds old, kept in the process so that no page waits for Redis.
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 2000}},
}

# Celery: late acknowledgement, no result backend, nothing waits in the broker
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_RETRY_ON_WORKER_LOST = True
CELERY_TASK_ACKS_ON_FAILURE = True
CELERY_TASK_ACKS_ON_TIMEOUT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "orders"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
CELERY_TIMEZONE = "Europe/Brussels"
CELERY_BEAT_SCHEDULE = {
    "orders-sweep": {"task": "sims.sweep_orders", "schedule": 10.0, "options": {"expires": 30}},
    "departures-sweep": {"task": "sims.sweep_departures", "schedule": 60.0, "options": {"expires": 120}},
    "jobs-sweep": {"task": "jobs.sweep_jobs", "schedule": 30.0, "options": {"expires": 60}},
    "jobs-expire": {"task": "jobs.expire_jobs", "schedule": crontab(hour="3", minute="20")},
    "notices-sweep": {"task": "sims.sweep_notices", "schedule": 30.0, "options": {"expires": 60}},
    "questions-sweep": {"task": "sims.sweep_confirmation_mails", "schedule": 30.0, "options": {"expires": 60}},
    "operator-events-expire": {"task": "operators.expire_events", "schedule": crontab(hour="3", minute="40")},
    "notifications-sweep": {"task": "notifications.sweep_mails", "schedule": 30.0, "options": {"expires": 60}},
    "notifications-purge": {"task": "notifications.purge_notifications", "schedule": crontab(hour="3", minute="50")},
    "usage-files": {"task": "groupbundles.take_usage_files", "schedule": 30.0, "options": {"expires": 60}},
    "usage-feed": {"task": "groupbundles.pull_usage", "schedule": 60.0, "options": {"expires": 120}},
    "usage-set-aside": {"task": "groupbundles.claim_usage", "schedule": 300.0, "options": {"expires": 600}},
    "usage-months": {"task": "groupbundles.make_usage_months", "schedule": crontab(hour="2", minute="10")},
    "usage-purge": {"task": "groupbundles.purge_old_usage", "schedule": crontab(hour="3", minute="10")},
    "alert-rules-sweep": {"task": "groupbundles.sweep_alert_rules", "schedule": 60.0, "options": {"expires": 120}},
    "invoice-feed": {"task": "billing.pull_bills", "schedule": 120.0, "options": {"expires": 240}},
    "payments-sweep": {"task": "billing.sweep_payments", "schedule": 30.0, "options": {"expires": 60}},
    "payments-reconcile": {"task": "billing.reconcile_payments", "schedule": crontab(hour="4", minute="10")},
    "tickets-sweep": {"task": "tickets.sweep_tickets", "schedule": 30.0, "options": {"expires": 60}},
    "tickets-answers": {"task": "tickets.fetch_answers", "schedule": 30.0, "options": {"expires": 60}},
    "tickets-drafts": {"task": "tickets.remove_drafts", "schedule": crontab(hour="4", minute="0")},
    "mails-sweep": {"task": "accounts.sweep_invitation_mails", "schedule": 30.0, "options": {"expires": 60}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

# People and sign-in
AUTH_USER_MODEL = "accounts.User"
# The address is unique without case, by a constraint that this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
# On top of allauth's own limits; all of them are counted in the shared cache.
ACCOUNT_RATE_LIMITS = {
    "accept_invitation": "30/m/ip",
    "ask_invitation": "5/m/ip",
    "notice": "20/m/ip",
    "esim": "10/m/ip",
    "my_details": "30/m/ip",
    "payment_webhook": "300/m/ip",
}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEBUG else "https"
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
# Answers "whose membership is this request?"; a dotted name because the foundation imports no app.
MEMBERSHIP_RESOLVER = "accounts.queries.membership_of_request"
# Answers "who of these people still works for this company?", for the same reason.
NOTIFICATION_MEMBERS = "accounts.queries.active_members"
INVITATION_LIFETIME_HOURS = env.int("INVITATION_LIFETIME_HOURS", default=72)

# Operator
OPERATOR = env.str("OPERATOR", default="fleetportal.operators.simulator.adapter.SimulatedOperator")
# Seconds after which an unanswered call may be asked about: longer than the operator's stated maximum.
OPERATOR_MAX_ANSWER_SECONDS = env.int("OPERATOR_MAX_ANSWER_SECONDS", default=30)
# Signs the callbacks of the operator; without it there is no address for them. A file often ends with an empty line.
OPERATOR_CALLBACK_SECRET = env.str("OPERATOR_CALLBACK_SECRET", default="").strip()
if OPERATOR_CALLBACK_SECRET and len(OPERATOR_CALLBACK_SECRET) < 32:
    raise ImproperlyConfigured(
        "OPERATOR_CALLBACK_SECRET (or OPERATOR_CALLBACK_SECRET_FILE) needs 32 characters or more."
    )
# Hears of every new event and says whether its order exists; a dotted name because the foundation imports no app.
OPERATOR_EVENT_RECEIVER = "sims.orders.hints.look_now"
SIMULATOR_WORK_SECONDS = env.float("SIMULATOR_WORK_SECONDS", default=5.0)
# After how long the simulated help desk writes; it solves a question after four times as long.
SIMULATOR_DESK_SECONDS = env.float("SIMULATOR_DESK_SECONDS", default=20.0)

# Orders
# How long one worker has an order to itself: longer than a task may last.
ORDER_LEASE_SECONDS = env.float("ORDER_LEASE_SECONDS", default=90)
# After how long the sweep sends another wake-up for an order nobody took.
ORDER_WAKE_AGAIN_SECONDS = env.float("ORDER_WAKE_AGAIN_SECONDS", default=30)
# How long what can be undone waits before it is sent.
ORDER_UNDO_SECONDS = env.float("ORDER_UNDO_SECONDS", default=10)
# First wait after trouble with the operator; doubles with every further try, up to ten minutes.
ORDER_BACKOFF_SECONDS = env.float("ORDER_BACKOFF_SECONDS", default=5)
# How many workers go through bulk orders at the same time at most; the others stay free for single orders.
ORDER_BULK_LANES = env.int("ORDER_BULK_LANES", default=2)
# Tries in a row without a good answer before a person must look: about an hour and a half.
ORDER_MAX_ATTEMPTS = env.int("ORDER_MAX_ATTEMPTS", default=14)
# Hours past the promised moment (or the sending) after which an order at the operator counts as stuck.
ORDER_OVERDUE_HOURS = env.int("ORDER_OVERDUE_HOURS", default=24)
# Numbers are taken over on working days between these local times, at the earliest so many working days ahead.
PORT_IN_WINDOW = (env.str("PORT_IN_WINDOW_START", default="08:00"), env.str("PORT_IN_WINDOW_END", default="20:00"))
PORT_IN_LEAD_WORKING_DAYS = env.int("PORT_IN_LEAD_WORKING_DAYS", default=1)
# From which day a late transfer gives how many euro per day and number, as JSON [[day, amount], …].
PORT_LATE_COMPENSATION = env.json("PORT_LATE_COMPENSATION", default=[["2013-10-01", "3.00"]])

# Usage
# How often the operator is asked for usage records; 0: never.
USAGE_FEED_MINUTES = env.float("USAGE_FEED_MINUTES", default=15)
# Where files of usage records arrive, in a folder per company named by its short name; empty: nothing is watched.
USAGE_FOLDER = env.str("USAGE_FOLDER", default="")
# A file is taken when it has not changed for so long.
USAGE_FOLDER_QUIET_SECONDS = env.float("USAGE_FOLDER_QUIET_SECONDS", default=15)
# Rows per transaction, and the size of a file unpacked.
USAGE_BATCH_ROWS = env.int("USAGE_BATCH_ROWS", default=250_000)
# How long an import is left to the process that took it on, from its last batch.
USAGE_LEASE_SECONDS = env.float("USAGE_LEASE_SECONDS", default=90)
USAGE_FILE_MAX_BYTES = env.int("USAGE_FILE_MAX_BYTES", default=4 * 1024**3)
# How long what is kept, in months before the present one: records (none is ever older than a month more), those that
# no line could be found for, sums per day, all other sums, which rows of an import were refused and why, the
# imports themselves, and the alerts that fired. A record of a month that is past its time is refused.
USAGE_RECORD_MONTHS = env.int("USAGE_RECORD_MONTHS", default=5)
USAGE_SET_ASIDE_MONTHS = env.int("USAGE_SET_ASIDE_MONTHS", default=5)
USAGE_DAY_MONTHS = env.int("USAGE_DAY_MONTHS", default=24)
USAGE_COUNTER_MONTHS = env.int("USAGE_COUNTER_MONTHS", default=24)
USAGE_REFUSAL_MONTHS = env.int("USAGE_REFUSAL_MONTHS", default=3)
USAGE_IMPORT_MONTHS = env.int("USAGE_IMPORT_MONTHS", default=12)
USAGE_ALERT_MONTHS = env.int("USAGE_ALERT_MONTHS", default=12)
# Files that were imported stay in the folder for so many days.
USAGE_FILE_DAYS = env.int("USAGE_FILE_DAYS", default=7)
if not (
    1 <= USAGE_RECORD_MONTHS <= min(USAGE_DAY_MONTHS, USAGE_COUNTER_MONTHS, USAGE_IMPORT_MONTHS, USAGE_ALERT_MONTHS)
):
    raise ImproperlyConfigured(
        "USAGE_RECORD_MONTHS must be 1 or more, and no more than USAGE_DAY_MONTHS, USAGE_COUNTER_MONTHS, "
        "USAGE_IMPORT_MONTHS and USAGE_ALERT_MONTHS: what was made of records outlives them."
    )

# Invoices
# The size of a document, what is embedded in it included.
INVOICE_MAX_BYTES = env.int("INVOICE_MAX_BYTES", default=32 * 1024 * 1024)
# How often the operator is asked for invoices; 0: never.
INVOICE_FEED_MINUTES = env.float("INVOICE_FEED_MINUTES", default=60)

# Payments
# Secret of the payment service; without it payments are simulated. It never stands in an error or a log line.
MOLLIE_API_KEY = env.str("MOLLIE_API_KEY", default="").strip()
if MOLLIE_API_KEY and not re.fullmatch(r"(live|test)_\w{10,100}", MOLLIE_API_KEY):
    raise ImproperlyConfigured("MOLLIE_API_KEY (or MOLLIE_API_KEY_FILE) must begin with live_ or test_.")
MOLLIE_API_URL = env.str("MOLLIE_API_URL", default="https://api.mollie.com").rstrip("/")
if not MOLLIE_API_URL.startswith(("https://", "http://127.0.0.1:")):
    raise ImproperlyConfigured("MOLLIE_API_URL must begin with https://: the key goes there.")
PAYMENT_GATEWAY = env.str("PAYMENT_GATEWAY", default="mollie" if MOLLIE_API_KEY else "simulated")
if PAYMENT_GATEWAY not in ("mollie", "simulated", "none"):
    raise ImproperlyConfigured("PAYMENT_GATEWAY must be mollie, simulated or none.")
if PAYMENT_GATEWAY == "mollie" and not MOLLIE_API_KEY:
    raise ImproperlyConfigured("PAYMENT_GATEWAY is mollie, so MOLLIE_API_KEY (or MOLLIE_API_KEY_FILE) must be set.")
# From this amount on the password is asked once more.
try:
    PAYMENT_STEP_UP_AMOUNT = Decimal(env.str("PAYMENT_STEP_UP_AMOUNT", default="10000"))
except InvalidOperation:
    raise ImproperlyConfigured("PAYMENT_STEP_UP_AMOUNT must be an amount such as 10000.") from None
# How long a simulated bank takes when it is told to pay later.
SIMULATED_PAYMENT_SECONDS = env.float("SIMULATED_PAYMENT_SECONDS", default=5.0)
# How many days back payments are compared with those of the payment service every night.
PAYMENT_RECONCILE_DAYS = env.int("PAYMENT_RECONCILE_DAYS", default=35)

# Language, time, formats
LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", _("Dutch")), ("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["fleetportal.web.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Brussels"
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"

# Files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# In development straight from the folders they are written in; tests run with DEBUG off and need that too.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = VAR_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
UPLOAD_MAX_BYTES = 20 * 1024 * 1024
# Files on tickets: the size of one, how many on a ticket, and together per company and month.
TICKET_FILE_MAX_BYTES = env.int("TICKET_FILE_MAX_BYTES", default=10 * 1024 * 1024)
TICKET_MOST_FILES = env.int("TICKET_MOST_FILES", default=5)
TICKET_MONTH_MAX_BYTES = env.int("TICKET_MONTH_MAX_BYTES", default=200 * 1024 * 1024)
JOB_RESULT_LIFETIME_HOURS = env.int("JOB_RESULT_LIFETIME_HOURS", default=24)

# Mail
EMAIL_FILE_PATH = VAR_DIR / "mail"
# A mail server that does not answer must not hold a page or a worker.
EMAIL_TIMEOUT = 10
globals().update(
    env.email_url("EMAIL_URL") if "EMAIL_URL" in os.environ else {"EMAIL_BACKEND": "fleetportal.web.mail.FileMailbox"}
)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Fleet Portal <noreply@localhost>")

# Notifications
NOTIFICATION_RETENTION_DAYS = env.int("NOTIFICATION_RETENTION_DAYS", default=365)

# Security
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
SECURE_SSL_REDIRECT = not DEBUG and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31536000 if SECURE_SSL_REDIRECT else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_SSL_REDIRECT
SECURE_HSTS_PRELOAD = SECURE_SSL_REDIRECT
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
SESSION_COOKIE_NAME = "__Host-session" if SECURE_SSL_REDIRECT else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE_SSL_REDIRECT else "csrf"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = False
# A page that writes while it is only read is a defect: stop in development and tests, log in production.
RAISE_ON_WRITE_BY_GET = env.bool("RAISE_ON_WRITE_BY_GET", default=DEBUG)
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "fleetportal.shell.views.csrf_failure"

# Logs: one JSON object per line in production, readable lines in development
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
_SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    mask_secrets,
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.dev.ConsoleRenderer(colors=False)
            if env.bool("LOG_READABLE", default=DEBUG)
            else structlog.processors.JSONRenderer(),
            "foreign_pre_chain": _SHARED_PROCESSORS,
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own handler would print the same line a second time.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.utils.autoreload": {"level": "WARNING"},
        # What these tell stands in the line that django_structlog writes about the same request or task.
        "django.request": {"level": "ERROR"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        # Every step of making a PDF.
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
    },
}
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# One line per request and per task, when it is done.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
# Each request is named here: many proxies hand on whatever name the visitor sent.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = DJANGO_STRUCTLOG_TRUST_UPSTREAM_CORRELATION_ID = False
