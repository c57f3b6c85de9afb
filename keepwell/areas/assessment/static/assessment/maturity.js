// The cell whose figure stands in the panel is the one that is marked.
document.addEventListener("htmx:afterSettle", (event) => {
  const link = event.detail.requestConfig?.elt;
  if (event.target.id !== "drill" || !link?.closest(".kw-heat")) return;
  for (const other of document.querySelectorAll(".kw-heat a[aria-current]")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
});
