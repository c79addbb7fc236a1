"""The pages about SIM cards and lines, in the order a fleet manager meets them."""

from django.urls import path

from sims.views import activation, changes, exports, imports, line, lines, orders, stock, wizard

urlpatterns = [
    path("", lines.sim_list, name="sim_list"),
    path("stock/", stock.sim_stock, name="sim_stock"),
    path("columns/", lines.sim_columns, name="sim_columns"),
    path("export/", exports.sim_export, name="sim_export"),
    path("import/", imports.import_fleet, name="import_fleet"),
    path("import/template/<str:language>/", imports.import_template, name="import_template"),
    path("import/<uuid:job_id>/", imports.import_job, name="import_job"),
    path("import/<uuid:job_id>/columns/", imports.import_columns, name="import_columns"),
    path("import/<uuid:job_id>/start/", imports.import_start, name="import_start"),
    path("views/new/", lines.saved_view_add, name="saved_view_add"),
    path("views/<uuid:public_id>/delete/", lines.saved_view_delete, name="saved_view_delete"),
    path("new/", wizard.sim_add, name="sim_add"),
    path("new/card/", wizard.sim_add_card, name="sim_add_card"),
    path("new/employees/", wizard.sim_add_employees, name="sim_add_employees"),
    path("new/options/", wizard.sim_add_options, name="sim_add_options"),
    path("new/<uuid:draft_id>/<int:number>/", wizard.sim_add_step, name="sim_add_step"),
    path("new/<uuid:draft_id>/delete/", wizard.sim_add_delete, name="sim_add_delete"),
    path("orders/<uuid:order_id>/reschedule/", orders.order_reschedule, name="order_reschedule"),
    path("orders/<uuid:order_id>/cancel/", orders.order_cancel, name="order_cancel"),
    path("orders/<uuid:order_id>/undo/", orders.order_undo, name="order_undo"),
    path("orders/<uuid:order_id>/approve/", orders.order_approve, name="order_approve"),
    path("orders/<uuid:order_id>/decline/", orders.order_decline, name="order_decline"),
    path("<uuid:public_id>/block/", changes.line_block, name="line_block"),
    path("<uuid:public_id>/unblock/", changes.line_unblock, name="line_unblock"),
    path("<uuid:public_id>/activate/", activation.line_activate, name="line_activate"),
    path("<uuid:public_id>/", line.line_detail, name="line_detail"),
    path("<uuid:public_id>/status/", line.line_status, name="line_status"),
    path("<uuid:public_id>/menu/", lines.line_menu, name="line_menu"),
]
