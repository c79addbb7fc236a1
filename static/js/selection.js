/* Selecting rows of a list: [name=sel] or [data-sel] per row, [data-all] in the head, the bulk bar #bulk.
   "Select all n" ([data-select-all]) sets the hidden [data-scope] to "query": the server then acts on the filter. */
(() => {
  const { $, $$, announce } = window.fleet;
  const ROW = '[name="sel"], [data-sel]';
  const boxes = () => $$(ROW);
  let last = null;

  function setScope(scope) {
    const field = $("[data-scope]");
    if (field) field.value = scope;
  }

  function refresh() {
    const bulk = $("form#bulk");
    if (!bulk) return;
    const all = boxes();
    const chosen = all.filter((box) => box.checked);
    const head = $("[data-all]");
    const wasHidden = bulk.hidden;
    const isQuery = $("[data-scope]")?.value === "query";
    bulk.hidden = !chosen.length;
    $("[data-count]", bulk).textContent = isQuery ? bulk.dataset.total : chosen.length;
    if (head) {
      head.checked = all.length > 0 && chosen.length === all.length;
      head.indeterminate = chosen.length > 0 && chosen.length < all.length;
    }
    if (wasHidden !== bulk.hidden || chosen.length) {
      announce(chosen.length ? $("strong", bulk).textContent : bulk.dataset.cleared);
    }
  }

  function check(box, isOn) {
    box.checked = isOn;
  }

  document.addEventListener("change", (event) => {
    if (!event.target.matches(`[data-all], ${ROW}`)) return;
    if (event.target.matches("[data-all]")) boxes().forEach((box) => check(box, event.target.checked));
    setScope("selection");
    refresh();
  });

  document.addEventListener("click", (event) => {
    const part = event.target.closest(`${ROW}, [data-clear], [data-select-all]`);
    if (!part) return;
    if (part.matches(ROW)) {
      const all = boxes();
      if (event.shiftKey && last?.isConnected) {
        const [from, to] = [all.indexOf(last), all.indexOf(part)].sort((a, b) => a - b);
        all.slice(from, to + 1).forEach((box) => check(box, part.checked));
        refresh();
      }
      last = part;
    } else if ("clear" in part.dataset) {
      boxes().forEach((box) => check(box, false));
      setScope("selection");
      refresh();
      $("[data-all]")?.focus();
    } else {
      boxes().forEach((box) => check(box, true));
      setScope("query");
      refresh();
    }
  });

  window.fleet.refreshSelection = refresh;
  if (boxes().some((box) => box.checked)) refresh();
})();
