// Opens each kind of page in a browser, at three widths, in light and dark; says what is wrong, a line each.
//
//     node browser.mjs PUBLIC MODULES CHROMIUM PAGE…
//
// PUBLIC is the output of a build, MODULES the folder whose `node_modules` has playwright-core and axe-core, PAGE the path of
// a page. Exits with 1 when something is wrong.

import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { createRequire } from "node:module";

const [root, modules, executablePath, ...pages] = process.argv.slice(2);
const require = createRequire(path.join(modules, "here.js"));
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const types = {
  html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript", svg: "image/svg+xml", webp: "image/webp",
  woff2: "font/woff2", json: "application/json",
};
const files = new Map();
/** The bytes of a file, read once; nothing where there is none. */
function bytesOf(file) {
  if (!files.has(file)) files.set(file, fs.existsSync(file) && fs.statSync(file).isFile() ? fs.readFileSync(file) : null);
  return files.get(file);
}
const server = http.createServer((question, answer) => {
  const place = decodeURIComponent(new URL(question.url, "http://x").pathname);
  const file = path.join(root, place.endsWith("/") ? `${place}index.html` : place);
  const bytes = bytesOf(file);
  if (!bytes) return answer.writeHead(404).end();
  answer.writeHead(200, { "content-type": types[file.split(".").pop()] ?? "application/octet-stream", "content-length": bytes.length });
  answer.end(bytes);
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const home = `http://127.0.0.1:${server.address().port}`;

const wrong = [];
let opened = 0;

/** What is wrong with how a page is laid out. Runs in the page. */
function layout() {
  const found = [];
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) found.push(`scrolls sideways by ${wide} px`);
  // The lines of text that can be seen, each with the element that it belongs to.
  const lines = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const owner = text.parentElement;
    if (!text.data.trim() || owner.closest(".visually-hidden, .skip-link, script, style, noscript, details:not([open]) > :not(summary)")) continue;
    if (!owner.checkVisibility({ checkVisibilityCSS: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      // What scrolls in a box of its own may lie outside of it.
      const scroller = owner.closest(".sections-list, .table-scroll, pre");
      const frame = scroller?.getBoundingClientRect();
      if (frame && (box.left >= frame.right || box.right <= frame.left)) continue;
      // Letters reach less high than their boxes.
      const spare = box.height * 0.22;
      lines.push({ owner, text: text.data.trim(), left: box.left, right: box.right, top: box.top + spare, bottom: box.bottom - spare });
      if (!scroller && box.width > 0 && (box.left < -1 || box.right > innerWidth + 1)) found.push(`"${text.data.trim().slice(0, 40)}" leaves the window`);
    }
  }
  lines.sort((one, other) => one.top - other.top);
  lines.forEach((one, place) => {
    for (let next = place + 1; next < lines.length && lines[next].top < one.bottom; next++) {
      const other = lines[next];
      const isApart = one.right - 1 <= other.left || other.right - 1 <= one.left;
      if (isApart || one.owner.contains(other.owner) || other.owner.contains(one.owner)) continue;
      found.push(`"${one.text.slice(0, 40)}" and "${other.text.slice(0, 40)}" lie over each other`);
    }
  });
  return found.slice(0, 5);
}

/** How long to wait for what must come, in milliseconds: only a page that lacks it waits so long. */
const PATIENCE = 30_000;

/** What moved without the reader's doing, as browsers count it. Runs in the page, before all else. */
function watchShifts() {
  window.shifts = [];
  const note = (list) => list.getEntries().forEach((entry) => entry.hadRecentInput || window.shifts.push(entry));
  new PerformanceObserver(note).observe({ type: "layout-shift", buffered: true });
}

/** Scrolls to the end and back, and waits until fonts and pictures are there. Runs in the page. */
async function readAll() {
  const frame = () => new Promise((ready) => requestAnimationFrame(() => setTimeout(ready)));
  await document.fonts.ready;
  for (let at = 0; at < document.body.scrollHeight; at += innerHeight) {
    scrollTo({ top: at, behavior: "instant" });
    await frame();
  }
  scrollTo({ top: document.body.scrollHeight, behavior: "instant" });
  const isThere = (picture) => picture.complete || !picture.checkVisibility();
  while (![...document.images].every(isThere)) await frame();
}

/** The addresses of what comes by itself after the page. Runs in the page. */
const fragmentsOf = () => [...document.querySelectorAll("[data-fragment]")].map((place) => place.dataset.fragment);

/** What moved while the page came and was read to its end, as text. Runs in the page, at its end. */
async function shifted() {
  scrollTo({ top: 0, behavior: "instant" });
  // Two frames: the first one may still show what came last.
  for (let frames = 0; frames < 2; frames++) await new Promise((ready) => requestAnimationFrame(() => setTimeout(ready)));
  const named = (node) => node && `<${node.nodeName.toLowerCase()} class="${node.className}">`;
  // A text font that comes within its first tenth of a second may move a line on a slow machine: half of what Web Vitals call
  // good. A list that comes late moves ten times as much.
  if (window.shifts.reduce((sum, { value }) => sum + value, 0) < 0.02) return [];
  return window.shifts.map(({ value, sources }) => `${value.toFixed(4)} by ${sources.map(({ node }) => named(node)).join(", ")}`);
}

/** A page of its own for a context, with what it says and which addresses have come. */
async function begin(context) {
  const page = await context.newPage();
  const tab = { page, said: [], came: new Set() };
  const cameTo = (request) => tab.came.add(new URL(request.url()).pathname);
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && tab.said.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => tab.said.push(`script: ${error.message}`));
  page.on("requestfinished", cameTo);
  page.on("requestfailed", cameTo);
  await page.addInitScript(watchShifts);
  return tab;
}

/** Opens a page and waits for everything that comes later: pictures, fragments, results. */
async function open(tab, address) {
  tab.said.length = 0;
  tab.came.clear();
  await tab.page.goto(home + address, { waitUntil: "load", timeout: PATIENCE });
  opened++;
  if (address.includes("?q=")) {
    await tab.page.waitForSelector(".search-results a", { timeout: PATIENCE }).catch(() => tab.said.push("a search finds nothing"));
  }
  const fragments = await tab.page.evaluate(fragmentsOf);
  for (const began = Date.now(); !fragments.every((fragment) => tab.came.has(fragment)); ) {
    if (Date.now() - began > PATIENCE) return tab.said.push(`does not load ${fragments}`);
    await new Promise((later) => setTimeout(later, 5));
  }
  await tab.page.evaluate(readAll);
  for (const what of await tab.page.evaluate(shifted)) tab.said.push(`moves: ${what}`);
}

/** One kind of window, in which every page is looked at. */
async function look(browser, colorScheme, width) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, reducedMotion: "reduce" });
  const tab = await begin(context);
  const { page, said } = tab;
  const searches = pages.includes("/search/") ? ["/search/?q=harbour"] : [];
  for (const address of [...pages, ...searches]) {
    await open(tab, address);
    said.push(...(await page.evaluate(layout)));
    if (width !== 768) {
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
      for (const { id, nodes } of violations) said.push(`axe: ${id}: ${nodes[0].html.slice(0, 100)}`);
    }
    // The narrowest window that WCAG asks for (1.4.10), a wide one at 200 %, and letters of twice the size (1.4.4).
    if (width === 768) await page.addStyleTag({ content: ":root { font-size: 200% }" });
    else await page.setViewportSize(width === 360 ? { width: 320, height: 640 } : { width: width / 2, height: 450 });
    said.push(...(await page.evaluate(layout)).map((what) => `enlarged: ${what}`));
    await page.setViewportSize({ width, height: 900 });
    // The next page must not begin in a window that is still changing its size.
    await page.waitForFunction((wanted) => innerWidth === wanted && document.documentElement.clientWidth === wanted, width);
    for (const what of said) wrong.push(`${address} (${width} px, ${colorScheme}): ${what}`);
  }
  await context.close();
}

