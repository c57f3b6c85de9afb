// Draws every <script type="application/json" id="spec-NAME"> into #chart-NAME, in the tokens of the theme.
(() => {
  const css = getComputedStyle(document.documentElement);
  const value = (name) => css.getPropertyValue("--kw-" + name.replace(/^ink(\d)/, "ink-$1")).trim();
  const font = "Inter, system-ui, 'Noto Sans TC', sans-serif";
  const config = {
    background: null, font, padding: 0, view: { stroke: null },
    axis: { labelFont: font, labelFontSize: 11, labelColor: value("ink2"), titleFontSize: 11, titleFontWeight: "normal",
            titleColor: value("ink2"), grid: false, domain: false, ticks: false, labelPadding: 6, labelAngle: 0 },
    axisY: { grid: true, gridColor: value("line") }, axisX: { domain: true, domainColor: value("edge") },
    text: { font, fontSize: 11, color: value("ink2") }, line: { strokeWidth: 2 }, point: { size: 36, filled: true },
    legend: { disable: true },
  };
  for (const tag of document.querySelectorAll("script[id^=spec-]")) {
    const spec = tag.textContent.replace(/\$([a-z]+\d?)/g, (all, name) => value(name) || all);
    vegaEmbed("#chart-" + tag.id.slice(5), JSON.parse(spec), {
      config, actions: false, renderer: "svg", ast: true, defaultStyle: false, tooltip: { disableDefaultStyle: true },
    });
  }
})();
