from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GroupBundlesConfig(AppConfig):
    name = "groupbundles"
    verbose_name = _("Group bundles")

    def ready(self) -> None:
        """Tell the SIM card app what it cannot import: the rest of a catalogue file."""
        from groupbundles.services.catalogue import take_over_bundles
        from sims.services.catalogue import also_read

        also_read(take_over_bundles)
