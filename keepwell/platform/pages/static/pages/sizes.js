// Says before anything is sent that a file or a text is too large. Without this file the server says it.
(() => {
  const BOUND = "input[type=file], textarea[data-most]", usual = document.body.dataset;
  const lineOf = (field) => document.getElementById(`${field.id}-size`);

  // A browser cuts what is pasted beyond maxlength without a word; here it is told instead.
  for (const text of document.querySelectorAll("textarea[data-most]")) text.removeAttribute("maxlength");

  function wrongWith(field) {
    const { most, tooLong, mostFiles, tooMany } = field.dataset;
    const { mostBytes = usual.mostBytes, tooLarge = usual.tooLarge } = field.dataset;
    if (most) {
      const count = [...field.value.trim()].length;
      return count > Number(most) ? tooLong.replace("%(count)s", count) : "";
    }
    const files = [...field.files], large = files.find((file) => file.size > Number(mostBytes));
    if (mostFiles && files.length > Number(mostFiles)) return tooMany;
    return large ? tooLarge.replace("%(name)s", large.name.slice(0, 60)) : "";
  }

  function look(field) {
    const says = wrongWith(field), line = lineOf(field) || document.createElement("div");
    line.id = `${field.id}-size`;
    line.className = "invalid-feedback d-block";
    line.setAttribute("role", "alert");
    if (!says) line.remove();
    else if (line.textContent !== says) { line.textContent = says; field.after(line); }
    field.classList.toggle("is-invalid", Boolean(says));
    return !says;
  }

  const heard = (event) => { if (event.target.matches?.(BOUND)) look(event.target); };
  document.addEventListener("input", heard);
  document.addEventListener("change", heard);
  document.addEventListener("submit", (event) => {
    const wrong = [...event.target.querySelectorAll(BOUND)].filter((field) => !look(field));
    if (!wrong.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    wrong[0].focus();
  }, true);
})();
