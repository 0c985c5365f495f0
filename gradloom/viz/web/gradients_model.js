"use strict";
// What the page knows of a document (gradloom/viz/gradients/document.py): cells, flows, paths.
const gradients = {
  number: x => typeof x === "number" ? x : x === null || x === undefined ? NaN : Number(x),

  // A number in a few characters.
  text(x, digits = 3) {
    if (Number.isNaN(x)) return "NaN";
    if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
    if (x === 0) return "0";
    const size = Math.abs(x);
    const text = size >= 1e5 || size < 1e-3 ? x.toExponential(Math.max(digits - 2, 0)) : String(+x.toPrecision(digits));
    return text.replaceAll("-", "−");
  },

  // The same in four characters at most, for numbers below 1000.
  brief(x) {
    if (!Number.isFinite(x) || x === 0) return gradients.text(x);
    const size = Math.abs(x), text = Number.isInteger(size) ? String(size) : size >= 9.95 ? String(Math.round(size)) : size >= 0.995 ? size.toFixed(1) : size.toFixed(2).slice(1);
    return x < 0 ? `−${text}` : text;
  },
};

gradients.FOLD = [8, 64]; // a vector is shown in rows of 8, a longer one than 64 as near to a square as may be

// The axes that a picture shows: the last two; of square pictures whose channels come last, those before.
gradients.axesOf = shape => {
  const n = shape.length;
  return n > 2 && shape[n - 3] === shape[n - 2] && shape[n - 2] !== shape[n - 1] && shape[n - 2] > 1 ? [n - 3, n - 2] : [n - 2, n - 1];
};

// A tensor as a grid: two of its axes, or a vector in rows; `lead` chooses along the other axes.
gradients.Grid = class {
  constructor(shape, axes) {
    this.shape = shape;
    this.size = gradients.count(shape);
    this.strides = shape.map((_, i) => gradients.count(shape.slice(i + 1)));
    const [row, most] = gradients.FOLD;
    this.isFolded = shape.length < 2 || (this.size > row && this.size === Math.max(...shape));
    if (this.isFolded) {
      this.columns = this.size <= most ? Math.min(this.size, row) : Math.ceil(Math.sqrt(this.size));
      this.rows = this.columns ? Math.ceil(this.size / this.columns) : 0;
      [this.axes, this.others, this.lead] = [[], [], []];
      return;
    }
    const fits = Array.isArray(axes) && axes.length === 2 && axes[0] !== axes[1] && axes.every(axis => Number.isInteger(axis) && axis >= 0 && axis < shape.length);
    this.axes = fits ? axes : gradients.axesOf(shape);
    [this.rows, this.columns] = this.axes.map(axis => shape[axis]);
    this.others = shape.map((_, i) => i).filter(i => !this.axes.includes(i));
    this.lead = this.others.map(axis => shape[axis]);
  }

  // The flat number of a cell, -1 where there is none.
  cell(row, column, lead = []) {
    if (row < 0 || column < 0 || row >= this.rows || column >= this.columns) return -1;
    if (this.isFolded) return row * this.columns + column < this.size ? row * this.columns + column : -1;
    const {strides, axes, others} = this;
    return others.reduce((sum, axis, i) => sum + Math.min(lead[i] ?? 0, this.shape[axis] - 1) * strides[axis], row * strides[axes[0]] + column * strides[axes[1]]);
  }

  place(cell) {
    if (this.isFolded) return {row: Math.floor(cell / this.columns), column: cell % this.columns, lead: []};
    const index = this.index(cell);
    return {row: index[this.axes[0]], column: index[this.axes[1]], lead: this.others.map(axis => index[axis])};
  }

  index(cell) {
    return this.shape.map((n, i) => Math.floor(cell / this.strides[i]) % n);
  }

  name(cell) {
    return this.shape.length ? `[${this.index(cell).join(", ")}]` : "the number";
  }
};

gradients.Flow = class {
  constructor({source, target, kind, rows, columns, values, slopes, entries}, slope = false) {
    const read = list => list && list.map(gradients.number);
    Object.assign(this, {source, target, kind, rows, columns, given: read(values), slopes: read(slopes)});
    this.isSlope = slope && Boolean(slopes);
    this.values = this.isSlope ? this.slopes : this.given;
    this.entries = entries ?? values.length;
    this.isWhole = this.entries <= values.length;
  }

  // The links of each cell, made when they are asked for: most flows of a big network never are.
  get out() {
    return this.bySource ??= gradients.grouped(this.rows);
  }

  get into() {
    return this.byTarget ??= gradients.grouped(this.columns);
  }

  // The same with these links of one cell in the place of its own: all that there are, or more than were held.
  with(links, end, cell) {
    const left = [...this[end].keys()].filter(k => this[end][k] !== cell);
    const join = (own, more) => own && more ? [...left.map(k => own[k]), ...more] : null;
    const rows = join(this.rows, links.rows), columns = join(this.columns, links.columns);
    const values = join(this.given, links.values), slopes = join(this.slopes, links.slopes);
    return new gradients.Flow({source: this.source, target: this.target, kind: this.kind, rows, columns, values, slopes, entries: Math.max(this.entries, rows.length)}, this.isSlope);
  }
};

gradients.add = (map, key, item) => {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
};

gradients.grouped = keys => {
  const map = new Map();
  for (let k = 0; k < keys.length; k++) gradients.add(map, keys[k], k);
  return map;
};

