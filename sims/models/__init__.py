"""The catalogue a company may choose from, its SIM cards, lines and employees, and what it asked of the operator."""

from sims.models.barrings import BarringTemplate
from sims.models.bulk import BulkChange, BulkRow
from sims.models.calendar_feed import CalendarFeed
from sims.models.catalogue import PlanOption, TariffPlan
from sims.models.confirmations import SubscriberConfirmation
from sims.models.departures import Departure, DepartureItem, DepartureLine
from sims.models.drafts import LineDraft
from sims.models.esim import EsimHandover
from sims.models.history import LineFact
from sims.models.lanes import BulkLane
from sims.models.lines import (
    HIGHEST_ROAMING_LIMIT,
    HIGHEST_THIRD_PARTY_LIMIT,
    Line,
    LineOption,
    Sim,
    Subscriber,
)
from sims.models.notices import Notice
from sims.models.orders import Order, OrderTransition
from sims.models.policy import FleetPolicy
from sims.models.ports import PortBatch, PortInRequest, PortMandate
from sims.models.saved_views import SavedView
from sims.models.split_bill import SplitBillAssignment, SplitBillProfile

__all__ = [
    "HIGHEST_ROAMING_LIMIT",
    "HIGHEST_THIRD_PARTY_LIMIT",
    "BarringTemplate",
    "BulkChange",
    "BulkLane",
    "BulkRow",
    "CalendarFeed",
    "Departure",
    "DepartureItem",
    "DepartureLine",
    "EsimHandover",
    "FleetPolicy",
    "Line",
    "LineDraft",
    "LineFact",
    "LineOption",
    "Notice",
    "Order",
    "OrderTransition",
    "PlanOption",
    "PortBatch",
    "PortInRequest",
    "PortMandate",
    "SavedView",
    "Sim",
    "SplitBillAssignment",
    "SplitBillProfile",
    "Subscriber",
    "SubscriberConfirmation",
    "TariffPlan",
]
