// Smoother, never needed: every page works without this file.
(() => {
  const typing = (element) => element.matches("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "/") {
      const find = document.getElementById("find");
      if (find) { event.preventDefault(); find.focus(); }
    }
    if (event.key.startsWith("Arrow") && event.target.closest(".kw-cert, .kw-heat")) move(event);
  });

  // One fold at a time; Escape or a click elsewhere closes it.
  const folds = () => document.querySelectorAll("details.kw-fold[open]");
  document.addEventListener("click", (event) => {
    for (const fold of folds()) if (!fold.contains(event.target)) fold.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const fold of folds()) { fold.open = false; fold.querySelector("summary").focus(); }
  });

  // Arrow keys walk through the links of a matrix.
  function move(event) {
    const cell = event.target.closest("td, th");
    if (!cell) return;
    const table = cell.closest("table"), rows = [...table.rows];
    let row = rows.indexOf(cell.parentElement), column = cell.cellIndex;
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    for (;;) {
      row += step[0]; column += step[1];
      if (!rows[row] || column < 0 || column >= rows[row].cells.length + 1) return;
      const link = rows[row].cells[column]?.querySelector("a");
      if (link) { event.preventDefault(); link.focus(); return; }
    }
  }
})();
