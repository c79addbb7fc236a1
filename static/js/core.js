/* Shared by the other scripts: finding elements, speaking to screen readers, small page-wide behaviour.
   Progressive enhancement only: every link and form works without these files. No inline handlers, no eval (CSP). */
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  /* Texts are translated by the server and stand as data attributes in a template. */
  const texts = () => $("#client-texts").content.firstElementChild.dataset;

  function announce(text) {
    const live = $("#live");
    live.textContent = "";
    setTimeout(() => (live.textContent = text), 60);
  }

  /* Errors that only the browser sees stay until they are closed. */
  function fail(kind) {
    const toast = $("#client-texts").content.firstElementChild.cloneNode(true);
    $("span", toast).textContent = texts()[kind];
    $$("#toasts [data-tone=bad]").forEach((old) => old.remove());
    $("#toasts").append(toast);
  }

  /* Toasts leave after their time, which stands still while they are hovered or focused. */
  function armToasts() {
    for (const toast of $$("[data-toast]:not([data-armed])")) {
      toast.dataset.armed = "";
      let left = Number(toast.dataset.toast);
      let startedAt;
      let timer;
      const go = () => {
        startedAt = Date.now();
        timer = setTimeout(() => toast.remove(), left);
      };
      const stop = () => {
        clearTimeout(timer);
        left -= Date.now() - startedAt;
      };
      toast.addEventListener("pointerenter", stop);
      toast.addEventListener("pointerleave", go);
      toast.addEventListener("focusin", stop);
      toast.addEventListener("focusout", go);
      go();
    }
  }

  /* Buttons that only a script can answer. */
  function offerPrint() {
    $$("[data-print]").forEach((button) => (button.hidden = false));
  }

  /* Details that are closed on a phone and open where there is room. */
  function openWide() {
    if (matchMedia("(min-width: 52.01rem)").matches) $$("[data-open-wide]").forEach((part) => (part.open = true));
  }

  function isDark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function toggleTheme() {
    const theme = isDark() ? "light" : "dark";
    const secure = location.protocol === "https:" ? ";secure" : "";
    document.documentElement.dataset.theme = theme;
    document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax${secure}`; // the server reads it: no flash
  }

  async function copy(button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    announce(texts().copied);
  }

  document.addEventListener("click", (event) => {
    const part = event.target.closest("[data-dismiss],[data-theme-toggle],[data-reload],[data-copy],[data-print]");
    if (!part) return;
    if ("dismiss" in part.dataset) part.closest(".toast").remove();
    if ("copy" in part.dataset) copy(part);
    if ("print" in part.dataset) print();
    if ("reload" in part.dataset) {
      event.preventDefault();
      location.reload();
    }
    if ("themeToggle" in part.dataset) {
      event.preventDefault();
      toggleTheme();
    }
  });

  /* A plain form is sent once, however often its button is pressed. HTMX forms disable their buttons themselves. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post],[hx-put],[hx-delete],[data-download]")) return;
    if ("sent" in form.dataset) event.preventDefault();
    form.dataset.sent = "";
  });
  addEventListener("pageshow", () => $$("form[data-sent]").forEach((form) => delete form.dataset.sent));

  function showConnection() {
    const bar = $(".offline");
    if (navigator.onLine) {
      bar?.remove();
    } else if (!bar) {
      const fresh = document.createElement("div");
      fresh.className = "offline";
      fresh.setAttribute("role", "status");
      fresh.textContent = texts().banner;
      document.body.prepend(fresh);
    }
  }
  addEventListener("online", showConnection);
  addEventListener("offline", showConnection);

  window.fleet = { $, $$, texts, announce, fail, armToasts, openWide };
  showConnection();
  openWide();
  offerPrint();
  armToasts();

  /* A page that comes back with errors starts at their summary. */
  const errors = $("#errors");
  if (errors) {
    errors.dataset.seen = "";
    errors.focus();
    if (!document.title.startsWith(texts().errorPrefix)) document.title = `${texts().errorPrefix} ${document.title}`;
  }
})();
