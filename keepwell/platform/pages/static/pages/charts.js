// Draws every <script type="application/json" id="spec-NAME"> into the element with the id NAME, in the tokens
// of the theme: a colour is named `$p1`, `$ink2`, `$good-wash`. Interpreted, so that no code is made from text.
(() => {
  const css = getComputedStyle(document.documentElement);
  const font = css.getPropertyValue("--kw-font").trim();
  const tokens = { mute: "mute-wash" };

  function colour(name) {
    const token = tokens[name] || name.replace(/^ink(\d)$/, "ink-$1");
    return css.getPropertyValue(`--kw-${token}`).trim();
  }

  function coloured(part) {
    if (Array.isArray(part)) return part.map(coloured);
    if (part && typeof part === "object") return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, coloured(value)]));
    const named = typeof part === "string" && /^\$([a-z]+\d?(?:-wash)?)$/.exec(part);
    return (named && colour(named[1])) || part;
  }

  const config = {
    background: null, font, view: { stroke: null },
    axis: { labelFont: font, titleFont: font, labelFontSize: 11, labelColor: colour("ink2"), titleFontSize: 11, titleFontWeight: "normal",
            titleColor: colour("ink2"), grid: false, domain: false, ticks: false, labelPadding: 6, labelAngle: 0 },
    axisY: { gridColor: colour("line"), domainColor: colour("edge") }, axisX: { domainColor: colour("edge") },
    text: { font, fontSize: 11, color: colour("ink2") }, line: { strokeWidth: 2 }, point: { size: 36, filled: true },
    legend: { disable: true },
  };
  function draw(within) {
    for (const script of within.querySelectorAll('script[type="application/json"][id^="spec-"]')) {
      const place = document.getElementById(script.id.slice(5));
      if (!place) continue;
      const alt = place.getAttribute("aria-label");
      const spec = coloured(JSON.parse(script.textContent));
      const fitted = { ...spec, width: "container", autosize: { type: "fit-x", contains: "padding" } };
      vegaEmbed(place, fitted, {
        config, actions: false, renderer: "svg", ast: true, defaultStyle: false, tooltip: { disableDefaultStyle: true },
      }).then(() => lead(place, alt));
    }
  }

  // A bar or point whose row has an address is covered by a link, named as the row says: beside the drawing, which is
  // drawn anew with the window. Tab comes to the first of them, arrows go from one to the next: a chart of a hundred
  // points is one step on the way through the page.
  function lead(place, alt) {
    place.setAttribute("aria-label", alt); // Vega names every drawing alike,
    place.querySelector("svg").setAttribute("aria-hidden", "true"); // and its parts in English: links and table say them
    const found = marks(place);
    place.setAttribute("role", found.length ? "group" : "img");
    if (!found.length) return;
    const links = found.map((mark) => linked(mark.__data__.datum));
    place.append(...links);
    rove(links, 0);
    place.addEventListener("keydown", (event) => step(event, links));
    new ResizeObserver(() => cover(place, links)).observe(place.querySelector("svg"));
  }

  function marks(place) {
    const drawn = place.querySelectorAll(".mark-rect > path, .mark-symbol > path");
    return [...drawn].filter((mark) => mark.__data__?.datum?.href);
  }

  function linked(row) {
    const link = document.createElement("a");
    link.href = row.href;
    link.title = row.said;
    link.setAttribute("aria-label", row.said);
    return link;
  }

  function cover(place, links) {
    const origin = place.getBoundingClientRect(), least = 10;
    marks(place).forEach((mark, at) => {
      const box = mark.getBoundingClientRect();
      const width = Math.max(box.width, least), height = Math.max(box.height, least);
      Object.assign(links[at].style, {
        left: `${box.x - origin.x - (width - box.width) / 2}px`, top: `${box.y - origin.y - (height - box.height) / 2}px`,
        width: `${width}px`, height: `${height}px`,
      });
    });
  }

  function step(event, links) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = links.indexOf(document.activeElement);
    if (!by || at < 0) return;
    event.preventDefault();
    rove(links, (at + by + links.length) % links.length).focus();
  }

  function rove(links, to) {
    links.forEach((link, at) => { link.tabIndex = at === to ? 0 : -1; });
    return links[to];
  }

  draw(document);
  // A part that came later brings its own charts.
  document.addEventListener("htmx:afterSettle", (event) => draw(event.target));
})();
