// The search page. Reads the index that Newsprint makes (docs/search.md tells its form) as it needs it, ranks stories by
// BM25, and shows them. It needs no server and works below any path. Other modules, and tests, may import its parts.

const letter = /[\p{Alphabetic}\p{N}]/u, mark = /\p{M}/u;
const invisible = /[\u{ad}\u{200b}-\u{200d}\u{2060}\u{fe00}-\u{fe0f}\u{feff}]/u;
const eastern = /[\u{1100}-\u{11ff}\u{3005}-\u{318f}\u{3400}-\u{9fff}\u{ac00}-\u{d7af}\u{f900}-\u{faff}\u{ff66}-\u{ff9f}\u{20000}-\u{3ffff}]/u;
const southern = /[\u{e00}-\u{eff}\u{1000}-\u{109f}\u{1780}-\u{17ff}]/u;
const voiced = /[\u{3099}\u{309a}]/u, accent = /[\u{300}-\u{36f}\u{3099}\u{309a}]/u;

/** What a character does to the run it stands in: "letter", "unspaced", "mark", "invisible" or "break". */
function part(character) {
  if (invisible.test(character)) return "invisible";
  if (eastern.test(character)) return voiced.test(character) ? "mark" : letter.test(character) ? "unspaced" : "break";
  if (southern.test(character)) return mark.test(character) ? "mark" : letter.test(character) ? "unspaced" : "break";
  return letter.test(character) ? "letter" : mark.test(character) ? "mark" : "break";
}

/** A word without accents and compatibility forms. */
function plain(word) {
  const bare = word.normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  return Array.from(bare, (character) => character.toLowerCase()).join("")
    .replaceAll("ß", "ss").replaceAll("ς", "σ").normalize("NFC");
}

/** The words of a text as the index has them, each with its start and end in the text. */
export function words(text) {
  const found = [];
  let run = null;
  const close = (end) => {
    if (!run) return;
    const { pieces, kind } = run;
    if (kind === "unspaced") {
      // Scripts without spaces give each two neighbouring characters; a character on its own gives itself.
      if (pieces.length === 1) found.push({ word: plain(pieces[0].text), start: pieces[0].start, end });
      for (let at = 1; at < pieces.length; at++) {
        const [one, other] = [pieces[at - 1], pieces[at]];
        found.push({ word: plain(one.text + other.text), start: one.start, end: pieces[at + 1]?.start ?? end });
      }
    } else {
      const folded = pieces.map((piece) => piece.text).join("");
      const whole = run.accents ? folded.normalize("NFC") : folded;
      if ([...whole].length > 1) found.push({ word: plain(whole), start: pieces[0].start, end });
    }
    run = null;
  };
  let place = 0;
  for (const character of text) {
    const start = place, kind = part(character);
    place += character.length;
    if (kind === "invisible" && run) continue;
    if (kind === "letter" || kind === "unspaced") {
      if (run && run.kind !== kind) close(start);
      run ??= { kind, pieces: [], accents: false };
    } else if (kind !== "mark" || !run) {
      close(start);
      continue;
    }
    if (accent.test(character)) run.accents = true;
    let folded = character;
    if (/[\u{900}-\u{dff}]/u.test(character)) folded = character.normalize("NFD");
    else if (kind === "letter") folded = character.toLowerCase();
    if (kind === "mark" && run.pieces.length) run.pieces.at(-1).text += folded;
    else run.pieces.push({ text: folded, start });
  }
  close(place);
  return found.filter(({ word }) => word && utf8.encode(word).length <= 64);
}

const utf8 = new TextEncoder(), text = new TextDecoder();

/** The number of the shard of a word: FNV-1a of its first letters. */
function home(word, stem, shards) {
  let hash = 0x811c9dc5;
  for (const byte of utf8.encode([...word].slice(0, stem).join(""))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % shards;
}

/** Reads numbers in groups of seven bits, bits, and bytes. */
class Bytes {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
    this.bit = 0;
  }
  byte() {
    return this.bytes[this.at++];
  }
  short() {
    return this.byte() | (this.byte() << 8);
  }
  long() {
    return (this.short() | (this.short() << 16)) >>> 0;
  }
  number() {
    let number = 0, scale = 1, byte;
    do {
      byte = this.byte();
      number += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte >= 0x80);
    return number;
  }
  take(length) {
    return this.bytes.subarray(this.at, (this.at += length));
  }
  bits(width) {
    let value = 0;
    for (let done = 0; done < width; ) {
      const some = Math.min(8 - this.bit, width - done);
      value |= ((this.bytes[this.at] >> this.bit) & ((1 << some) - 1)) << done;
      done += some;
      if ((this.bit += some) === 8) [this.bit, this.at] = [0, this.at + 1];
    }
    return value;
  }
  /** A number in Rice's code. */
  rice(parameter) {
    let quotient = 0;
    while (this.bits(1)) quotient++;
    return (quotient << parameter) + this.bits(parameter);
  }
  /** Calls `see` with ascending numbers that are told by their steps. */
  steps(count, see) {
    const parameter = this.byte();
    for (let next = 0; count > 0; count--) {
      const number = next + this.rice(parameter);
      see(number);
      next = number + 1;
    }
  }
}

