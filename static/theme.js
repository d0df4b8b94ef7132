// What pages do besides being read: the theme's switch, the menu, copying an address, and lists that come later.
// Without this script nothing is missing but these.
const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
root.dataset.theme ??= "";

for (const button of document.querySelectorAll(".theme-switch")) {
  const isDark = () => (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  const show = () => button.setAttribute("aria-pressed", isDark());
  button.addEventListener("click", () => {
    const wanted = isDark() ? "light" : "dark";
    // A choice that is the system's own is none: the page follows the system again.
    root.dataset.theme = wanted === (dark.matches ? "dark" : "light") ? "" : wanted;
    try {
      if (root.dataset.theme) localStorage.setItem("theme", wanted);
      else localStorage.removeItem("theme");
    } catch {
      // Nothing may be stored: the choice lasts as long as the page.
    }
    show();
  });
  dark.addEventListener("change", show);
  show();
}

for (const menu of document.querySelectorAll("details.menu")) {
  const close = () => menu.removeAttribute("open");
  document.addEventListener("click", ({ target }) => menu.contains(target) || close());
  menu.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && (menu.contains(relatedTarget) || close()));
  menu.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !menu.open) return;
    close();
    menu.querySelector("summary").focus();
  });
}

for (const button of document.querySelectorAll(".share-copy")) {
  button.addEventListener("click", async () => {
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(document.querySelector("link[rel=canonical]").href);
      button.textContent = button.dataset.copied;
      setTimeout(() => (button.textContent = said), 2500);
    } catch {
      // The browser does not let pages copy.
    }
  });
}

// Fills each [data-fragment] with the fragment it names as soon as the browser has time, so that nothing moves when a reader
// comes to it; without this script its link stays.
(window.requestIdleCallback ?? setTimeout)(() => document.querySelectorAll("[data-fragment]").forEach(async (place) => {
  try {
    const answer = await fetch(place.dataset.fragment, { priority: "low" });
    const text = answer.ok ? (await answer.text()).trim() : "";
    if (text) place.innerHTML = text;
    // News that breaks until an instant ends on time, even where nobody has built the site since.
    for (const part of place.querySelectorAll("[data-until]")) {
      if (Date.parse(part.dataset.until) <= Date.now()) part.remove();
    }
  } catch {
    // Offline: the link stays.
  }
}));
