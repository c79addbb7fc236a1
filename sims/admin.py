"""Staff pages of the SIM card app, gathered where Django looks for them; each topic has a module of its own."""

from sims import admin_fleet, admin_orders

__all__ = ["admin_fleet", "admin_orders"]
