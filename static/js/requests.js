/* What happens around HTMX 4 requests: busy bar, failures, focus, announcements, toasts. The names of its events and
   the shape of their details appear only here. */
(() => {
  const { $, $$, announce, armToasts, fail, openDialog, openMenu, openWide, refreshSelection, texts } = window.fleet;
  const dialog = $("#dialog");
  const bar = $("#bar");
  let running = 0;

  function busy(change) {
    running = Math.max(0, running + change);
    bar.toggleAttribute("data-on", running > 0);
  }

  /* What is asked for by itself in the background (data-poll="quiet") shows no bar, tells no failure and leaves no page:
     what somebody is typing is worth more than a number that is old. */
  const isQuiet = (event) => event.detail.ctx?.sourceElement?.dataset?.poll === "quiet";

  document.addEventListener("htmx:before:request", (event) => isQuiet(event) || busy(1));
  document.addEventListener("htmx:finally:request", (event) => isQuiet(event) || busy(-1));
  document.addEventListener("htmx:before:response", (event) => {
    if (isQuiet(event) && event.detail.ctx.response.status !== 200) event.preventDefault();
  });

  /* A polled part ([data-poll]) waits while nobody looks and goes on by its "resume" trigger. */
  document.addEventListener("htmx:config:request", (event) => {
    const source = event.detail.ctx.sourceElement;
    if (!document.hidden || !("poll" in (source?.dataset ?? {}))) return;
    source.dataset.waiting = "";
    event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const part of $$("[data-waiting]")) {
      delete part.dataset.waiting;
      part.dispatchEvent(new Event("resume"));
    }
  });

  /* A server error never lands inside a fragment: the page stays, the user is told. */
  document.addEventListener("htmx:before:swap", (event) => {
    if (event.detail.ctx.response?.status < 500) return;
    event.preventDefault();
    fail("server");
  });
  document.addEventListener("htmx:error", (event) => isQuiet(event) || fail(navigator.onLine ? "timeout" : "offline"));

  function focusErrors() {
    const errors = $("#errors");
    if (!errors || "seen" in errors.dataset) return;
    errors.dataset.seen = "";
    errors.focus();
    const prefix = `${texts().errorPrefix} `;
    // HTMX sets the new title after this event.
    setTimeout(() => {
      if (!document.title.startsWith(prefix)) document.title = prefix + document.title;
    });
  }

  /* A select that was used keeps its choice when its options are morphed: the answer says what is chosen now. */
  function settleFilters() {
    for (const select of $$("select.js-filter")) {
      if (select === document.activeElement) continue;
      select.selectedIndex = Math.max(0, [...select.options].findIndex((option) => option.defaultSelected));
    }
  }

  /* The menu of a row stands below the address of its line, which the row says already. */
  document.addEventListener("click", (event) => {
    const source = event.target.closest("[data-menu] [aria-haspopup=menu]");
    const line = source && $("a.t-main", source.closest("tr"));
    if (line) window.htmx.ajax("GET", `${line.pathname}menu/`, { source, target: "#rowmenu" });
  });

  document.addEventListener("htmx:after:swap", (event) => {
    const { target, sourceElement } = event.detail.ctx;
    // After HX-Retarget the target is a selector; after an outer swap it is the element that left.
    const now = typeof target === "string" ? $(target) : target?.id ? document.getElementById(target.id) : target;
    if (now && (now === dialog || dialog.contains(now))) {
      if (dialog.childElementCount) openDialog(dialog, sourceElement);
      $("[autofocus],#dialog-title", dialog)?.focus();
    }
    const menu = sourceElement?.closest?.("[data-menu] [aria-haspopup=menu]")?.closest("[data-menu]").dataset.menu;
    if (menu) openMenu($(`#${menu}`), sourceElement);
    if (now?.dataset?.announce) announce(now.dataset.announce);
    focusErrors();
    startAtHeading(now);
    openWide();
    armToasts();
    refreshSelection();
    settleFilters();
  });

  /* A new step or tab starts at its heading, unless the focus survived the swap; so does a part with data-refocus, from
     which the button that was pressed may be gone. The address changes before the swap. */
  let hasMoved = false;
  document.addEventListener("htmx:after:history:push", () => (hasMoved = true));

  function startAtHeading(part) {
    const heading = $("main h1");
    const focused = document.activeElement;
    if (!hasMoved && !("refocus" in (part?.dataset ?? {}))) return;
    hasMoved = false;
    if (!heading || (focused && focused !== document.body && focused.isConnected)) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
})();
