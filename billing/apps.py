from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        """Tell the SIM card app what it cannot import: what lines are billed, parts of file and demo."""
        from billing.queries.cost_split import billed_costs
        from billing.services.contract import take_over_contract
        from billing.services.demo import add_invoices
        from sims.demo import also_build
        from sims.queries.costs import also_billed
        from sims.services.catalogue import also_read

        also_billed(billed_costs)
        also_read(take_over_contract)
        also_build(add_invoices)
        # Makes the kinds of background work known to web and worker.
        import_module("billing.jobs")
        import_module("billing.cost_jobs")
