from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    name = "fleetportal.operators"
    label = "operators"