/** The counts that are told apart. */
const COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 36, 40, 48, 56, 64, 80, 96,
  128, 192, 255];

/** The stories of a segment of `all` stories that have a word, and how much the word counts in each. */
export function list(bytes, all) {
  const from = new Bytes(bytes);
  const count = from.number(), head = from.byte(), least = from.byte();
  const way = head >> 4, parameter = head & 15;
  const stories = new Uint32Array(count), counts = new Uint8Array(count);
  let at = 0;
  if (way === 0) from.steps(count, (story) => (stories[at++] = story));
  else if (way === 1) {
    for (let story = 0; story < all; story++) if (from.bits(1)) stories[at++] = story;
  } else {
    let story = 0;
    from.steps(all - count, (absent) => {
      while (story < absent) stories[at++] = story++;
      story = absent + 1;
    });
    while (story < all) stories[at++] = story++;
  }
  for (let place = 0; place < count; place++) {
    counts[place] = COUNTS[least + (parameter === 15 ? 0 : from.rice(parameter))];
  }
  return { stories, counts };
}

/** The lengths of the `all` stories of a segment, about. */
export function lengths(bytes, all) {
  const from = new Bytes(bytes), steps = from.byte(), parameter = from.byte(), median = from.number();
  return Float32Array.from({ length: all }, () => {
    const far = from.rice(parameter), own = median + (far & 1 ? (far + 1) / 2 : -far / 2);
    const octave = Math.floor(own / steps), least = 2 ** octave * (1 + (own % steps) / steps);
    // The middle of the lengths that have this class.
    return least + Math.max(2 ** octave / steps - 1, 0) / 2;
  });
}

/** The words of a shard. */
function shard(bytes) {
  const from = new Bytes(bytes);
  const stamp = from.long(), words = [];
  let before = new Uint8Array(), lists = 0;
  for (let count = from.number(); count > 0; count--) {
    const shared = from.byte(), rest = from.take(from.byte());
    const word = new Uint8Array(shared + rest.length);
    word.set(before.subarray(0, shared));
    word.set(rest, shared);
    before = word;
    const length = from.number(), own = length % 2 === 1;
    words.push({
      word: text.decode(word), size: own ? 2 ** (length >> 1) : length >> 1,
      own: own ? ++lists : 0, bytes: own ? null : from.take(length >> 1),
    });
  }
  return { stamp, words };
}

/** The files are not those that belong together: the site was published anew in between. */
class Stale extends Error {}

/** How little a word that only begins like the one looked for counts, and how many bytes of long lists it may cost. */
const BEGINS = 0.6, MOST_BYTES = 12_000;

/** BM25's saturation and length parameters. */
const K1 = 1.2, B = 0.75;

/** The index below `base`, which ends with a slash; `get` fetches. */
export class Index {
  constructor(base, get = (url, options) => fetch(url, options)) {
    this.base = base;
    this.get = get;
    this.files = new Map();
    this.map = null;
  }

  /** A file, loaded once and read by `read`. */
  file(path, read, cache = "default") {
    if (!this.files.has(path)) {
      const loading = this.get(this.base + path, { cache }).then(async (answer) => {
        if (!answer.ok) throw new Stale(`${path}: ${answer.status}`);
        return read(answer);
      });
      loading.catch(() => this.files.delete(path));
      this.files.set(path, loading);
    }
    return this.files.get(path);
  }

  /** Does something with the map of the index, and once more from the start when files have changed meanwhile. */
  async whole(act) {
    try {
      this.map ??= await this.file("map.json", (answer) => answer.json());
      return await act(this.map);
    } catch (problem) {
      if (!(problem instanceof Stale)) throw problem;
      this.files.clear();
      this.norming = null;
      this.fresh = "reload";
      this.map = await this.file("map.json", (answer) => answer.json(), "reload");
      return act(this.map);
    }
  }

