// Before anything is drawn: where nobody has chosen light or dark, the page follows the device.
(() => {
  const root = document.documentElement;
  if (root.hasAttribute("data-theme-open") && matchMedia("(prefers-color-scheme: dark)").matches) root.dataset.bsTheme = "dark";
})();
