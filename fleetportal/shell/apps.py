from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShellConfig(AppConfig):
    name = "fleetportal.shell"
    label = "shell"
    verbose_name = _("Portal")

    def ready(self) -> None:
        from fleetportal.shell import registry

        registry.discover()
