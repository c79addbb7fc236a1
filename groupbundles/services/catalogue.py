"""Taking over the bundles of a contract from the catalogue's file: the list ``bundles`` beside plans and options."""

from typing import Any

from django.db import transaction

from accounts.models import Customer
from groupbundles.enums import BundleKind
from groupbundles.models import BundleOffer
from groupbundles.services.simulated import tell_simulator
from sims.services.catalogue import Part, rows

GIGABYTE = 10**9
MINUTE = 60


def take_over_bundles(file: Part, customer: Customer) -> dict[str, int]:
    """The contract's bundles as the file has them; one that it no longer names cannot be chosen any more.

    Raises ``CatalogueError`` with the place of what is wrong. A file without the list leaves them as they are.
    """
    if "bundles" not in file.data:
        return {}
    offers = rows(file.parts("bundles", "code"), BundleOffer, customer, "code", _fields)
    BundleOffer.objects.for_customer(customer).exclude(code__in=offers).update(is_available=False)
    transaction.on_commit(lambda: tell_simulator(customer))
    return {"bundles": len(offers)}


def _fields(part: Part) -> dict[str, Any]:
    kind = part.choice("kind", BundleKind.values)
    size = part.whole("size_gb") * GIGABYTE if kind == BundleKind.DATA else part.whole("size_minutes") * MINUTE
    return (
        part.names("name")
        | part.descriptions()
        | {
            "kind": kind,
            "size": size,
            "price_month": part.number("price_month"),
            "term_months": part.whole("term_months", default=0),
            "is_available": True,
        }
    )
