"use strict";
// The page's data as things that refer to each other: nodes, parameters, results and groups.
const explorer = {};

explorer.book = gradloom.data;
explorer.text = number => (number >= 0 ? explorer.book.texts[number] : "");

// A row's fact by name; null where no run told it.
explorer.fact = (row, name) => {
  const column = explorer.book.rows[name];
  return row >= 0 && column ? column[row] : null;
};
explorer.word = (row, name) => {
  const number = explorer.fact(row, name);
  return number === null ? "" : explorer.text(number);
};

// A number of a fact: "NaN" and infinities are texts in JSON.
explorer.number = value => (typeof value === "string" ? Number(value) : value);

explorer.LONGEST = 30;
explorer.shortened = text =>
  text.length <= explorer.LONGEST ? text : `${text.slice(0, explorer.LONGEST - 1)}…`;

// One graph of the history: `things` by id, the `root` group, `order` (nodes as they run).
explorer.Chapter = class {
  constructor(number) {
    const found = explorer.book.chapters[number];
    this.number = number;
    this.name = found.name;
    this.seconds = found.seconds;
    this.told = found.same === undefined ? found : explorer.book.chapters[found.same];
    this.things = new Map();
    this.order = [];
    this.rows = new Map();
    this.lineages = new Map();
    this.scope(this.told.scope, "", null);
    this.root = this.group(this.told.tree, null, "");
    for (const thing of this.order) thing.reads.forEach(read => read.from && read.from.users.push(thing));
    for (const thing of this.things.values())
      if (thing.what === "result") thing.reads.forEach(read => read.from && read.from.users.push(thing));
    explorer.total(this.root);
    this.wires = this.wired();
  }

  // Who gives to whom: what nodes read, but for nodes with regions, whose regions give and take.
  wired() {
    const isHolder = thing => thing.items !== null && thing.what === "op";
    const wires = this.told.bridges.map(([a, b]) => [this.things.get(a), this.things.get(b)]);
    for (const thing of this.things.values())
      for (const {from} of isHolder(thing) ? [] : thing.reads)
        if (from !== null && !isHolder(from)) wires.push([from, thing]);
    return wires;
  }

  static of(number) {
    explorer.chapters ??= new Map();
    if (!explorer.chapters.has(number)) explorer.chapters.set(number, new explorer.Chapter(number));
    return explorer.chapters.get(number);
  }

  thing(id, what, row, title, line, position) {
    const made = {
      id, what, row, title, line, position, reads: [], users: [], items: null, parent: null, depth: 0,
      kind: what === "op" ? explorer.word(row, "kind") : what === "parameter" ? "input" : what,
    };
    this.things.set(id, made);
    return made;
  }

  // Things of a graph or region whose ids begin with `dot`; what is read may come from `home`.
  scope(scope, dot, holder) {
    const home = new Map();
    const outer = dot ? dot : "n";
    scope.parameters.forEach(([name, type], i) => {
      const parameter = this.thing(`${dot}p${i}`, "parameter", -1, explorer.text(name), explorer.text(type), i);
      parameter.holder = holder;
      home.set(-1 - i, parameter);
    });
    scope.rows.forEach((row, i) => {
      const node = this.thing(`${outer}${i}`, "op", row, explorer.titleOf(row), explorer.word(row, "types"), i);
      node.time = this.order.length;
      node.top = holder === null;
      node.holder = holder;
      this.order.push(node);
      this.rows.set(row, node);
      this.lineages.set(explorer.fact(row, "lineage"), node);
      node.reads = explorer.fact(row, "reads").map(read => explorer.readOf(read, home));
      home.set(row, node);
      (explorer.fact(row, "regions") || []).forEach((region, k) =>
        this.scope(region, `${node.id}.${k}.`, node));
    });
    scope.results.forEach((read, i) => {
      const from = explorer.readOf(read, home);
      const title = scope.results.length === 1 ? "result" : `result ${i}`;
      const result = this.thing(`${dot}r${i}`, "result", -1, title, from.type, i);
      result.kind = "output";
      result.holder = holder;
      result.reads = [from];
    });
  }

  group([id, title, kind, repeats, open, items, rows, middles, past], parent, path) {
    const known = this.things.get(id);
    const made = known ?? this.thing(id, "group", -1, explorer.text(title), "", 0);
    made.groupKind = kind;
    made.groupTitle = explorer.text(title);
    made.repeats = repeats;
    made.opened = open === 1;
    made.path = path;
    const count = new Map();
    made.depth = parent === null ? 0 : parent.depth + 1;
    made.items = items.map((item, i) => {
      let thing;
      if (typeof item === "string") thing = this.things.get(item);
      else {
        const name = explorer.text(item[1]);
        count.set(name, (count.get(name) ?? 0) + 1);
        thing = this.group(item, made, `${path}/${name}#${count.get(name)}`);
      }
      thing.parent = made;
      thing.depth = made.depth + 1;
      thing.rank = rows[i];
      return thing;
    });
    made.ranks = rows;
    made.middles = middles;
    made.past = past;
    return made;
  }
};

