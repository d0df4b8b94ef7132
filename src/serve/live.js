// The preview's part in a page: loads it again when it has changed, takes other style sheets in place, and lists errors.
// Pages that nobody looks at ask for nothing; they catch up when they come into view. Built sites do not have this.
(() => {
  const me = document.currentScript;
  const { token, path } = me.dataset;
  let page = me.dataset.page;
  const memory = `newsprint ${location.pathname}`;
  let source = null;
  let waiting = 0;
  let pause = 250;
  let number = 0;

  const ask = (what, more = {}) => `/__newsprint/${what}?${new URLSearchParams({ token, ...more })}`;

  // Where the reader is, and what is unfolded.
  const places = () => [...document.querySelectorAll("details")].map((each) => {
    const all = [...document.querySelectorAll("details")];
    const name = each.id || each.querySelector("summary")?.textContent.trim() || "";
    const same = all.slice(0, all.indexOf(each)).filter((other) =>
      (other.id || other.querySelector("summary")?.textContent.trim() || "") === name).length;
    return { each, key: `${name} ${same}` };
  });

  const reload = () => {
    disconnect();
    try {
      const open = Object.fromEntries(places().map(({ each, key }) => [key, each.open]));
      sessionStorage.setItem(memory, JSON.stringify({ x: scrollX, y: scrollY, open, at: Date.now() }));
    } catch {
      // Without a memory the page begins at its top.
    }
    location.reload();
  };

  const recall = () => {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(memory));
      sessionStorage.removeItem(memory);
    } catch {
      return;
    }
    if (!kept || Date.now() - kept.at > 30000) return;
    for (const { each, key } of places()) if (key in kept.open) each.open = kept.open[key];
    history.scrollRestoration = "manual";
    const settle = () => scrollTo({ left: kept.x, top: kept.y, behavior: "instant" });
    settle();
    addEventListener("load", () => {
      settle();
      history.scrollRestoration = "auto";
    });
  };

  // Other style sheets in place of those there are; each old one goes when its successor has come.
  const restyle = async () => {
    const answer = await fetch(location.href, { cache: "no-store" });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const script = next.querySelector('script[src="/__newsprint/live.js"]');
    const sheets = (of) => [...of.querySelectorAll('link[rel~="stylesheet"]')];
    const [old, fresh] = [sheets(document), sheets(next)];
    if (!script || old.length !== fresh.length) return reload();
    page = script.dataset.page;
    old.forEach((link, at) => {
      const successor = document.importNode(fresh[at]);
      // The same name may have other content behind it.
      if (successor.href === link.href) successor.href = `${link.href.split("?")[0]}?${Date.now()}`;
      successor.addEventListener("load", () => link.remove());
      successor.addEventListener("error", () => link.remove());
      link.after(successor);
    });
    disconnect();
    connect();
  };

  const element = (name, text = "", className = "") => {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const sourceLine = ({ line, source, from, to, note }) => {
    const lines = element("pre");
    const gutter = String(line);
    lines.append(element("i", `${gutter} │ `), source.slice(0, from), element("mark", source.slice(from, to) || " "), source.slice(to));
    if (note) lines.append(element("em", `\n${" ".repeat(gutter.length)} │ ${" ".repeat(from)}${note}`));
    return lines;
  };

  const findingItem = (finding) => {
    const item = element("li");
    const head = element("p", "", "message");
    head.append(element("b", finding.severity), ` ${finding.message}`);
    item.append(head);
    for (const place of finding.places) {
      item.append(element("p", `${place.file}:${place.line}:${place.column}`, "place"));
      if (place.source) item.append(sourceLine(place));
    }
    for (const help of finding.help) item.append(element("p", `help: ${help}`, "help"));
    return item;
  };

  let overlay = null;
  const hideOverlay = () => {
    overlay?.remove();
    overlay = null;
  };

  const showOverlay = ({ errors, trouble, more, style }) => {
    hideOverlay();
    if (!errors.length && !trouble) return;
    overlay = element("div");
    overlay.id = "newsprint-overlay";
    const root = overlay.attachShadow({ mode: "open" });
    const looks = element("style", style);
    const panel = element("section");
    panel.setAttribute("role", "alert");
    const head = element("header");
    const count = errors.length + more;
    head.append(element("h1", trouble && !count ? "The newspaper cannot be read" : `${count} ${count === 1 ? "error" : "errors"}`));
    head.append(element("p", "You see the last version without errors. This goes when the mistake is gone."));
    const fold = element("button", "Hide");
    fold.addEventListener("click", () => {
      fold.textContent = panel.toggleAttribute("folded") ? "Show" : "Hide";
    });
    head.append(fold);
    const list = element("ol");
    if (trouble) list.append(element("li", trouble));
    for (const finding of errors) list.append(findingItem(finding));
    if (more) list.append(element("li", `and ${more} more`));
    panel.append(head, list);
    root.append(looks, panel);
    document.documentElement.append(overlay);
  };

  const showState = async () => {
    if ("bare" in me.dataset) return;
    const mine = ++number;
    const answer = await fetch(ask("state", { path }), { cache: "no-store" });
    if (!answer.ok) return;
    const state = await answer.json();
    if (mine !== number) return;
    const banner = document.getElementById("newsprint-banner")?.shadowRoot?.querySelector("span");
    if (banner && state.banner) banner.textContent = state.banner;
    showOverlay(state);
  };

  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      try {
        // Another server may be there by now, with another token: its page brings the right one.
        await fetch(location.href, { method: "HEAD", cache: "no-store" });
        reload();
      } catch {
        later();
      }
    }, pause);
    pause = Math.min(pause * 2, 4000);
  };

  function connect() {
    if (source || document.hidden) return;
    source = new EventSource(ask("live", { path, page }));
    source.addEventListener("open", () => {
      pause = 250;
      clearTimeout(waiting);
    });
    source.addEventListener("page", reload);
    source.addEventListener("style", () => restyle().catch(reload));
    source.addEventListener("state", () => showState().catch(() => {}));
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      disconnect();
      later();
    });
  }

  function disconnect() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
  addEventListener("pageshow", connect);
  addEventListener("pagehide", disconnect);
  recall();
  connect();
})();