  bytes(segment, name) {
    return this.file(`${segment.name}/${name}.bin`, async (answer) => {
      const bytes = new Uint8Array(await answer.arrayBuffer());
      if (new Bytes(bytes).long() !== segment.stamp) throw new Stale(name);
      return bytes;
    }, this.fresh);
  }

  /** For each segment, what the length of each story does to the weight of its words. */
  norms() {
    return (this.norming ??= (async () => {
      const { segments } = this.map;
      const loading = segments.map(async (segment) =>
        lengths((await this.bytes(segment, "lengths")).subarray(4), segment.stories));
      const rows = await Promise.all(loading);
      let all = 0, count = 0;
      for (const row of rows) for (const length of row) [all, count] = [all + length, count + 1];
      return rows.map((row) => row.map((length) => K1 * (1 - B + (B * length * count) / all)));
    })());
  }

  async shard(segment, word) {
    const number = home(word, this.map.stem, segment.shards);
    const bytes = await this.bytes(segment, number);
    return shard(bytes).words.map((entry) => ({ ...entry, number }));
  }

  async list(segment, entry) {
    const bytes = entry.own ? (await this.bytes(segment, `${entry.number}-${entry.own}`)).subarray(4) : entry.bytes;
    return list(bytes, segment.stories);
  }

  /** For each segment, the lists of the words that are `word`, or begin with it when they may. */
  async find(word, begins) {
    const segments = this.map.segments;
    const shards = await Promise.all(segments.map((segment) => this.shard(segment, word)));
    const exact = shards.map((entries) => entries.filter((entry) => entry.word === word));
    const isThere = exact.some((entries) => entries.length > 0);
    const longEnough = [...word].length >= this.map.stem && !word.includes(":");
    let chosen = exact;
    if (longEnough && (begins === "yes" || (begins === "instead" && !isThere))) {
      const sizes = new Map();
      for (const { word: other, size, own } of shards.flat()) {
        if (!other.startsWith(word) || other === word) continue;
        const sum = sizes.get(other) ?? { size: 0, long: 0 };
        sizes.set(other, { size: sum.size + size, long: sum.long + (own ? size : 0) });
      }
      let left = exact.flat().some((entry) => entry.own) ? 0 : MOST_BYTES;
      const wanted = new Set([word]);
      for (const [other, { long }] of [...sizes].sort((one, two) => two[1].size - one[1].size)) {
        if (long > left) continue;
        left -= long;
        wanted.add(other);
      }
      chosen = shards.map((entries) => entries.filter((entry) => wanted.has(entry.word)));
    }
    return Promise.all(chosen.map((entries, at) => Promise.all(entries.map(async (entry) => ({
      factor: entry.word === word ? 1 : BEGINS, ...(await this.list(segments[at], entry)),
    })))));
  }

  /** For each segment, which stories the filters let through; `null` for all. */
  async allowed({ category, author, year }) {
    const marks = [category && `c:${category}`, author && `a:${author}`].filter(Boolean);
    const lists = await Promise.all(marks.map((mark) => this.find(mark, "no")));
    return this.map.segments.map((segment, at) => {
      if (!marks.length && !year) return null;
      const passes = new Uint8Array(segment.stories).fill(marks.length ? 0 : 1);
      lists.forEach((found, number) => {
        for (const { stories } of found[at]) for (const story of stories) if (passes[story] === number) passes[story]++;
      });
      for (let story = 0; story < passes.length; story++) passes[story] = passes[story] === Math.max(lists.length, 1);
      if (year) {
        const place = segment.years.findIndex(([other]) => other === Number(year));
        passes.fill(0, 0, place < 0 ? passes.length : segment.years[place][1]);
        if (place >= 0 && segment.years[place + 1]) passes.fill(0, segment.years[place + 1][1]);
      }
      return passes;
    });
  }

