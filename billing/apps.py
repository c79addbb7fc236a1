from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        """Tell the SIM card app what it cannot import: parts of file and demo."""
        from billing.services.contract import take_over_contract
        from sims.services.catalogue import also_read

        also_read(take_over_contract)
        # Makes the kinds of background work known to web and worker.
        import_module("billing.jobs")
        import_module("billing.cost_jobs")
