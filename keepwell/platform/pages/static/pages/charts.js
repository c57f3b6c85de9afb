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
      const spec = coloured(JSON.parse(script.textContent));
      const fitted = { ...spec, width: "container", autosize: { type: "fit-x", contains: "padding" } };
      vegaEmbed(place, fitted, {
        config, actions: false, renderer: "svg", ast: true, defaultStyle: false, tooltip: { disableDefaultStyle: true },
      });
    }
  }

  draw(document);
  // A part that came later brings its own charts.
  document.addEventListener("htmx:afterSettle", (event) => draw(event.target));
})();