  /**
   * The stories that `query` finds, best first: `{ hits: [{ segment, story, score }], total }`. `begins` says whether the
   * last word may be the beginning of others: "yes", "no", or "instead" when it stands nowhere as it is.
   */
  search(query, { begins = "instead", limit = 10, ...filters } = {}) {
    return this.whole(async ({ segments }) => {
      // Previews have no index, and a site without stories has none.
      if (!segments.length) throw new Error("there is no index");
      const asked = [...new Set(words(query).map(({ word }) => word))];
      const [norms, allowed, ...found] = await Promise.all([
        this.norms(),
        this.allowed(filters),
        ...asked.map((word, at) => this.find(word, at === asked.length - 1 ? begins : "no")),
      ]);
      const all = segments.reduce((sum, segment) => sum + segment.stories, 0);
      const scores = segments.map((segment) => new Float64Array(segment.stories));
      for (const lists of found) {
        const best = segments.map((_, at) => weightsOf(lists[at], norms[at]));
        const having = best.reduce((sum, { stories }) => sum + stories.length, 0);
        const rarity = Math.log(1 + (all - having + 0.5) / (having + 0.5));
        best.forEach(({ stories, weights }, at) => {
          for (let place = 0; place < stories.length; place++) scores[at][stories[place]] += rarity * weights[place];
        });
      }
      const hits = [];
      scores.forEach((row, segment) => row.forEach((score, story) => {
        if (score > 0 && (!allowed[segment] || allowed[segment][story])) hits.push({ segment, story, score });
      }));
      // Of two that are as good the newer one comes first.
      hits.sort((one, two) => two.score - one.score || two.segment - one.segment || two.story - one.story);
      return { hits: hits.slice(0, limit), total: hits.length };
    });
  }

  /** What a result shows. */
  teaser({ segment, story }) {
    return this.whole(async ({ segments, teasers }) => {
      const { name, stamp } = segments[segment];
      const part = await this.file(`${name}/t${Math.floor(story / teasers)}.json`, async (answer) => {
        const [own, rows] = await answer.json();
        if (own !== stamp) throw new Stale(name);
        return rows;
      }, this.fresh);
      const [title, url, date, shown, category, authors, dek, lang] = part[story % teasers];
      return { title, url, date, shown, category, authors, dek, lang };
    });
  }
}

/** One weight for each story that stands in some of the lists: the greatest. */
function weightsOf(lists, norms) {
  const weigh = ({ stories, counts, factor }) =>
    Float32Array.from(stories, (story, place) => (factor * counts[place]) / (counts[place] + norms[story]));
  if (lists.length === 1) return { stories: lists[0].stories, weights: weigh(lists[0]) };
  const most = new Float32Array(norms.length);
  for (const one of lists) {
    const weights = weigh(one);
    one.stories.forEach((story, place) => (most[story] = Math.max(most[story], weights[place])));
  }
  const stories = [];
  most.forEach((weight, story) => weight > 0 && stories.push(story));
  return { stories, weights: stories.map((story) => most[story]) };
}

/** The pieces of a text, each with whether it is one of the words looked for. */
export function highlighted(text, query) {
  const asked = words(query).map(({ word }) => word);
  const last = asked.at(-1);
  const isAsked = (word) => asked.includes(word) || (last && [...last].length >= 4 && word.startsWith(last));
  const pieces = [];
  let done = 0;
  for (const { word, start, end } of words(text)) {
    if (!isAsked(word) || end <= done) continue;
    const from = Math.max(start, done);
    if (from > done) pieces.push([text.slice(done, from), false]);
    pieces.push([text.slice(from, end), true]);
    done = end;
  }
  pieces.push([text.slice(done), false]);
  return pieces;
}

/** How many results are shown at first, and more at a time. */
const SHOWN = 10;
/** How long typing rests before a search begins, in milliseconds. */
const REST = 150;

