from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GroupBundlesConfig(AppConfig):
    name = "groupbundles"
    verbose_name = _("Group bundles")

    def ready(self) -> None:
        """Tell the SIM card app what it cannot import: kinds of order, the end of a line, parts of file and demo."""
        from groupbundles.membership import leave_with_its_line
        from groupbundles.orders import change, end, new
        from groupbundles.services.catalogue import take_over_bundles
        from groupbundles.services.demo import add_bundles
        from groupbundles.services.demo_alerts import add_alerts
        from groupbundles.services.demo_usage import add_usage
        from sims.demo import also_build, also_fill
        from sims.orders.follow_ups import when_a_line_ends
        from sims.orders.kinds import register
        from sims.services.catalogue import also_read

        for module in (new, change, end):
            register(module.KIND)
        when_a_line_ends(leave_with_its_line)
        also_read(take_over_bundles)
        also_build(add_bundles)
        also_build(add_alerts)
        also_fill(add_usage)
        # Makes the kinds of background work known to web and worker.
        import_module("groupbundles.jobs")