gradients.Model = class {
  // `axes` are those that the pictures of layers show, by name, where the reader chose them.
  constructor(data, slope = false, axes = {}) {
    this.data = data;
    this.slope = slope;
    this.layers = data.layers.map((layer, number) => {
      const grid = new gradients.Grid(layer.shape, axes[layer.name]);
      const read = key => layer[key] ? layer[key].map(gradients.number) : null;
      const [activation, gradient] = [read("activation"), read("gradient")];
      return {...layer, number, grid, activation, gradient};
    });
    this.flows = data.flows.map(flow => new gradients.Flow(flow, slope));
    this.input = gradients.picture(data.input, axes["picture input"]);
    this.target = gradients.picture(data.target, axes["picture target"]);
    this.exact = null; // the cell whose links are all here, as "layer:cell"
    let [least, most] = [0, 0];
    for (const {values} of this.flows)
      for (const x of values) if (Number.isFinite(x)) [least, most] = [Math.min(least, x), Math.max(most, x)];
    [this.least, this.most] = [least, most];
  }

  // Whether links are missing: of some flows the strongest alone are held, of others none.
  get isPartial() {
    return this.data.notes?.length > 0;
  }

  // The same with all links of one cell, as Python computed them.
  with({layer, cell, flows}) {
    const made = Object.assign(Object.create(gradients.Model.prototype), this, {exact: `${layer}:${cell}`, unsure: flows.some(flow => !flow.whole)});
    made.flows = [...this.flows];
    for (const links of flows) {
      const at = made.flows.findIndex(flow => flow.source === links.source && flow.target === links.target);
      const end = links.source === layer ? "rows" : "columns";
      if (at >= 0) made.flows[at] = made.flows[at].with(links, end, cell);
      else if (links.rows.length) made.flows.push(new gradients.Flow(links, this.slope));
    }
    made.flows.sort((a, b) => a.source - b.source || a.target - b.target);
    return made;
  }

  after(layer) {
    return this.flows.filter(flow => flow.source === layer);
  }

  before(layer) {
    return this.flows.filter(flow => flow.target === layer);
  }

  // Cells reached from one cell along links that pass, both ways: Set per layer, and the links taken.
  paths(layer, cell, passes) {
    const cells = this.layers.map(() => new Set()), links = new Map(this.flows.map(flow => [flow, new Set()]));
    const go = (ways, ends, next) => {
      const reached = new Map([[layer, new Set([cell])]]);
      const queue = [layer];
      while (queue.length) {
        const at = queue.shift(), here = reached.get(at);
        for (const flow of ways(at)) {
          const found = new Set(reached.get(flow[next]));
          for (const one of here)
            for (const k of flow[ends].get(one) ?? []) {
              if (!passes(flow.values[k])) continue;
              links.get(flow).add(k);
              found.add(next === "target" ? flow.columns[k] : flow.rows[k]);
            }
          if (found.size > (reached.get(flow[next])?.size ?? 0)) {
            reached.set(flow[next], found);
            queue.push(flow[next]);
          }
        }
      }
      for (const [number, found] of reached) for (const one of found) cells[number].add(one);
    };
    go(at => this.after(at), "out", "target");
    go(at => this.before(at), "into", "source");
    return {cells, links};
  }
};

gradients.picture = (data, axes) => data && {
  ...data, grid: new gradients.Grid(data.shape, axes), values: data.values?.map(gradients.number) ?? null,
  edited: new Set(data.edited ?? []),
};

// One document less another of the same layers: the difference of every number. Of a link that only one of two
// flows holds, the difference is known where the other flow is whole; else the link is left out, and counted.
gradients.less = (data, other) => {
  const minus = (a, b) => a && b && a.length === b.length
    ? a.map((x, i) => gradients.number(x) - gradients.number(b[i])) : null;
  const flows = data.flows.map(flow => {
    const match = other.flows.find(one => one.source === flow.source && one.target === flow.target);
    return match ? gradients.lessFlow(flow, match, gradients.count(data.layers[flow.target].shape))
      : {...flow, rows: [], columns: [], values: [], slopes: flow.slopes && []};
  });
  const layers = data.layers.map((layer, i) => ({
    ...layer, activation: minus(layer.activation, other.layers[i].activation),
    gradient: minus(layer.gradient, other.layers[i].gradient),
  }));
  return {...data, layers, flows};
};

gradients.lessFlow = (flow, other, width) => {
  const sloped = Boolean(flow.slopes && other.slopes);
  const table = ({rows, columns, values, slopes}) => new Map(rows.map((row, k) =>
    [row * width + columns[k], [gradients.number(values[k]), sloped ? gradients.number(slopes[k]) : 0]]));
  const [mine, theirs] = [table(flow), table(other)];
  const [isWhole, otherIsWhole] = [flow, other].map(one => one.entries <= one.values.length);
  const made = {...flow, rows: [], columns: [], values: [], slopes: sloped ? [] : null, entries: 0};
  for (const key of new Set([...mine.keys(), ...theirs.keys()])) {
    made.entries += 1;
    if (!(mine.has(key) || isWhole) || !(theirs.has(key) || otherIsWhole)) continue;
    const [a, b] = [mine.get(key) ?? [0, 0], theirs.get(key) ?? [0, 0]], value = a[0] - b[0], slope = a[1] - b[1];
    if (value === 0 && slope === 0) {
      made.entries -= 1;
      continue;
    }
    made.rows.push(Math.floor(key / width));
    made.columns.push(key % width);
    made.values.push(value);
    if (sloped) made.slopes.push(slope);
  }
  if (!isWhole || !otherIsWhole) made.entries = Math.max(made.entries, flow.entries);
  return made;
};

gradients.count = shape => shape.reduce((a, b) => a * b, 1);

// Whether two documents can be taken from one another.
gradients.alike = (a, b) => a.layers.length === b.layers.length
  && a.layers.every((layer, i) => layer.name === b.layers[i].name && String(layer.shape) === String(b.layers[i].shape));
