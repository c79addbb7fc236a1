"""Taking over the contract from the catalogue's file: the object ``contract`` beside plans and options."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Customer
from billing.models import Contract
from sims.services.catalogue import Part


def take_over_contract(file: Part, customer: Customer) -> dict[str, int]:
    """Number, term and contact as the file has them; a file without the object leaves them as they are.

    Raises ``CatalogueError`` with the place of what is wrong.
    """
    if "contract" not in file.data:
        return {}
    part = Part(file.data["contract"], "contract")
    contract = Contract.objects.for_customer(customer).first() or Contract(customer=customer)
    for name, value in _fields(part).items():
        setattr(contract, name, value)
    try:
        contract.clean_fields(exclude=["customer"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise part.fail(field, messages[0]) from error
    if contract.starts_on and contract.ends_on and contract.ends_on < contract.starts_on:
        raise part.fail("ends_on", _("the contract ends before it starts"))
    contract.save()
    return {"contract": 1}


def _fields(part: Part) -> dict[str, Any]:
    texts = {name: part.text(name, default="") for name in ("contact_name", "contact_email", "contact_phone")}
    return texts | {
        "number": part.text("number"),
        "starts_on": part.day("starts_on"),
        "ends_on": part.day("ends_on"),
        "notice_months": part.whole("notice_months", default=0),
    }
