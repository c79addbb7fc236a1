"""The one address that a machine calls: the operator tells that something happened to an order."""

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from fleetportal.operators import services
from fleetportal.operators.contract import ContractError
from fleetportal.operators.registry import get_operator
from fleetportal.operators.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, is_genuine

MOST_BYTES = 64 * 1024

logger = structlog.get_logger(__name__)


@csrf_exempt
@require_POST
def receive_event(request: HttpRequest) -> HttpResponse:
    """204 for what was taken, now or before; 404 for an order that is not there (yet), so that it is sent again.

    Without a secret the address does not exist. The signature proves who calls: there is no session and no CSRF token.
    """
    if not settings.OPERATOR_CALLBACK_SECRET:
        return HttpResponse(status=404)
    if _announced_bytes(request) > MOST_BYTES:
        return HttpResponse(status=413)
    if not _is_signed(request):
        logger.warning("operator_event_refused")
        return HttpResponse(status=403)
    try:
        services.receive(get_operator().parse_event(request.body, request.headers))
    except ContractError as problem:
        logger.warning("operator_event_not_understood", problem=str(problem))
        return HttpResponse(status=400)
    except services.UnknownOrder as unknown:
        logger.warning("operator_event_unknown_order", order_id=str(unknown))
        return HttpResponse(status=404)
    return HttpResponse(status=204)


def _announced_bytes(request: HttpRequest) -> int:
    """No more than this is read: a body without a stated length counts as empty."""
    length = request.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else 0


def _is_signed(request: HttpRequest) -> bool:
    return is_genuine(
        settings.OPERATOR_CALLBACK_SECRET,
        timestamp=request.headers.get(TIMESTAMP_HEADER, ""),
        signature=request.headers.get(SIGNATURE_HEADER, ""),
        body=request.body,
        now=timezone.now(),
    )
