// Smoother, never needed: every page works without this file.
(() => {
  const body = document.body;
  const byId = (id) => document.getElementById(id);
  const typing = (element) => element.matches("input, textarea, select, [contenteditable]");

  // Single keys work outside fields only, and not where the reader has switched them off.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return leave();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key.startsWith("Arrow") && event.target.closest(".kw-cert, .kw-heat, .kw-mx")) return walk(event);
    if (body.dataset.keys === "off") return;
    if (event.key === "/") find(event);
    if (event.key === "?") keys(event);
  });

  function find(event) {
    const field = byId("find");
    if (!field || !field.offsetParent) return;
    event.preventDefault();
    field.focus();
  }

  // Where nobody has chosen, the page follows the device: the choice that shows is the one that is marked.
  if (document.documentElement.hasAttribute("data-theme-open"))
    for (const choice of document.querySelectorAll(".kw-seg [name=theme]"))
      choice.setAttribute("aria-pressed", choice.value === document.documentElement.dataset.bsTheme);

  // What was found while typing lies under the field; the arrows walk from the field through the hits.
  const finder = document.querySelector("[data-finder]");

  function emptyHits(back) {
    const hits = byId("hits");
    if (!hits?.firstChild) return;
    if (back && hits.contains(document.activeElement)) byId("find").focus();
    hits.replaceChildren();
  }

  finder?.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [byId("find"), ...finder.querySelectorAll("#hits a")];
    const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next || stops.length < 2) return;
    event.preventDefault();
    next.focus();
  });
  finder?.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !finder.contains(event.relatedTarget)) emptyHits(false);
  });

  let before = null;

  function keys(event) {
    const list = byId("keys");
    if (!list) return;
    event.preventDefault();
    before = document.activeElement;
    list.hidden = false;
    list.querySelector("button").focus();
  }

  function closeKeys() {
    const list = byId("keys");
    if (!list || list.hidden) return;
    list.hidden = true;
    if (before) before.focus();
  }

  // Escape closes what is open and gives the focus back.
  function leave() {
    closeKeys();
    emptyHits(true);
    for (const fold of document.querySelectorAll("details.kw-fold[open]")) {
      fold.open = false;
      fold.querySelector("summary").focus();
    }
    const menu = document.querySelector("[data-unfolds][aria-expanded=true]");
    if (menu) { unfold(menu, false); menu.focus(); }
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-closes]")) closeKeys();
    if (!event.target.closest("[data-finder]")) emptyHits(false);
    for (const fold of document.querySelectorAll("details.kw-fold[open]")) {
      if (!fold.contains(event.target)) fold.open = false;
    }
    const link = event.target.closest("[data-unfolds]");
    const menu = document.querySelector("[data-unfolds][aria-expanded=true]");
    if (link) {
      event.preventDefault();
      unfold(link, link.getAttribute("aria-expanded") !== "true");
    } else if (menu && !byId(menu.dataset.unfolds).contains(event.target)) {
      unfold(menu, false);
    }
  });

  // The menu button leads to a page; with a script the menu unfolds over the present one.
  function unfold(link, open) {
    byId(link.dataset.unfolds).toggleAttribute("data-open", open);
    link.setAttribute("aria-expanded", String(open));
    if (open) byId(link.dataset.unfolds).querySelector(".kw-nav a").focus();
  }
  for (const link of document.querySelectorAll("[data-unfolds]")) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-expanded", "false");
    link.setAttribute("aria-controls", link.dataset.unfolds);
    link.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); link.click(); } });
  }

  // Arrow keys walk through the links of a matrix.
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  function walk(event) {
    const cell = event.target.closest("td, th"), step = steps[event.key];
    if (!cell || !step) return;
    const rows = [...cell.closest("table").rows];
    let row = rows.indexOf(cell.parentElement), column = cell.cellIndex;
    for (;;) {
      row += step[0];
      column += step[1];
      if (!rows[row] || column < 0 || column > rows[row].cells.length) return;
      const link = rows[row].cells[column]?.querySelector("a");
      if (link) { event.preventDefault(); link.focus(); return; }
    }
  }

  // A choice that asks for more opens the fields for it.
  document.addEventListener("change", ({ target }) => {
    if (target.dataset.opens && target.value === target.dataset.opens)
      for (const more of target.form.querySelectorAll("details")) more.open = true;
  });

  // One box ticks all rows of the page; without a script each is ticked by itself.
  for (const all of document.querySelectorAll("[data-ticks-all]")) {
    const boxes = () => all.closest("form").querySelectorAll("input[name=id]");
    all.hidden = false;
    all.addEventListener("change", () => { for (const box of boxes()) box.checked = all.checked; });
    all.closest("form").addEventListener("change", (event) => {
      if (event.target.name === "id") all.checked = [...boxes()].every((box) => box.checked);
    });
  }

  // A long set of choices gets a field that shows only what contains the typed words.
  for (const choices of document.querySelectorAll(".kw-choices[data-many]")) {
    const field = document.createElement("input");
    field.type = "search";
    field.className = "form-control form-control-sm kw-sift";
    field.setAttribute("aria-label", choices.getAttribute("aria-label"));
    field.placeholder = byId("find")?.placeholder || "";
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/);
      for (const label of choices.querySelectorAll("label")) {
        const text = label.textContent.toLowerCase();
        label.hidden = !words.every((word) => text.includes(word));
      }
    });
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    choices.before(field);
  }
})();
