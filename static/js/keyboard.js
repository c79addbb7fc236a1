/* The palette and the shortcuts. Single keys can be switched off (WCAG 2.1.4): <body data-single-keys="off">. */
(() => {
  const { $, $$, openDialog } = window.fleet;
  const palette = $("#palette");
  let goPressedAt = 0;

  const isTyping = (target) =>
    (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "checkbox") || target.isContentEditable;

  function choose(options, index) {
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
    options[index]?.scrollIntoView({ block: "nearest" });
    const input = $("input", palette);
    if (options[index]) input.setAttribute("aria-activedescendant", options[index].id);
    else input.removeAttribute("aria-activedescendant");
  }

  function inPalette(event) {
    const options = $$("a[role=option]", palette);
    const now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(options, (now + step + options.length) % options.length);
    } else if (event.key === "Enter" && options[now]) {
      event.preventDefault();
      options[now].click();
    }
  }

  /* What was found for an earlier text is not what is meant: until the answer is there, Enter searches on a page. */
  palette?.addEventListener("input", () => choose($$("a[role=option]", palette), -1));

  function singleKey(event) {
    if (Date.now() - goPressedAt < 900) {
      goPressedAt = 0;
      $(`.side [data-key="${CSS.escape(event.key)}"]`)?.click();
      return;
    }
    const search = $("#q");
    if (event.key === "g") goPressedAt = Date.now();
    if (event.key === "?") $('.side [data-key="?"]')?.click();
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
    }
    if (event.key === "x") event.target.closest?.("tr")?.querySelector('[name="sel"], [data-sel]')?.click();
  }

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && palette) {
      event.preventDefault();
      openDialog(palette, document.activeElement);
    } else if (palette?.open) {
      inPalette(event);
    } else if (!isTyping(event.target) && !$("dialog[open]") && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (document.body.dataset.singleKeys !== "off") singleKey(event);
    }
  });
})();
