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
};

gradients.FOLD = 32; // a vector longer than this is shown in rows, as near to a square as may be

// A tensor as a grid: the last two axes, or a vector in rows; `lead` chooses along the other axes.
gradients.Grid = class {
  constructor(shape) {
    this.shape = shape;
    const size = shape.reduce((a, b) => a * b, 1);
    this.lead = shape.slice(0, -2);
    if (shape.length >= 2) [this.rows, this.columns] = shape.slice(-2);
    else {
      this.columns = size <= gradients.FOLD ? size : Math.ceil(Math.sqrt(size));
      this.rows = this.columns ? Math.ceil(size / this.columns) : 0;
    }
    this.size = size;
    this.plane = shape.length >= 2 ? this.rows * this.columns : size;
  }

  // The flat number of a cell, -1 where the last row of a folded vector has none.
  cell(row, column, lead = []) {
    if (row < 0 || column < 0 || row >= this.rows || column >= this.columns) return -1;
    const place = row * this.columns + column;
    if (place >= this.plane) return -1;
    return this.lead.reduce((sum, n, i) => sum * n + Math.min(lead[i] ?? 0, n - 1), 0) * this.plane + place;
  }

  place(cell) {
    const plane = Math.floor(cell / this.plane), inside = cell - plane * this.plane;
    const lead = [];
    for (let i = this.lead.length - 1, left = plane; i >= 0; i--) {
      lead.unshift(left % this.lead[i]);
      left = Math.floor(left / this.lead[i]);
    }
    return {row: Math.floor(inside / this.columns), column: inside % this.columns, lead};
  }

  index(cell) {
    if (this.shape.length < 2) return this.shape.length ? [cell] : [];
    const {row, column, lead} = this.place(cell);
    return [...lead, row, column];
  }

  name(cell) {
    return `[${this.index(cell).join(", ")}]`;
  }
};

// A flow by source and by target: `out.get(i)` and `into.get(j)` are lists of numbers of links.
gradients.Flow = class {
  constructor({source, target, kind, rows, columns, values, slopes, entries}, slope = false) {
    Object.assign(this, {source, target, kind, rows, columns});
    this.isSlope = slope && Boolean(slopes);
    this.values = (this.isSlope ? slopes : values).map(gradients.number);
    this.entries = entries ?? values.length;
    [this.out, this.into] = [new Map(), new Map()];
    rows.forEach((i, k) => gradients.add(this.out, i, k));
    columns.forEach((j, k) => gradients.add(this.into, j, k));
  }
};

gradients.add = (map, key, item) => {
  if (!map.has(key)) map.set(key, []);
  map.get(key).push(item);
};

gradients.Model = class {
  constructor(data, slope = false) {
    this.data = data;
    this.layers = data.layers.map((layer, number) => {
      const grid = new gradients.Grid(layer.shape);
      const read = key => layer[key] ? layer[key].map(gradients.number) : null;
      const [activation, gradient] = [read("activation"), read("gradient")];
      return {...layer, number, grid, activation, gradient};
    });
    this.flows = data.flows.map(flow => new gradients.Flow(flow, slope));
    this.input = gradients.picture(data.input);
    this.target = gradients.picture(data.target);
    let [least, most] = [0, 0];
    for (const {values} of this.flows)
      for (const x of values) if (Number.isFinite(x)) [least, most] = [Math.min(least, x), Math.max(most, x)];
    [this.least, this.most] = [least, most];
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

gradients.picture = data => data && {
  ...data, grid: new gradients.Grid(data.shape), values: data.values.map(gradients.number),
  edited: new Set(data.edited ?? []),
};

// One document less another of the same layers: the difference of every number.
gradients.less = (data, other) => {
  const minus = (a, b) => a && b && a.length === b.length
    ? a.map((x, i) => gradients.number(x) - gradients.number(b[i])) : a;
  const flows = data.flows.map(flow => {
    const match = other.flows.find(one => one.source === flow.source && one.target === flow.target);
    if (!match) return flow;
    const width = gradients.count(data.layers[flow.target].shape), sums = new Map();
    const slopes = flow.slopes && match.slopes;
    const put = ({rows, columns, values, slopes: by}, sign) => rows.forEach((row, k) => {
      const key = row * width + columns[k], [value, slope] = sums.get(key) ?? [0, 0];
      sums.set(key, [value + sign * gradients.number(values[k]), slope + (slopes ? sign * gradients.number(by[k]) : 0)]);
    });
    put(flow, 1);
    put(match, -1);
    const kept = [...sums].filter(([, [value, slope]]) => value !== 0 || slope !== 0);
    return {
      ...flow, rows: kept.map(([key]) => Math.floor(key / width)), columns: kept.map(([key]) => key % width),
      values: kept.map(([, [value]]) => value), slopes: slopes ? kept.map(([, [, slope]]) => slope) : null, entries: kept.length,
    };
  });
  const layers = data.layers.map((layer, i) => ({
    ...layer, activation: minus(layer.activation, other.layers[i].activation),
    gradient: minus(layer.gradient, other.layers[i].gradient),
  }));
  return {...data, layers, flows};
};

gradients.count = shape => shape.reduce((a, b) => a * b, 1);

// Whether two documents can be taken from one another.
gradients.alike = (a, b) => a.layers.length === b.layers.length
  && a.layers.every((layer, i) => layer.name === b.layers[i].name && String(layer.shape) === String(b.layers[i].shape));
