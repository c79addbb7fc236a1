/* Dialogs and menus: opening, closing, where the focus goes, where a menu stands. */
(() => {
  const { $, $$ } = window.fleet;
  const shared = $("#dialog");
  let opener = null;

  function open(dialog, by) {
    if (!dialog || dialog.open) return;
    opener = by;
    /* The phone's menu shows what the side bar holds: it is sent once. */
    for (const part of $$("[data-copy-of]", dialog)) {
      part.replaceChildren(...$(`#${part.dataset.copyOf}`).cloneNode(true).children);
    }
    dialog.showModal();
    $("[autofocus],[tabindex='-1'][id$='-title']", dialog)?.focus();
  }

  /* Typed data is not thrown away by a stray click or Esc. */
  function hasTyped(dialog) {
    return $$("input, textarea", dialog).some((control) =>
      /^(checkbox|radio)$/.test(control.type)
        ? control.checked !== control.defaultChecked
        : control.type !== "hidden" && control.value !== control.defaultValue,
    );
  }
  const mayClose = (dialog) => dialog.id === "palette" || !hasTyped(dialog);

  for (const dialog of $$("dialog")) {
    dialog.addEventListener("click", (event) => event.target === dialog && mayClose(dialog) && dialog.close());
    dialog.addEventListener("cancel", (event) => !mayClose(dialog) && event.preventDefault());
    dialog.addEventListener("close", () => {
      if (dialog === shared) dialog.replaceChildren();
      if (opener?.isConnected) opener.focus();
      opener = null;
    });
  }

  document.addEventListener("click", (event) => {
    const part = event.target.closest("[data-open],[data-close]");
    if (!part || event.ctrlKey || event.metaKey) return;
    if (part.dataset.open && $(`#${part.dataset.open}`)) {
      event.preventDefault();
      open($(`#${part.dataset.open}`), part);
    }
    if ("close" in part.dataset && part.closest("dialog")) {
      event.preventDefault();
      part.closest("dialog").close();
    }
  });

  /* A form that answers a file leaves the page as it is: its dialog has done its work. */
  document.addEventListener("submit", (event) => {
    const dialog = event.target.matches("[data-download]") && event.target.closest("dialog");
    if (dialog) setTimeout(() => dialog.close());
  });

  /* Browsers without anchor positioning get the menu placed by script. */
  function place(menu, by) {
    if (CSS.supports("position-area", "bottom")) return;
    const button = by.getBoundingClientRect();
    const opensUp = button.bottom + menu.offsetHeight + 8 > innerHeight;
    menu.style.top = `${opensUp ? button.top - menu.offsetHeight - 6 : button.bottom}px`;
    menu.style.left = `${Math.max(8, button.right - menu.offsetWidth)}px`;
  }

  /* One shared popover for all rows, filled on demand. */
  function openMenu(menu, by) {
    if (menu.matches(":popover-open")) menu.hidePopover();
    menu.showPopover({ source: by });
    place(menu, by);
    by.setAttribute("aria-expanded", "true");
    const onToggle = (event) => {
      if (event.newState !== "closed") return;
      menu.removeEventListener("toggle", onToggle);
      by.setAttribute("aria-expanded", "false");
      if (menu.contains(document.activeElement)) by.focus();
    };
    menu.addEventListener("toggle", onToggle);
    $("a,button", menu)?.focus();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[popovertarget]");
    const menu = button && document.getElementById(button.getAttribute("popovertarget"));
    if (menu?.matches(":popover-open")) place(menu, button);
    const entry = event.target.closest(".menu a, .menu button");
    if (entry) entry.closest(".menu:popover-open")?.hidePopover();
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.(".menu:popover-open");
    if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    const entries = $$("a,button,input:not([type=hidden])", menu);
    const now = entries.indexOf(document.activeElement);
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = { Home: 0, End: entries.length - 1 }[event.key] ?? (now + step + entries.length) % entries.length;
    entries[next].focus();
  });

  Object.assign(window.fleet, { openDialog: open, openMenu });
})();
