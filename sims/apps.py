from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SimsConfig(AppConfig):
    name = "sims"
    verbose_name = _("SIM cards and lines")

    def ready(self) -> None:
        # Makes the kinds of background work known to web and worker.
        import_module("sims.jobs")
        import_module("sims.bulk_jobs")
