// Uses the search page in Chromium, with the keyboard, on a site below a path: node browser.mjs PLAYWRIGHT CHROMIUM SITE BASE.
// Ends with an error that says what was not as expected.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [playwright, executablePath, site, base] = process.argv.slice(2);
const { chromium } = createRequire(import.meta.url)(playwright);

const kinds = { html: "text/html", js: "text/javascript", css: "text/css", json: "application/json", svg: "image/svg+xml" };
const asked = [];
const server = createServer(async (request, response) => {
  const path = decodeURIComponent(new URL(request.url, "http://x").pathname);
  asked.push(path);
  const below = path.startsWith(base) ? path.slice(base.length) : null;
  const name = below === "" || below?.endsWith("/") ? `${below}index.html` : below;
  const bytes = below === null ? null : await readFile(`${site}/${name}`).catch(() => null);
  response.writeHead(bytes ? 200 : 404, { "content-type": kinds[name?.split(".").pop()] ?? "application/octet-stream" });
  response.end(bytes ?? "");
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const home = `http://127.0.0.1:${server.address().port}${base}`;
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

try {
  const page = await browser.newPage();
  const problems = [];
  page.on("pageerror", (problem) => problems.push(String(problem)));
  await page.goto(`${home}search/`);
  const titles = () => page.locator(".search-results h2").allTextContents();
  const settled = (text) => page.locator(".search-status", { hasText: text }).waitFor({ timeout: 10_000 });

  // Typing the beginning of a word shows what begins with it, without the form being sent.
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.name), "q", "a slash leads to the field");
  await page.keyboard.type("lanter");
  await settled("2 stories");
  assert.deepEqual((await titles()).sort(), ["Lanterns over the quay", "The last lantern maker"]);
  assert.equal(new URL(page.url()).search, "?q=lanter", "the URL says what was asked");
  assert.ok((await page.locator(".search-results mark").allTextContents()).includes("Lanterns"), "words are marked");
  assert.match(await page.locator(".search-result").first().innerText(), /2026/, "results have dates");

  // Arrows lead through the results and back, and Enter opens one.
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(), (await titles())[0]);
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(), (await titles())[1]);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.name), "q", "Escape leads back to the field");
  await page.keyboard.press("ArrowDown");
  const title = await focused();
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.includes("/search/"));
  assert.equal(await page.locator("h1").textContent(), title, "a result leads to its story");
  assert.ok(new URL(page.url()).pathname.startsWith(base), "below the site's path");

  // Back is where one was; filters narrow, by keyboard, and stand in the URL.
  await page.goBack();
  await settled("2 stories");
  await page.locator("select[name=category]").focus();
  await page.keyboard.press("ArrowDown");
  await settled("1 story");
  assert.equal(new URL(page.url()).searchParams.get("category"), "city");
  assert.deepEqual(await titles(), ["Lanterns over the quay"]);
  await page.goto(`${home}search/?q=harbour&author=asha-rao`);
  await settled("1 story");
  assert.deepEqual(await titles(), ["Harbour levy passes"]);
  assert.equal(await page.locator("select[name=author] option:checked").textContent(), "Asha Rao");
  await page.goto(`${home}search/?q=harbour&year=2025`);
  await settled("1 story");
  assert.deepEqual(await titles(), ["Harbour before the levy"]);

  // Words of scripts with vowel signs, and of scripts without spaces.
  for (const [query, expected] of [["चुनाव", "चुनाव की तैयारी"], ["東京", "東京の雨"], ["ecole", "L’école ferme"]]) {
    await page.goto(`${home}search/?q=${encodeURIComponent(query)}`);
    await settled("1 story");
    assert.deepEqual(await titles(), [expected]);
  }
  await page.goto(`${home}search/?q=xyzzy`);
  await settled("Nothing was found");
  assert.deepEqual(problems, []);
  const lost = asked.filter((path) => !path.startsWith(base) && path !== "/favicon.ico");
  assert.deepEqual(lost, [], "nothing is asked for outside the site's path");

  // A form on any page that sends to the search page works, and so does the page without scripts: it says where to look.
  const plain = await browser.newPage({ javaScriptEnabled: false });
  await plain.goto(`${home}search/?q=harbour`);
  const told = await plain.locator("noscript").textContent();
  assert.match(told, /JavaScript/);
  assert.equal((await plain.request.get(`${home}archive/`)).status(), 200);
} finally {
  await browser.close();
  server.close();
}
