"""The shell's own contributions: the dashboard itself."""

from django.utils.translation import gettext_lazy as _

from fleetportal.shell.registry import OVERVIEW, NavItem

navigation = [NavItem(_("Overview"), "home", "dashboard", OVERVIEW, order=0, tab=1, key="o")]
