"""What is expected of every URL of the portal. A new URL fails the build until it stands here."""

from collections.abc import Callable

from accounts.permissions import Permission
from tests.architecture.world import Belongings, Page

# Pages of libraries that have walls and tests of their own.
NOT_OURS = {
    "admin:": "Django admin, for the operator's staff only",
    "account_": "django-allauth; tests/accounts/test_sign_in.py visits them",
}

VIEW, MANAGE = Permission.VIEW_LINES, Permission.MANAGE_LINES
ASK = Permission.REQUEST_CHANGES
BILLS = Permission.VIEW_INVOICES
IMPORT, EXPORT = Permission.IMPORT_FLEET, Permission.EXPORT_FLEET
FORM = ("GET", "POST")
POST = ("POST",)

PUBLIC, MEMBER, SIGNED_IN = "public", "", None


def of(name: str, key: str = "", **fixed: object) -> Callable[[Belongings], dict]:
    """URL arguments from one belonging: ``of("line")`` is its public id, ``of("job", "job_id")`` its primary key."""

    def arguments(owned: Belongings) -> dict:
        thing = getattr(owned, name)
        found = getattr(thing, "public_id", thing.pk)
        return {key or "public_id": found, **fixed}

    return arguments


PAGES: dict[str, Page] = {
    "dashboard": Page(MEMBER),
    "search": Page(MEMBER, query="?q=sofie"),
    "menu": Page(MEMBER),
    "shortcuts": Page(MEMBER),
    "set_single_keys": Page(MEMBER, methods=POST),
    "set_language": Page(PUBLIC, fixed={"code": "fr"}),
    "set_theme": Page(PUBLIC, methods=POST),
    "healthz": Page(PUBLIC),
    "operator_events": Page(PUBLIC, methods=POST, answers=(404,)),
    "mailbox": Page(PUBLIC, answers=(404,)),
    "styleguide": Page(PUBLIC, answers=(404,)),
    # People and companies
    "people": Page(Permission.VIEW_PEOPLE),
    "invite": Page(Permission.MANAGE_PEOPLE, methods=FORM),
    "invitation_resend": Page(Permission.MANAGE_PEOPLE, of("invitation", "invitation_id"), POST),
    "invitation_revoke": Page(Permission.MANAGE_PEOPLE, of("invitation", "invitation_id"), FORM),
    "invitation": Page(PUBLIC, fixed={"token": "not-a-token"}, methods=FORM),
    "invitation_ask": Page(PUBLIC, fixed={"token": "not-a-token"}, methods=POST, answers=(429,)),
    "invitation_asked": Page(PUBLIC),
    "profile": Page(SIGNED_IN, methods=FORM),
    "companies": Page(SIGNED_IN),
    "company_switch": Page(SIGNED_IN, methods=POST, answers=(404,)),
    # Notifications
    "notification_list": Page(MEMBER, query="?show=unread"),
    "notification_bell": Page(MEMBER),
    "notification_open": Page(MEMBER, of("notification"), POST, is_personal=True),
    "notification_read": Page(MEMBER, of("notification"), POST, is_personal=True),
    "notification_read_all": Page(MEMBER, methods=POST),
    "notification_settings": Page(MEMBER, methods=FORM),
    # Background work
    "job_list": Page(VIEW),
    "job": Page(VIEW, of("job", "job_id")),
    "job_result": Page(VIEW, of("job", "job_id")),
    # SIM cards and lines
    "sim_list": Page(VIEW),
    "sim_stock": Page(VIEW),
    "sim_columns": Page(VIEW, methods=POST),
    "sim_export": Page(EXPORT, methods=FORM),
    "import_fleet": Page(IMPORT, methods=FORM),
    "import_template": Page(IMPORT, fixed={"language": "nl"}),
    "import_job": Page(IMPORT, of("check", "job_id")),
    "import_columns": Page(IMPORT, of("check", "job_id"), FORM),
    "import_start": Page(IMPORT, of("check", "job_id"), POST),
    "saved_view_add": Page(VIEW, methods=FORM),
    "saved_view_delete": Page(VIEW, of("saved_view"), FORM, is_personal=True),
    "sim_add": Page(MANAGE),
    "sim_add_card": Page(MANAGE, query="?iccid=8932"),
    "sim_add_employees": Page(ASK, query="?q=sofie"),
    "sim_add_options": Page(MANAGE),
    "sim_add_step": Page(MANAGE, of("draft", "draft_id", number=1), FORM, is_personal=True),
    "sim_add_delete": Page(MANAGE, of("draft", "draft_id"), FORM, is_personal=True),
    "order_reschedule": Page(ASK, of("order", "order_id"), FORM, answers=(403,)),
    "order_cancel": Page(ASK, of("order", "order_id"), FORM, answers=(403,)),
    "line_choose": Page(ASK, fixed={"task": "block"}),
    "request_list": Page(VIEW, query="?view=all"),
    "planning": Page(VIEW, query="?view=month"),
    "planning_move": Page(MANAGE, methods=FORM),
    "planning_cancel": Page(MANAGE, methods=FORM),
    "calendar_feed_open": Page(VIEW, methods=FORM),
    "calendar_feed_close": Page(VIEW, methods=POST),
    "calendar_feed": Page(PUBLIC, fixed={"token": "not-a-token"}, answers=(404,)),
    "order_undo": Page(ASK, of("order", "order_id"), POST, answers=(403,)),
    "order_approve": Page(MANAGE, of("order", "order_id"), POST),
    "order_decline": Page(MANAGE, of("order", "order_id"), FORM),
    "barring_templates": Page(MANAGE),
    "barring_template_add": Page(MANAGE, methods=FORM),
    "barring_template_edit": Page(MANAGE, of("barring_template"), FORM),
    "barring_template_remove": Page(MANAGE, of("barring_template"), FORM),
    "line_plan": Page(ASK, of("line"), FORM),
    "line_barrings": Page(ASK, of("line"), FORM),
    "bulk_list": Page(VIEW),
    "bulk_new": Page(ASK, fixed={"change": "block"}, methods=FORM),
    "bulk_preview": Page(ASK, fixed={"change": "block"}, methods=POST),
    "bulk_upload": Page(ASK, fixed={"change": "plan"}, methods=FORM),
    "bulk_template": Page(ASK, fixed={"change": "plan", "language": "nl"}),
    "bulk_detail": Page(VIEW, of("bulk", "bulk_id")),
    "bulk_watch": Page(VIEW, of("bulk", "bulk_id")),
    "bulk_apply": Page(ASK, of("bulk", "bulk_id"), POST, answers=(403,)),
    "bulk_drop": Page(ASK, of("bulk", "bulk_id"), POST, answers=(403,)),
    "bulk_cancel": Page(ASK, of("bulk", "bulk_id"), FORM, answers=(403,)),
    "bulk_retry": Page(ASK, of("bulk", "bulk_id"), POST, answers=(403,)),
    "bulk_approve": Page(MANAGE, of("bulk", "bulk_id"), POST),
    "bulk_decline": Page(MANAGE, of("bulk", "bulk_id"), FORM),
    "bulk_export": Page(EXPORT, of("bulk", "bulk_id"), POST),
    "line_swap": Page(ASK, of("line"), FORM, answers=(401,)),
    "line_swap_check": Page(ASK, of("line"), POST),
    "line_card_lock": Page(MANAGE, of("line"), POST, answers=(401,)),
    "line_esim": Page(MANAGE, of("esim_line"), FORM, answers=(401,)),
    "line_esim_send": Page(MANAGE, of("esim_line"), POST, answers=(401,)),
    "fleet_policy": Page(Permission.MANAGE_POLICY, methods=FORM, answers=(401,)),
    "notice": Page(PUBLIC, fixed={"token": "not-a-token"}, methods=FORM, answers=(429,)),
    "esim_open": Page(PUBLIC, fixed={"token": "not-a-token"}, methods=FORM, answers=(429,)),
    "line_transfer": Page(ASK, of("line"), FORM),
    "employee_list": Page(VIEW, query="?q=sofie"),
    "employees_remind": Page(MANAGE, methods=POST),
    "subscriber_edit": Page(ASK, of("employee"), FORM),
    "subscriber_remind": Page(MANAGE, of("employee"), POST),
    "change_withdraw": Page(ASK, of("question_to"), POST, answers=(403,)),
    "my_details": Page(PUBLIC, fixed={"token": "not-a-token"}, methods=FORM),
    "my_details_thanks": Page(PUBLIC),
    "line_block": Page(ASK, of("line"), FORM),
    "line_unblock": Page(ASK, of("line"), FORM),
    "departure_list": Page(VIEW),
    "departure": Page(VIEW, of("departure")),
    "departure_move": Page(ASK, of("departure"), FORM),
    "departure_cancel": Page(ASK, of("departure"), FORM),
    "departure_approve": Page(MANAGE, of("departure"), POST),
    "departure_paper": Page(VIEW, of("departure")),
    "departure_tick": Page(MANAGE, of("departure_item"), POST),
    "number_asked_back": Page(MANAGE, of("departure_line"), FORM),
    "number_letter": Page(VIEW, of("departure_line")),
    "transfer_data": Page(MANAGE, of("departure_line"), FORM),
    "line_leave": Page(ASK, of("line"), FORM),
    "leave_discard": Page(ASK, of("line"), POST),
    "leave_question": Page(ASK, of("line", question="number"), FORM),
    "line_end": Page(ASK, of("line"), FORM),
    "line_limits": Page(ASK, of("line"), FORM),
    "line_roaming": Page(ASK, of("line"), FORM),
    "line_billing": Page(ASK, of("line"), FORM),
    "line_cost_centre": Page(MANAGE, of("line"), FORM),
    "line_split_bill": Page(ASK, of("line"), FORM),
    "split_bill_list": Page(VIEW),
    "split_bill_add": Page(MANAGE, methods=FORM),
    "split_bill_rename": Page(MANAGE, of("split_bill_profile"), FORM),
    "split_bill_replace": Page(MANAGE, of("split_bill_profile"), FORM),
    "split_bill_retire": Page(MANAGE, of("split_bill_profile"), FORM),
    "port_start": Page(ASK),
    "port_people": Page(ASK, query="?row-0-employee=sofie"),
    "port_question": Page(ASK, of("port_draft", "batch_id", question="lines"), FORM, is_personal=True),
    "port_delete": Page(ASK, of("port_draft", "batch_id"), FORM, is_personal=True),
    "port_batch": Page(VIEW, of("port_batch", "batch_id")),
    "port_batch_mandate": Page(MANAGE, of("port_batch", "batch_id")),
    "port_batch_scan": Page(MANAGE, of("port_batch", "batch_id")),
    "port_batch_scan_add": Page(MANAGE, of("port_batch", "batch_id"), FORM),
    "port_approve": Page(MANAGE, of("port_batch", "batch_id"), POST),
    "port_decline": Page(MANAGE, of("port_batch", "batch_id"), FORM),
    "port_stop": Page(ASK, of("port_batch", "batch_id"), FORM, answers=(403,)),
    "port_correct": Page(MANAGE, of("port_line"), FORM),
    "port_mandate": Page(MANAGE, of("port_line")),
    "port_scan": Page(MANAGE, of("port_line")),
    "port_scan_add": Page(MANAGE, of("port_line"), FORM),
    "port_claim": Page(MANAGE, of("port_line"), FORM, answers=(409,)),
    "line_activate": Page(MANAGE, of("new_line"), FORM),
    "line_detail": Page(VIEW, of("line")),
    # Usage
    "company_usage": Page(VIEW),
    "company_usage_export": Page(EXPORT, methods=POST),
    "usage_settings": Page(Permission.MANAGE_POLICY, methods=FORM, answers=(401,)),
    "line_usage_export": Page(EXPORT, of("line"), POST),
    "line_usage_records": Page(Permission.VIEW_USAGE_RECORDS, of("line"), FORM),
    "line_history": Page(VIEW, of("line"), FORM, query="?on=2026-01-31"),
    "number_history": Page(VIEW, methods=FORM, query="?number=0468+12+34+56"),
    "line_timeline_export": Page(EXPORT, of("line"), POST),
    "line_status": Page(VIEW, of("line")),
    "line_menu": Page(VIEW, of("line")),
    # Group bundles
    "alert_rules": Page(VIEW, methods=FORM, answers=(403,)),
    "alert_switch": Page(MANAGE, methods=POST),
    "alert_list": Page(VIEW, query="?month=2026-11"),
    "alert_export": Page(EXPORT, methods=POST),
    "line_alerts": Page(MANAGE, of("line"), FORM),
    "bundle_list": Page(VIEW),
    "bundle_new": Page(ASK, methods=FORM),
    "bundle_detail": Page(VIEW, of("bundle")),
    "bundle_users": Page(VIEW, of("bundle")),
    "bundle_usage_export": Page(EXPORT, of("bundle"), POST),
    "bundle_status": Page(VIEW, of("bundle")),
    "bundle_change": Page(ASK, of("bundle"), FORM),
    "bundle_end": Page(ASK, of("bundle"), FORM),
    # Contract and costs
    "contract": Page(VIEW, query="?q=mobile"),
    "bundle_members": Page(EXPORT, of("bundle"), POST),
    # Invoices
    "invoice_list": Page(BILLS, query="?q=2790"),
    "invoice_export": Page(BILLS, methods=POST),
    "invoice_detail": Page(BILLS, of("invoice")),
    "invoice_lines_export": Page(BILLS, of("invoice"), POST),
    "invoice_ubl": Page(BILLS, of("invoice"), POST),
}
