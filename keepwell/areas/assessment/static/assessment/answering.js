// Saves as one types; a word lies on this device until the server has confirmed it. The page works without this file.
(() => {
  const form = document.querySelector("[data-answer]");
  const typing = (element) => element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const byKey = (key) => document.querySelector(`[data-key="${key}"]`);
  const press = (element) => { if (element) element.click(); };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.body.dataset.keys === "off" || document.querySelector("#keys:not([hidden])")) return;
    const key = event.key.toLowerCase();
    if (key === "e") { event.preventDefault(); return unfold(byKey("e")); }
    if (["n", "b", "h"].includes(key)) { event.preventDefault(); return press(byKey(key)); }
    if (form) score(event, key);
  });

  function unfold(summary) {
    if (!summary || summary.closest("[hidden]")) return;
    summary.parentElement.open = true;
    summary.parentElement.querySelector("input[type=file]").focus();
  }

  if (!form) return;
  const own = form.dataset, fields = form.elements, says = document.querySelector("[data-status]");
  const numbers = { low: Number(own.lowest), high: Number(own.highest), step: Number(own.step), move: Number(own.move) };
  const dials = [...form.querySelectorAll("[data-dial]")];
  const SOON = 700, AGAIN = 3000;
  let live = 0, timer = 0, sending = null, stopped = false;

  // -- what was typed, as it lies on the device

  const words = () => ({
    policy: fields.policy ? fields.policy.value : "", practice: fields.practice.value, reason: fields.reason.value,
    not_applicable: fields.not_applicable.checked, version: fields.version.value,
  });
  const same = (a, b) => ["policy", "practice", "reason", "not_applicable"].every((name) => a[name] === b[name]);
  const place = (code) => own.answer + code;
  let confirmed = words();
  const dirty = () => !same(words(), confirmed);

  function keep() {
    try { localStorage.setItem(place(own.code), JSON.stringify(words())); } catch { stopped = true; }
  }
  function forget(code) {
    try { localStorage.removeItem(place(code)); } catch { /* nothing was kept either */ }
  }
  function kept() {
    const found = {};
    try {
      for (let n = 0; n < localStorage.length; n += 1) {
        const name = localStorage.key(n);
        if (name.startsWith(own.answer)) found[name.slice(own.answer.length)] = JSON.parse(localStorage.getItem(name));
      }
    } catch { /* no storage, or not ours */ }
    return found;
  }

  function tell(sentence, state) {
    says.dataset.state = state;
    if (says.textContent.trim() !== sentence) says.textContent = sentence;
  }

  // -- sending

  async function post(code, said) {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", fields.csrfmiddlewaretoken.value);
    body.set("source", fields.source.value);
    body.set("code", code);
    for (const name of ["policy", "practice", "reason", "version"]) body.set(name, said[name] ?? "");
    if (said.not_applicable) body.set("not_applicable", "on");
    let answer;
    try {
      answer = await fetch(own.keep, { method: "POST", body, redirect: "manual", headers: { Accept: "application/json" } });
    } catch {
      return { status: 0 };
    }
    const isOurs = (answer.headers.get("Content-Type") || "").includes("application/json");
    return { status: isOurs ? answer.status : answer.status >= 500 ? 0 : 401, told: isOurs ? await answer.json() : {} };
  }

  async function send(force = false) {
    clearTimeout(timer);
    if (sending) await sending;
    if (!dirty() && !force) return true;
    const said = words();
    tell(says.dataset.saving, "waiting");
    sending = post(own.code, said);
    const { status, told } = await sending;
    sending = null;
    if (status === 200) return saved(said, told);
    if (status === 0) { tell(says.dataset.offline, "waiting"); timer = setTimeout(send, AGAIN); return false; }
    if (status === 401) { tell(says.dataset.signedOut, "bad"); return false; }
    if (status === 409) clash(told);
    tell(`${told.problem} ${says.dataset.waiting}`, status === 422 ? "waiting" : "bad");
    return false;
  }

  function saved(said, told) {
    confirmed = said;
    fields.version.value = told.version;
    if (same(words(), said)) forget(own.code); else keep();
    document.querySelector("[data-clash]").hidden = true;
    tell(says.dataset.saved.replace("%s", told.at), "saved");
    mark(told);
    for (const one of document.querySelectorAll("[data-has-answer]")) one.hidden = false;
    for (const one of document.querySelectorAll("[data-needs-answer]")) one.hidden = true;
    return same(words(), said);
  }

  // The counts of the page follow what was saved.
  function mark(told) {
    const here = document.querySelector("[data-here]");
    if (!here) return;
    const by = (told.state !== "todo") - (here.dataset.here !== "todo");
    here.dataset.here = told.state;
    here.querySelector("span:last-child").textContent = told.said;
    if (!by) return;
    for (const one of document.querySelectorAll("[data-count]")) one.textContent = Number(one.textContent) + (one.dataset.count === "done" ? by : -by);
    for (const one of document.querySelectorAll("[data-part]")) one.textContent = `${Number.parseInt(one.textContent, 10) + by}/${one.dataset.part}`;
  }

  function clash(told) {
    const room = document.querySelector("[data-clash]");
    room.innerHTML = told.html;
    room.hidden = false;
    room.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", (event) => {
    const mine = event.target.closest("[data-mine]");
    if (mine) { event.preventDefault(); fields.version.value = mine.dataset.mine; keep(); send(true); }
    if (event.target.closest("[data-theirs]")) { forget(own.code); confirmed = words(); }
  });

  // -- typing

  function changed() {
    keep();
    show();
    clearTimeout(timer);
    timer = setTimeout(send, SOON);
  }
  form.addEventListener("input", changed);
  form.addEventListener("change", () => { if (dirty()) changed(); });
  addEventListener("online", () => { if (dirty()) send(); });
  addEventListener("pagehide", () => { if (dirty()) keep(); });

  const number = (text) => (/^\d{1,3}([.,]\d*)?$/.test(text.trim()) ? Number(text.trim().replace(",", ".")) : null);

  // Marked level, what the next one asks, why a reason is due, the point on the strip: as the values are now.
  function show() {
    let why = fields.not_applicable.checked ? "na" : "";
    for (const dial of dials) {
      const value = number(dial.querySelector("input").value), before = number(dial.dataset.before);
      let reached = "";
      for (const key of dial.querySelectorAll(".kw-levels button"))
        if (value !== null && Number(key.value) <= value) reached = key.value;
      for (const key of dial.querySelectorAll(".kw-levels button")) key.setAttribute("aria-pressed", String(key.value === reached));
      for (const guide of dial.querySelectorAll("[data-at]")) guide.hidden = guide.dataset.at !== reached;
      if (!why && value !== null && before !== null && Math.abs(value - before) > numbers.move + 1e-9) why = dial.dataset.dial;
      point(dial.dataset.dial, value);
    }
    form.querySelector("[data-why]").textContent = why ? form.querySelector(`[data-moved="${why}"]`).textContent : "";
  }

  function point(name, value) {
    const cell = document.querySelector(`td[data-now="${name}"]`), dot = document.querySelector(`[data-strip="${name}"] circle[data-now]`);
    if (cell) cell.textContent = value === null ? "–" : String(value);
    const share = (value - numbers.low) / (numbers.high - numbers.low);
    if (dot && value !== null && share >= 0 && share <= 1) dot.setAttribute("cx", (8 + share * 248).toFixed(1));
  }

  // -- keys

  function dial(place) {
    live = Math.max(0, Math.min(dials.length - 1, place));
    for (const one of dials) one.toggleAttribute("data-live", one === dials[live]);
  }
  function set(place, value) {
    const field = dials[place].querySelector("input");
    field.value = value;
    fields.not_applicable.checked = false;
    changed();
  }
  function move(place, by) {
    const now = number(dials[place].querySelector("input").value) ?? numbers.low;
    const next = Math.max(numbers.low, Math.min(numbers.high, Math.round((now + by * numbers.step) / numbers.step) * numbers.step));
    set(place, next.toFixed(1));
  }

  function score(event, key) {
    if (/^[0-9]$/.test(key) && Number(key) >= numbers.low && Number(key) <= numbers.high) {
      event.preventDefault();
      set(live, key);
      dial(live + 1);
    }
    if (event.target.closest("summary, select, table")) return;
    if (key === "arrowup" || key === "arrowdown") { event.preventDefault(); move(live, key === "arrowup" ? 1 : -1); }
    if (key === "arrowleft" || key === "arrowright") { event.preventDefault(); dial(live + (key === "arrowright" ? 1 : -1)); }
    if (key === "r") { event.preventDefault(); fields.reason.focus(); }
  }

  dials.forEach((one, place) => {
    one.addEventListener("focusin", () => dial(place));
    one.querySelector("input").addEventListener("keydown", (event) => {
      if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
      event.preventDefault();
      move(place, event.key === "ArrowUp" ? 1 : -1);
    });
    for (const key of one.querySelectorAll(".kw-levels button"))
      key.addEventListener("click", (event) => { event.preventDefault(); set(place, key.value); });
  });

  // -- leaving

  const go = (url) => {
    if (!url) return;
    if (navigator.onLine) location.assign(url); else tell(says.dataset.offline, "waiting");
  };
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (button && button.name !== "go") return;
    event.preventDefault();
    const next = byKey("n")?.dataset.next;
    const isSaved = await send(button?.value === "hold");
    if (isSaved) go(next);
  });
  document.addEventListener("click", async (event) => {
    const link = event.target.closest(".kw-answer>nav a, .kw-foot a");
    if (!link || !dirty() || event.defaultPrevented) return;
    event.preventDefault();
    await send();
    go(link.href);
  });

  // -- what was kept from before

  async function recover() {
    const found = kept(), late = [], done = [];
    const here = found[own.code];
    if (here && !same(here, words())) {
      if (fields.policy) fields.policy.value = here.policy;
      fields.practice.value = here.practice;
      fields.reason.value = here.reason;
      fields.not_applicable.checked = here.not_applicable;
      fields.version.value = here.version;
      show();
      await send();
    } else if (here) forget(own.code);
    for (const [code, said] of Object.entries(found)) {
      if (code === own.code) continue;
      const { status } = await post(code, said);
      if (status === 200) { forget(code); done.push(code); } else late.push(code);
    }
    if (late.length) tell(says.dataset.kept.replace("%s", late.join(", ")), "waiting");
    else if (done.length) tell(says.dataset.resent.replace("%s", done.join(", ")), "saved");
  }

  dial(0);
  show();
  recover();
})();