/** The text or role of what has the focus. */
const focused = (page) => page.evaluate(() => document.activeElement.textContent.trim().slice(0, 40));

/** Presses Tab until something is focused that `wanted` takes. */
async function tabTo(page, wanted) {
  for (let step = 0; step < 40; step++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(wanted)) return true;
  }
  return false;
}

async function keyboard(browser) {
  const expect = (is, what) => is || wrong.push(`keyboard: ${what}`);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
  const tab = await begin(context);
  const { page } = tab;
  await open(tab, "/");
  await page.keyboard.press("Tab");
  expect((await page.evaluate(() => document.activeElement.className)) === "skip-link", "the first stop is not the skip link");
  await page.keyboard.press("Enter");
  expect((await page.evaluate(() => document.activeElement.id)) === "main", "the skip link does not lead to the content");
  // The address ends in `#main` now, and Tab would go on from there: the switch lies before it.
  await page.goto("about:blank");
  await page.goto(`${home}/`);
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  expect(await tabTo(page, () => document.activeElement.className === "theme-switch"), "the theme's switch cannot be reached");
  await page.keyboard.press("Space");
  expect((await page.evaluate(() => document.activeElement.ariaPressed)) === "true", "the theme's switch does not say that it is on");
  const dark = await paper();
  expect(light !== dark, "the theme's switch changes nothing");
  await page.reload();
  expect((await paper()) === dark, "the theme's switch is forgotten");
  await page.goto(`${home}${pages[1]}`);
  expect((await paper()) === dark, "the theme's switch is forgotten on other pages");
  expect(await tabTo(page, () => document.activeElement.tagName === "SUMMARY"), "the menu cannot be reached");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.querySelector("details.menu").open), "Enter does not open the menu");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => !!document.activeElement.closest(".menu-panel")), "Tab does not lead into the menu");
  await page.keyboard.press("Escape");
  expect(await page.evaluate(() => !document.querySelector("details.menu").open && document.activeElement.tagName === "SUMMARY"), `Escape does not close the menu, or leads to ${await focused(page)}`);
  if (pages.includes("/search/")) {
    await page.goto(`${home}/search/`);
    expect(await tabTo(page, () => document.activeElement.type === "search"), "the search field cannot be reached");
    await page.keyboard.type("harbour");
    await page.keyboard.press("Enter");
    const came = page.waitForSelector(".search-results a", { timeout: PATIENCE }).then(() => true, () => false);
    expect(await came, "a search by keyboard finds nothing");
  }
  await context.close();
}

/** Without scripts everything can be read and reached. */
async function withoutScripts(browser) {
  const context = await browser.newContext({ viewport: { width: 360, height: 800 }, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(home + pages[1]);
  if (!(await page.locator(".article-body p").first().isVisible())) wrong.push("without scripts: no text");
  await page.locator("details.menu > summary").click();
  if (!(await page.locator(".menu-panel a").first().isVisible())) wrong.push("without scripts: the menu does not open");
  if (await page.locator(".theme-switch").isVisible()) wrong.push("without scripts: a switch that does nothing");
  await context.close();
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
// Side by side: most of the time is waiting.
const windows = ["light", "dark"].flatMap((scheme) => [1440, 768, 360].map((width) => look(browser, scheme, width)));
await Promise.all([...windows, keyboard(browser), withoutScripts(browser)]);
wrong.sort();
await browser.close();
server.close();
console.log(`${opened} pages were opened`);
for (const line of wrong) console.log(line);
process.exit(wrong.length ? 1 : 0);
