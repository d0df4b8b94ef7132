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
const server = http.createServer((question, answer) => {
  const place = decodeURIComponent(new URL(question.url, "http://x").pathname);
  const file = path.join(root, place.endsWith("/") ? `${place}index.html` : place);
  if (!fs.existsSync(file) || fs.statSync(file).isDirectory()) return answer.writeHead(404).end();
  answer.writeHead(200, { "content-type": types[file.split(".").pop()] ?? "application/octet-stream" });
  answer.end(fs.readFileSync(file));
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

async function open(context, address) {
  const page = await context.newPage();
  const said = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && said.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`script: ${error.message}`));
  await page.goto(home + address, { waitUntil: "networkidle" });
  opened++;
  return [page, said];
}

async function look(browser) {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1440, 768, 360]) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, reducedMotion: "reduce" });
      for (const address of pages) {
        const [page, said] = await open(context, address);
        // To the end and back, so that what comes late is there.
        await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
        await page.waitForLoadState("networkidle");
        await page.evaluate(() => scrollTo(0, 0));
        said.push(...(await page.evaluate(layout)));
        if (width !== 768) {
          await page.evaluate(axe);
          const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
          for (const { id, nodes } of violations) said.push(`axe: ${id}: ${nodes[0].html.slice(0, 100)}`);
        }
        for (const what of said) wrong.push(`${address} (${width} px, ${colorScheme}): ${what}`);
        await page.close();
      }
      await context.close();
    }
  }
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
  const [page] = await open(context, "/");
  await page.keyboard.press("Tab");
  expect((await page.evaluate(() => document.activeElement.className)) === "skip-link", "the first stop is not the skip link");
  await page.keyboard.press("Enter");
  expect((await page.evaluate(() => document.activeElement.id)) === "main", "the skip link does not lead to the content");
  // The address ends in `#main` now, and Tab would go on from there: the switch lies before it.
  await page.goto("about:blank");
  await page.goto(`${home}/`, { waitUntil: "networkidle" });
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  expect(await tabTo(page, () => document.activeElement.className === "theme-switch"), "the theme's switch cannot be reached");
  await page.keyboard.press("Space");
  expect((await page.evaluate(() => document.activeElement.ariaPressed)) === "true", "the theme's switch does not say that it is on");
  const dark = await paper();
  expect(light !== dark, "the theme's switch changes nothing");
  await page.reload({ waitUntil: "domcontentloaded" });
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
    await page.goto(`${home}/search/`, { waitUntil: "networkidle" });
    expect(await tabTo(page, () => document.activeElement.type === "search"), "the search field cannot be reached");
    await page.keyboard.type("harbour");
    await page.keyboard.press("Enter");
    const came = page.waitForSelector(".search-results a", { timeout: 10_000 }).then(() => true, () => false);
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
await look(browser);
await keyboard(browser);
await withoutScripts(browser);
await browser.close();
server.close();
console.log(`${opened} pages were opened`);
for (const line of wrong) console.log(line);
process.exit(wrong.length ? 1 : 0);