explorer.titleOf = row => {
  const copy = explorer.fact(row, "copy");
  return explorer.word(row, "op") + (copy ? ` (copy ${copy})` : "");
};

// What is read: from which thing, of which type, or a literal's text.
explorer.readOf = (read, home) => {
  if (read !== null && typeof read === "object" && !Array.isArray(read))
    return {from: null, text: explorer.text(read.is), type: "", index: 0};
  const [row, index] = Array.isArray(read) ? read : [read, 0];
  const from = home.get(row) ?? null;
  const types = from ? from.line.split(/, (?=[a-z])/) : [];
  return {from, text: "", type: types[index] ?? (from ? from.line : ""), index};
};

// What a group holds, in sum (and the worst of errors and norms); a region's node knows its own sums.
explorer.total = thing => {
  const fact = name => explorer.number(explorer.fact(thing.row, name));
  const own = thing.what === "op";
  const sums = {
    nodes: own ? 1 : 0, flops: fact("flops") ?? 0, moved: fact("moved") ?? 0, bytes: fact("bytes") ?? 0,
    seconds: fact("seconds"), gradient: fact("gradient"), errors: explorer.fact(thing.row, "errors") || [],
    bad: explorer.word(thing.row, "bad"), origin: explorer.fact(thing.row, "origin") === 1,
    dtypes: new Set(own ? [explorer.word(thing.row, "dtype")] : []), kinds: new Set(own ? [thing.kind] : []),
    from: own ? thing.time : Infinity, to: own ? thing.time : -1, things: 0,
  };
  sums.errors = sums.errors.map(explorer.number);
  for (const item of thing.items ?? []) {
    const inside = explorer.total(item);
    sums.things += item.items ? inside.things : 1;
    sums.nodes += inside.nodes;
    if (!own) for (const name of ["flops", "moved", "bytes"]) sums[name] += inside[name];
    if (!own && inside.seconds !== null) sums.seconds = (sums.seconds ?? 0) + inside.seconds;
    if (inside.gradient !== null) sums.gradient = Math.max(sums.gradient ?? 0, inside.gradient);
    inside.errors.forEach((e, i) => { if (e !== null) sums.errors[i] = Math.max(sums.errors[i] ?? 0, e); });
    sums.bad ||= inside.bad;
    sums.origin ||= inside.origin;
    inside.dtypes.forEach(x => sums.dtypes.add(x));
    inside.kinds.forEach(x => sums.kinds.add(x));
    sums.from = Math.min(sums.from, inside.from);
    sums.to = Math.max(sums.to, inside.to);
  }
  thing.sums = sums;
  if (thing.items && thing.what === "group") {
    thing.line = `${sums.things} inside`;
    thing.kind = sums.kinds.size === 1 ? [...sums.kinds][0] : "group";
  }
  return sums;
};

// Nodes of the same line that are each other's derivative: the op, its tangents, its transposes.
explorer.kin = (chapter, thing) => {
  if (thing.row < 0) return [];
  const key = row => ["of", "file", "line", "function"].map(name => explorer.fact(row, name)).join(" ");
  if (!chapter.kin) {
    chapter.kin = new Map();
    for (const node of chapter.order) {
      const at = key(node.row);
      if (!chapter.kin.has(at)) chapter.kin.set(at, []);
      chapter.kin.get(at).push(node);
    }
  }
  const found = chapter.kin.get(key(thing.row)) ?? [];
  return found.some(node => explorer.word(node.row, "note")) ? found.filter(node => node !== thing) : [];
};
