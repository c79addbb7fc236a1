"""The project package and its foundation: settings, shell, tenancy, audit, jobs, operators.

It imports none of the apps; they plug in through their ``portal.py`` and through dotted names in the settings.
"""

from fleetportal.celery import app as celery_app

__all__ = ["celery_app"]
