"""Browser contexts that one test after another uses: a new one costs more than all pages of most tests."""

from collections.abc import Callable

from playwright.sync_api import Browser, BrowserContext, Page

# How long something may take on a busy machine; nobody waits longer than it takes.
PATIENCE_MS = 30_000


class ContextShelf:
    """Hands out contexts without cookies, pages and rules; the next test that asks the same gets the same."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.free: dict[str, list[BrowserContext]] = {}
        self.used: list[tuple[str, BrowserContext]] = []
        self.listeners: list[tuple[BrowserContext, Callable[[Page], None]]] = []

    def take(self, *, init_script: str = "", **options: object) -> BrowserContext:
        """``init_script`` runs on each page before its own scripts."""
        key = repr((sorted(options.items(), key=lambda option: option[0]), hash(init_script)))
        free = self.free.setdefault(key, [])
        context = free.pop() if free else self._new(init_script, options)
        self.used.append((key, context))
        return context

    def _new(self, init_script: str, options: dict[str, object]) -> BrowserContext:
        context = self.browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        if init_script:
            context.add_init_script(init_script)
        return context

    def listen(self, context: BrowserContext, to_page: Callable[[Page], None]) -> None:
        """Call ``to_page`` for each page that opens, until the contexts are given back."""
        context.on("page", to_page)
        self.listeners.append((context, to_page))

    def clear(self) -> None:
        """Take back what was handed out, as if it were new."""
        for context, to_page in self.listeners:
            context.remove_listener("page", to_page)
        for key, context in self.used:
            for page in context.pages:
                page.close()
            context.unroute_all(behavior="ignoreErrors")
            context.set_offline(False)
            context.clear_cookies()
            context.clear_permissions()
            self.free[key].append(context)
        self.listeners, self.used = [], []
