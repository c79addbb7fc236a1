from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GroupBundlesConfig(AppConfig):
    name = "groupbundles"
    verbose_name = _("Group bundles")
