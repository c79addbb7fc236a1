from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "fleetportal.audit"
    label = "audit"
