// Runs queries against a built site with the search page's own script, as a browser would, and says what came and how
// many bytes were loaded: node queries.mjs SITE SCRIPT QUERIES. A query is
// `{ q, … }`, or `{ text }` to be cut into words, or `{ list, all }` to be read as a
// list of a segment of so many stories, or `{ lengths, all }` to be read as their lengths, or `{ below }` to tell the characters that this node knows.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [site, script, queries] = process.argv.slice(2);
const { Index, lengths, list, words } = await import(pathToFileURL(script).href);

let loaded = 0;
const answer = (bytes) => ({
  ok: true, status: 200,
  json: async () => JSON.parse(new TextDecoder().decode(bytes)),
  arrayBuffer: async () => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
});
const get = async (path) => {
  const bytes = await readFile(`${site}/${path}`).catch(() => null);
  if (!bytes) return { ok: false, status: 404 };
  loaded += bytes.length;
  return answer(bytes);
};

async function run({ q, ...options }) {
  const index = new Index("search/", get);
  const ask = async (query) => {
    loaded = 0;
    const { hits, total } = await index.search(query, { begins: "no", ...options });
    const index_bytes = loaded;
    const urls = (await Promise.all(hits.map((hit) => index.teaser(hit)))).map((teaser) => teaser.url);
    return { urls, total, bytes: loaded, index: index_bytes };
  };
  const found = await ask(q);
  // The same words one after the other, as somebody adds them.
  const grown = new Index("search/", get), steps = [];
  const parts = q.split(" ");
  for (let count = 1; count <= parts.length; count++) {
    loaded = 0;
    const { hits } = await grown.search(parts.slice(0, count).join(" "), { begins: "no" });
    const index_bytes = loaded;
    await Promise.all(hits.map((hit) => grown.teaser(hit)));
    steps.push({ bytes: loaded, index: index_bytes });
  }
  return { ...found, steps };
}

/** Every character below a code that is assigned in this version of Unicode. */
function known(below) {
  const all = [];
  for (let code = 0; code < below; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const character = String.fromCodePoint(code);
    if (/\P{Cn}/u.test(character)) all.push(character);
  }
  return all.join("");
}

const input = JSON.parse(await readFile(queries, "utf8"));
const output = [];
for (const query of input) {
  if (query.text !== undefined) output.push(words(query.text).map(({ word }) => word));
  else if (query.list) {
    const { stories, counts } = list(Uint8Array.from(query.list), query.all);
    output.push({ stories: [...stories], counts: [...counts] });
  } else if (query.lengths) {
    output.push([...lengths(Uint8Array.from(query.lengths), query.all)]);
  } else if (query.below) output.push(known(query.below));
  else output.push(await run(query));
}
process.stdout.write(JSON.stringify(output));
