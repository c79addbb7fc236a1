"""The site map. An app's pages are one ``include`` here; what they are called stands in its own ``urls.py``."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from fleetportal.shell import views as shell
from fleetportal.shell.health import healthz
from fleetportal.shell.styleguide import styleguide

# Staff sign in where everybody does: the admin's own form counts no wrong passwords.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", shell.dashboard, name="dashboard"),
    path("search/", shell.search_page, name="search"),
    path("menu/", shell.menu, name="menu"),
    path("shortcuts/", shell.shortcuts, name="shortcuts"),
    path("shortcuts/single-keys/", shell.set_single_keys, name="set_single_keys"),
    path("language/<str:code>/", shell.set_language, name="set_language"),
    path("theme/", shell.set_theme, name="set_theme"),
    path("healthz", healthz, name="healthz"),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("", include("fleetportal.notifications.urls")),
    path("jobs/", include("fleetportal.jobs.urls")),
    path("operator/", include("fleetportal.operators.urls")),
    path("sims/", include("sims.urls")),
    path("bundles/", include("groupbundles.urls")),
    path("", include("groupbundles.usage_urls")),
    path("", include("billing.urls")),
    path("tickets/", include("tickets.urls")),
    path("admin/", admin.site.urls),
    # Development only: both answer 404 when DEBUG is off.
    path("mailbox/", shell.mailbox, name="mailbox"),
    path("styleguide/", styleguide, name="styleguide"),
]

handler400 = shell.bad_request
handler403 = shell.permission_denied
handler404 = shell.page_not_found
handler500 = shell.server_error