/** Brings a search form to life. */
class Page {
  constructor(root) {
    this.root = root;
    this.form = root.querySelector("form");
    this.field = this.form.elements.q;
    this.status = root.querySelector(".search-status");
    this.results = root.querySelector(".search-results");
    this.more = root.querySelector(".search-more");
    this.index = new Index(new URL(root.dataset.search, location.href).href);
    this.turn = 0;
    this.limit = SHOWN;
    this.form.querySelector("fieldset").hidden = false;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask("instead", "pushState");
    });
    this.form.addEventListener("input", (event) => {
      clearTimeout(this.resting);
      const typing = event.target === this.field;
      this.resting = setTimeout(() => this.ask(typing ? "yes" : "instead", "replaceState"), typing ? REST : 0);
    });
    this.more.querySelector("button").addEventListener("click", () => {
      const first = this.results.children.length;
      this.limit += SHOWN;
      this.run("instead").then(() => this.results.children[first]?.querySelector("a").focus());
    });
    addEventListener("popstate", () => this.restore());
    addEventListener("keydown", (event) => this.key(event));
    this.restore();
    this.filters();
  }

  /** What the form says, as the search of a URL. */
  state() {
    const state = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) if (value.trim()) state.set(name, value.trim());
    return state;
  }

  /** Fills the form from the URL, and searches. */
  restore() {
    const state = new URLSearchParams(location.search);
    for (const name of ["q", "category", "author", "year"]) {
      const field = this.form.elements[name], value = state.get(name) ?? "";
      if (value && field.options && ![...field.options].some((option) => option.value === value)) {
        field.add(new Option(value, value));
      }
      field.value = value;
    }
    this.limit = SHOWN;
    if (this.field.value) this.run("instead");
    else this.clear();
  }

  /** Fills the lists of writers and years, once somebody is about to use them. */
  filters() {
    const fill = (select, options) => {
      const chosen = select.value, first = select.options[0];
      select.replaceChildren(first, ...options.map(([value, name]) => new Option(name, value)));
      select.value = chosen;
    };
    const { author, year } = this.form.elements;
    const once = (select, load) => {
      const go = () => load().then((options) => fill(select, options), () => {});
      if (select.value) go();
      else for (const kind of ["focus", "pointerenter"]) select.addEventListener(kind, go, { once: true });
    };
    once(author, () => this.index.file("authors.json", (answer) => answer.json()));
    once(year, () => this.index.whole(async ({ segments }) => {
      const years = new Set(segments.flatMap((segment) => segment.years.map(([year]) => year)));
      return [...years].sort((one, two) => two - one).map((year) => [String(year), String(year)]);
    }));
  }

  ask(begins, how) {
    clearTimeout(this.resting);
    this.limit = SHOWN;
    const state = this.state().toString();
    history[how](null, "", state ? `?${state}` : location.pathname);
    return this.run(begins);
  }

  clear() {
    this.turn++;
    this.status.textContent = "";
    this.results.replaceChildren();
    this.more.hidden = true;
  }

  async run(begins) {
    const { q: query = "", ...filters } = Object.fromEntries(this.state());
    if (!words(query).length) return this.clear();
    const turn = ++this.turn;
    try {
      const { hits, total } = await this.index.search(query, { begins, limit: this.limit, ...filters });
      const teasers = await Promise.all(hits.map((hit) => this.index.teaser(hit)));
      // Somebody has typed on meanwhile.
      if (turn !== this.turn) return;
      this.results.replaceChildren(...teasers.map((teaser) => item(teaser, query)));
      this.more.hidden = total <= hits.length;
      this.status.textContent = total ? this.counted(total) : this.root.dataset.nothing.replace("{words}", query);
    } catch {
      if (turn !== this.turn) return;
      this.clear();
      this.status.textContent = this.root.dataset.unreachable;
    }
  }

  /** How many stories were found, in the page's language. */
  counted(total) {
    const { lang } = document.documentElement;
    const form = new Intl.PluralRules(lang).select(total);
    const { dataset } = this.root;
    const text = dataset[`count${form[0].toUpperCase()}${form.slice(1)}`] ?? dataset.countOther;
    return text.replace("{n}", total.toLocaleString(lang));
  }

  /** A slash leads to the field; arrows lead from it through the results; Escape leads back. */
  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const links = [...this.results.querySelectorAll("a")], at = links.indexOf(document.activeElement);
    const isField = document.activeElement === this.field;
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) this.field.focus();
    else if (event.key === "ArrowDown" && (isField || at >= 0) && links[at + 1]) links[at + 1].focus();
    else if (event.key === "ArrowUp" && at >= 0) (links[at - 1] ?? this.field).focus();
    else if (event.key === "Escape" && at >= 0) this.field.focus();
    else return;
    event.preventDefault();
  }
}

function item({ title, url, date, shown, category, authors, dek, lang }, query) {
  const make = (tag, name, ...children) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    element.append(...children);
    return element;
  };
  const marked = (text) => highlighted(text, query).map(([piece, isAsked]) => (isAsked ? make("mark", "", piece) : piece));
  const link = make("a", "", ...marked(title));
  link.href = url;
  if (lang) link.lang = lang;
  const time = make("time", "", shown);
  time.dateTime = date;
  const names = authors.length ? [make("span", "card-names", authors.join(", "))] : [];
  const about = make("p", "card-meta", make("span", "kicker", category), time, ...names);
  const dekLine = make("p", "card-dek", ...marked(dek));
  if (lang) dekLine.lang = lang;
  return make("li", "search-result", make("h2", "card-title", link), about, ...(dek ? [dekLine] : []));
}

if (globalThis.document) for (const root of document.querySelectorAll("[data-search]")) new Page(root);
