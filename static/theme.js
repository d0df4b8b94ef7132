// Fills each [data-fragment] with the fragment it names when it comes near; without this script its link stays.
for (const place of document.querySelectorAll("[data-fragment]")) {
  new IntersectionObserver(async ([entry], observer) => {
    if (!entry.isIntersecting) return;
    observer.disconnect();
    try {
      const answer = await fetch(place.dataset.fragment);
      const text = answer.ok ? (await answer.text()).trim() : "";
      if (text) place.innerHTML = text;
      // News that breaks until an instant ends on time, even where nobody has built the site since.
      for (const part of place.querySelectorAll("[data-until]")) {
        if (Date.parse(part.dataset.until) <= Date.now()) part.remove();
      }
    } catch {
      // Offline: the link stays.
    }
  }, { rootMargin: "600px" }).observe(place);
}
