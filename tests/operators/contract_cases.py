"""Orders as the portal sends them, for tests of any adapter."""

import itertools
import uuid

from stdnum import luhn

from fleetportal.operators.contract import OrderAction, OrderRequest, PortInDetails

_numbers = itertools.count(5_000_000)


def card(ending: str = "") -> str:
    """A Belgian SIM number nobody has used; ``ending`` stands before the check digit."""
    number = f"{next(_numbers):012d}"
    body = f"893205{number[len(ending) :]}{ending}"
    return body + luhn.calc_check_digit(body)


def activation(**fields: object) -> OrderRequest:
    values = {
        "external_id": uuid.uuid4(),
        "action": OrderAction.ACTIVATE,
        "customer_reference": "0403019261",
        "iccid": card(),
        "plan_code": "MOB-PRO",
        "option_codes": ("INTL",),
    }
    return OrderRequest(**(values | fields))


def transfer(*, number: str = "+32470123456", iccid: str = "", **details: object) -> OrderRequest:
    values = {
        "donor": "Proximus",
        "is_prepaid": False,
        "donor_customer_number": "600123456",
        "donor_iccid": "",
        "holder_name": "Noordkaai Logistics NV",
        "holder_enterprise_number": "0403019261",
    }
    return activation(
        action=OrderAction.PORT_IN,
        number=number,
        iccid=iccid or card(),
        port_in=PortInDetails(**(values | details)),
    )
