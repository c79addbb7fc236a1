"""The pages of paying: who may, what they say, where each step leads."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from segno import make

from accounts.models import AccountLimit, Membership
from accounts.permissions import Role
from billing.enums import PaymentState
from billing.models import Payment, SimulatedPayment
from tests import factories
from tests.payments.conftest import booked

pytestmark = pytest.mark.django_db

PAY = "/invoices/pay/"


@pytest.fixture
def client(alice, client_for):
    type(alice).objects.filter(pk=alice.pk).update(language="en")
    return client_for(alice)


def form(invoice, **fields):
    return {"method": "bancontact", "key": str(uuid4()), "total": f"{invoice.outstanding:.2f}"} | fields


def address(*invoices) -> str:
    return PAY + "?" + "&".join(f"invoice={invoice.public_id}" for invoice in invoices)


def the_payment(invoice) -> Payment:
    return Payment.objects.for_customer(invoice.customer_id).get()


def test_the_page_shows_what_is_due_and_how(mollie, client, invoice):
    text = client.get(address(invoice)).text
    assert "Pay €121.00" in text
    assert invoice.number in text
    assert "Go to Bancontact" in text
    assert "Show the transfer" in text
    assert "Pay later" not in text, "a method that needs more than a redirect"
    assert "Simulated payment" not in text


def test_without_naming_invoices_everything_due_is_paid_but_not_what_is_collected(mollie, client, invoice, noordkaai):
    collected = factories.InvoiceFactory(customer=noordkaai, is_direct_debit=True)
    text = client.get(PAY).text
    assert invoice.number in text
    assert collected.number not in text


def test_what_is_collected_is_paid_only_with_consent(mollie, client, noordkaai):
    collected = factories.InvoiceFactory(customer=noordkaai, is_direct_debit=True)
    page = client.get(address(collected)).text
    assert "pays twice" in page
    refused = client.post(address(collected), form(collected))
    assert refused.status_code == 422
    assert mollie.payments == {}
    assert client.post(address(collected), form(collected, twice="on")).status_code == 303


def test_a_method_above_its_limit_is_off_and_says_why(mollie, client, noordkaai):
    large = factories.InvoiceFactory(customer=noordkaai, net=Decimal(12_000), vat=0)
    large.refresh_from_db()
    assert "At most €10,000.00" in client.get(address(large)).text
    refused = client.post(address(large), form(large, method="creditcard"))
    assert refused.status_code == 422
    assert "does not go for this amount" in refused.text
    assert mollie.payments == {}


def test_paying_leads_to_the_payment_page_by_way_of_one_of_ours(mollie, client, invoice):
    started = client.post(address(invoice), form(invoice))
    payment = the_payment(invoice)
    assert (started.status_code, started.url) == (303, f"/payments/{payment.public_id}/continue/")
    onwards = client.get(started.url).text
    assert f'content="0;url={payment.checkout_url}"' in onwards


def test_an_unchosen_way_is_said_beside_the_choice(mollie, client, invoice):
    answer = client.post(address(invoice), form(invoice, method="gold"))
    assert answer.status_code == 422
    assert "Choose how you want to pay." in answer.text


def test_a_changed_amount_is_shown_again_instead_of_paid(mollie, client, invoice):
    sent = form(invoice)
    invoice.credited = 20
    invoice.save()
    answer = client.post(address(invoice), sent)
    assert answer.status_code == 422
    assert "has changed meanwhile" in answer.text
    assert mollie.payments == {}


def test_large_amounts_ask_for_the_password(mollie, client, invoice, settings):
    settings.PAYMENT_STEP_UP_AMOUNT = Decimal(121)
    assert client.post(address(invoice), form(invoice)).url.startswith("/accounts/reauthenticate/")
    assert mollie.payments == {}
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    assert client.post(address(invoice), form(invoice)).status_code == 303
    assert len(mollie.payments) == 1


def test_while_one_is_under_way_the_page_leads_to_it(mollie, client, invoice):
    client.post(address(invoice), form(invoice))
    payment = the_payment(invoice)
    assert "Continue or cancel it" in client.get(address(invoice)).text
    again = client.post(address(invoice), form(invoice))
    assert again.url == f"/payments/{payment.public_id}/"
    assert len(mollie.payments) == 1


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("paid", "€121.00 paid"),
        ("failed", "Payment failed"),
        ("canceled", "Payment cancelled"),
        ("expired", "Payment expired"),
        ("pending", "We are waiting for your bank"),
        ("open", "Not paid yet"),
    ],
)
def test_the_page_one_comes_back_to_says_how_it_stands(mollie, client, invoice, status, says):
    client.post(address(invoice), form(invoice))
    payment = the_payment(invoice)
    mollie.pay(payment.gateway_reference) if status == "paid" else mollie.end(payment.gateway_reference, status)
    back = reverse("payment_return", args=[payment.public_id])
    assert "Not paid yet" in client.get(back).text, "the redirect alone proves nothing"
    client.post(reverse("payment_check", args=[payment.public_id]))
    assert says in client.get(back).text


def test_the_page_looks_by_itself_until_it_is_known(mollie, client, invoice):
    client.post(address(invoice), form(invoice))
    payment = the_payment(invoice)
    check, htmx = reverse("payment_check", args=[payment.public_id]), {"HX-Request": "true"}
    waiting = client.post(check, {"looks": "3"}, headers=htmx)
    assert 'id="look-4"' in waiting.text
    assert "hx-trigger" not in client.post(check, {"looks": "200"}, headers=htmx).text
    mollie.faults.append("500")
    assert client.post(check, headers=htmx).status_code == 200
    mollie.pay(payment.gateway_reference)
    assert client.post(check, headers=htmx).headers["HX-Redirect"] == f"/payments/{payment.public_id}/"


def test_a_payment_that_got_no_answer_goes_on_from_the_page_that_waits(mollie, client, invoice):
    client.get(address(invoice))
    mollie.faults.append("after")
    started = client.post(address(invoice), form(invoice))
    payment = the_payment(invoice)
    assert started.url == f"/payments/{payment.public_id}/"
    assert "being prepared" in client.get(started.url).text
    looked = client.post(reverse("payment_check", args=[payment.public_id]), headers={"HX-Request": "true"})
    assert looked.headers["HX-Redirect"] == f"/payments/{payment.public_id}/continue/"
    assert len(mollie.payments) == 1


def test_cancelling_from_the_page_frees_the_invoice(mollie, client, invoice):
    client.post(address(invoice), form(invoice, method="creditcard"))
    payment = the_payment(invoice)
    client.post(reverse("payment_cancel", args=[payment.public_id]))
    payment.refresh_from_db()
    assert payment.state == PaymentState.CANCELLED
    assert "Pay again" in client.get(reverse("payment_return", args=[payment.public_id])).text


def test_without_an_answer_of_the_service_there_is_still_the_transfer(mollie, client, invoice):
    mollie.faults.append("500")
    text = client.get(address(invoice)).text
    assert "does not answer at the moment" in text
    assert "Show the transfer" in text


def test_a_transfer_is_shown_per_invoice(client, noordkaai, settings):
    settings.PAYMENT_GATEWAY = "none"
    first, second = (
        factories.InvoiceFactory(customer=noordkaai, reference=ref) for ref in ("123456789002", "Free text")
    )
    assert "Go to Bancontact" not in client.get(address(first, second)).text
    led = client.post(address(first, second), {"method": "transfer", "key": str(uuid4()), "total": "242.00"})
    assert led.url == f"/invoices/pay/transfer/?invoice={first.public_id}&invoice={second.public_id}"
    text = client.get(led.url).text
    assert "+++123/4567/89002+++" in text
    assert "Free text" in text
    assert "BE71 0961 2345 6769" in text
    assert text.count('class="qr"') >= 2


def test_the_code_of_a_transfer_is_what_banking_apps_read():
    from billing.transfers import epc_qr

    lines = ["BCD", "002", "1", "SCT", "", "Noordzee Mobiel NV", "BE71096123456769", "EUR121", "", ""]
    wanted = make("\n".join([*lines, "+++123/4567/89002+++"]), error="m", boost_error=False, micro=False)
    drawn = epc_qr("Noordzee Mobiel NV", "BE71096123456769", Decimal("121.00"), "+++123/4567/89002+++")
    assert drawn == wanted.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None)


# — whose invoices —


def limited(user, account):
    """From now on this person sees one billing account."""
    membership = Membership.objects.across_customers(reason="a test limits one of the cast").get(user=user)
    Membership.objects.across_customers(reason="a test limits one of the cast").filter(pk=membership.pk).update(
        role=Role.BILLING
    )
    AccountLimit.objects.create(customer=membership.customer, membership=membership, billing_account=account)


def test_a_billing_manager_pays_only_what_he_may_see(mollie, client, invoice, alice, noordkaai):
    hidden = factories.InvoiceFactory(customer=noordkaai)
    limited(alice, invoice.billing_account)
    assert hidden.number not in client.get(PAY).text
    assert client.get(address(hidden)).status_code == 404
    assert client.post(address(invoice, hidden), form(invoice)).status_code == 404
    assert client.get(f"/invoices/pay/transfer/?invoice={hidden.public_id}").status_code == 404
    assert client.post(address(invoice), form(invoice)).status_code == 303


def test_a_payment_of_hidden_invoices_is_not_there_for_a_billing_manager(
    mollie, client, invoice, alice, noordkaai, started
):
    hidden = factories.InvoiceFactory(customer=noordkaai)
    payment = started(invoice, hidden)
    limited(alice, invoice.billing_account)
    for name in ("payment_return", "payment_continue"):
        assert client.get(reverse(name, args=[payment.public_id])).status_code == 404
    for name in ("payment_check", "payment_cancel"):
        assert client.post(reverse(name, args=[payment.public_id])).status_code == 404


def test_more_than_was_asked_is_said(mollie, client, invoice, started):
    payment = started(invoice)
    invoice.credited = Decimal(21)
    invoice.save()
    mollie.pay(payment.gateway_reference)
    client.post(reverse("payment_check", args=[payment.public_id]))
    assert "more than it asks for" in client.get(reverse("payment_return", args=[payment.public_id])).text


def test_many_transfers_come_without_codes(client, noordkaai):
    for _n in range(9):
        factories.InvoiceFactory(customer=noordkaai)
    text = client.get("/invoices/pay/transfer/").text
    assert text.count("BE71 0961 2345 6769") == 18, "shown, and to be copied"
    assert '<svg class="qr' not in text


def test_another_company_s_invoice_cannot_be_named(mollie, client, zuidpark):
    theirs = factories.InvoiceFactory(customer=zuidpark)
    assert client.get(address(theirs)).status_code == 404
    assert client.post(address(theirs), form(theirs)).status_code == 404
    assert client.get(f"{PAY}?invoice=not-an-id").status_code == 404


# — the simulated payment service —


@pytest.mark.parametrize(
    ("result", "state"),
    [
        ("paid", PaymentState.PAID),
        ("later", PaymentState.PENDING),
        ("failed", PaymentState.FAILED),
        ("cancelled", PaymentState.CANCELLED),
    ],
)
def test_the_simulated_bank_answers_as_one_chooses(client, invoice, settings, result, state):
    settings.PAYMENT_GATEWAY = "simulated"
    assert "Simulated payment" in client.get(address(invoice)).text
    started = client.post(address(invoice), form(invoice), follow=True)
    assert "No money moves" in started.text
    payment = the_payment(invoice)
    page = payment.checkout_url
    back = client.post(page, {"result": result})
    assert back.url.endswith(f"/payments/{payment.public_id}/")
    payment.refresh_from_db()
    assert payment.state == state
    assert booked(invoice) == ([Decimal("121.00")] if result == "paid" else [])
    client.post(page, {"result": "paid"})
    payment.refresh_from_db()
    assert payment.state == state, "the bank answers once"


def test_paid_later_becomes_paid_by_itself(client, invoice, settings):
    settings.PAYMENT_GATEWAY, settings.SIMULATED_PAYMENT_SECONDS = "simulated", 0
    client.post(address(invoice), form(invoice))
    payment = the_payment(invoice)
    client.post(payment.checkout_url, {"result": "later"})
    client.post(reverse("payment_check", args=[payment.public_id]))
    assert booked(invoice) == [Decimal("121.00")]


def test_the_simulated_page_is_for_the_company_that_pays(client, invoice, zuidpark, charlie, client_for, settings):
    settings.PAYMENT_GATEWAY = "simulated"
    client.post(address(invoice), form(invoice))
    page = SimulatedPayment.objects.get().reference
    other = client_for(charlie)
    assert other.get(f"/payments/simulated/{page}/").status_code == 404
    assert other.post(f"/payments/simulated/{page}/", {"result": "paid"}).status_code == 404
    assert booked(invoice) == []
