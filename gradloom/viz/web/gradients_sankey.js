"use strict";
// All layers side by side, and what flows between their cells: the strongest links one by one, the
// rest of each pair of layers together in one band.
gradients.NODES = 26; // cells of a layer that stand alone: 26 names in 420 pixels can be read
gradients.LINKS = 90; // links of two layers that are drawn alone
gradients.SANKEY = {height: 420, top: 46, bar: 15, gap: 3, column: 190, side: 20};

gradients.Sankey = class {
  constructor(app) {
    const {html, svg} = gradloom;
    this.app = app;
    this.svg = svg("svg", {class: "sankey", role: "group", "aria-label": "Flows between layers"});
    this.told = html("p", {class: "muted told", id: "sankey-told"});
    this.box = html("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "Flows between layers, from first to last"}, this.svg);
    this.card = html("section", {class: "card wide", "aria-labelledby": "sankey-title"}, html("h2", {id: "sankey-title"}, "Gradient flow"), this.told, this.box);
  }

  show(model, state, paths, passes, inRegion) {
    Object.assign(this, {model, state, paths, passes, inRegion});
    const {height, top, side, column, bar} = gradients.SANKEY;
    this.columns = model.layers.map(layer => this.column(layer));
    this.links = model.flows.map(flow => this.drawnLinks(flow));
    this.step = Math.max(column, (this.box.clientWidth - 2 * side - bar - 110) / Math.max(model.layers.length - 1, 1));
    const width = 2 * side + bar + 110 + this.step * Math.max(model.layers.length - 1, 0);
    gradloom.fill(this.svg, {viewBox: `0 0 ${width} ${height + top + 8}`, width, height: height + top + 8}, []);
    const {svg} = gradloom;
    const shapes = [svg("g", {class: "links"}, this.drawFlows()), ...model.layers.map(layer => this.drawColumn(layer))];
    const focused = this.svg.contains(document.activeElement) ? document.activeElement.dataset.go : null;
    this.svg.replaceChildren(...shapes);
    if (focused) this.svg.querySelector(`[data-go="${focused}"]`)?.focus({preventScroll: true});
    const drawn = this.links.reduce((sum, one) => sum + one.length, 0), all = model.flows.reduce((sum, flow) => sum + flow.entries, 0);
    this.told.textContent = all ? `${drawn} of ${all} links one by one; the others together, in grey.` : "No flow was given between these layers.";
    const notes = model.data.notes ?? [], more = notes.length > 1 ? `; and so of ${notes.length - 1} more` : "";
    if (notes.length) this.told.textContent += ` Held: ${notes[0]}${more}.`;
    this.told.title = notes.join("\n");
    this.reveal();
  }

  // The numbers of the links of a flow that are drawn alone: of those between cells that stand alone
  // the strongest, the path's before others.
  drawnLinks(flow) {
    const taken = this.paths.links.get(flow) ?? new Set();
    const [from, to] = [flow.source, flow.target].map(number => this.columns[number].places);
    const fits = k => Number.isFinite(flow.values[k]) && flow.values[k] !== 0 && from.has(flow.rows[k]) && to.has(flow.columns[k]);
    const order = flow.values.map((_, k) => k).filter(fits);
    order.sort((a, b) => taken.has(b) - taken.has(a) || Math.abs(flow.values[b]) - Math.abs(flow.values[a]));
    return order.slice(0, gradients.LINKS);
  }

  // The cells of a layer that stand alone, and how strong each is; the others as one.
  column(layer) {
    const strength = new Map();
    const sum = (number, cell, value) => {
      if (number === layer.number && Number.isFinite(value)) strength.set(cell, (strength.get(cell) ?? 0) + Math.abs(value));
    };
    const [out, into] = [this.model.after(layer.number), this.model.before(layer.number)];
    const collect = (flows, key) => {
      strength.clear();
      for (const flow of flows) flow.values.forEach((value, k) => sum(layer.number, flow[key][k], value));
      return new Map(strength);
    };
    const [left, right] = [collect(into, "columns"), collect(out, "rows")];
    const [leftAll, rightAll] = [left, right].map(map => [...map.values()].reduce((a, b) => a + b, 0) || 1);
    const share = cell => Math.max((left.get(cell) ?? 0) / leftAll, (right.get(cell) ?? 0) / rightAll);
    const own = this.paths.cells[layer.number], chosen = layer.number === this.state.layer ? this.state.node : -1;
    const cells = Array.from({length: layer.grid.size}, (_, i) => i).filter(cell => this.inRegion(layer.number, cell) || cell === chosen);
    const ranked = cells.sort((a, b) => (b === chosen) - (a === chosen) || own.has(b) - own.has(a) || share(b) - share(a));
    const alone = (ranked.length <= gradients.NODES + 1 ? ranked : ranked.slice(0, gradients.NODES)).sort((a, b) => a - b);
    const rest = ranked.length - alone.length;
    const total = ranked.reduce((all, cell) => all + share(cell), 0) || 1;
    return this.stacked(layer, alone, rest, cell => share(cell) / total);
  }

  stacked(layer, alone, rest, share) {
    const {height, top, gap} = gradients.SANKEY;
    const least = Math.min(11, height / (alone.length + 1) - gap);
    const shares = alone.map(share);
    const others = rest ? Math.max(0, 1 - shares.reduce((a, b) => a + b, 0)) : 0;
    const entries = [...alone.map((cell, i) => ({cell, share: shares[i]})), ...(rest ? [{cell: null, share: others}] : [])];
    const room = Math.max(height - entries.length * (gap + least), 0);
    const sum = entries.reduce((all, one) => all + one.share, 0) || 1;
    const places = new Map();
    let y = top;
    for (const one of entries) {
      const high = least + room * Math.min(one.share / sum, 0.5);
      places.set(one.cell, {y, height: high, cell: one.cell});
      y += high + gap;
    }
    const shift = (top + height - y) / 2;
    for (const place of places.values()) place.y += Math.max(shift, 0);
    return {layer, places, rest};
  }

  x(number) {
    return gradients.SANKEY.side + number * this.step;
  }

  drawFlows() {
    return this.model.flows.flatMap((flow, f) => {
      const [a, b] = [this.columns[flow.source], this.columns[flow.target]], alone = new Set();
      const bands = [], rest = new Map();
      for (const k of this.links[f]) {
        const [from, to] = [a.places.get(flow.rows[k]), b.places.get(flow.columns[k])];
        if (!from || !to) continue;
        alone.add(k);
        bands.push({from, to, value: flow.values[k], k});
      }
      flow.values.forEach((value, k) => {
        if (alone.has(k) || !Number.isFinite(value) || value === 0) return;
        if (!this.inRegion(flow.source, flow.rows[k]) || !this.inRegion(flow.target, flow.columns[k])) return;
        const [from, to] = [a.places.get(flow.rows[k]) ?? a.places.get(null), b.places.get(flow.columns[k]) ?? b.places.get(null)];
        if (!from || !to) return;
        const key = `${from.cell},${to.cell}`, now = rest.get(key) ?? {from, to, value: 0, count: 0};
        now.value += Math.abs(value);
        now.count += 1;
        rest.set(key, now);
      });
      return this.bands(flow, bands, [...rest.values()]);
    });
  }

  // Curves as wide as their values; each end takes its part of its cell's side, in the others' order.
  bands(flow, alone, rest) {
    const {svg} = gradloom, {bar} = gradients.SANKEY;
    const all = [...rest, ...alone];
    const side = (end, far) => {
      const by = new Map();
      for (const one of all) gradients.add(by, one[end], one);
      let scale = Infinity;
      for (const [place, list] of by) scale = Math.min(scale, place.height / list.reduce((sum, one) => sum + Math.abs(one.value), 0));
      return {by, scale, far};
    };
    const ends = [side("from", "to"), side("to", "from")];
    const scale = Math.min(...ends.map(one => one.scale));
    for (const [i, {by, far}] of ends.entries())
      for (const [place, list] of by) {
        list.sort((p, q) => p[far].y - q[far].y);
        let y = place.y + (place.height - list.reduce((sum, one) => sum + Math.abs(one.value), 0) * scale) / 2;
        for (const one of list) {
          const width = Math.abs(one.value) * scale;
          one[i ? "y1" : "y0"] = y + width / 2;
          y += width;
        }
      }
    const [x0, x1] = [this.x(flow.source) + bar, this.x(flow.target)], bend = (x1 - x0) / 2;
    const taken = this.paths.links.get(flow) ?? new Set();
    return all.map(one => {
      const lone = one.k !== undefined;
      const kind = !lone ? "rest" : `${one.value < 0 ? "minus" : "plus"}${this.passes(one.value) ? "" : " below"}${taken.has(one.k) ? " path" : ""}`;
      const told = lone ? `${this.name(flow.source, one.from.cell)} → ${this.name(flow.target, one.to.cell)}: ${gradients.text(one.value)}` : `${one.count} weaker links: ${gradients.text(one.value)} in all`;
      return svg("path", {
        class: `link ${kind}`, d: `M${x0} ${one.y0}C${x0 + bend} ${one.y0} ${x1 - bend} ${one.y1} ${x1} ${one.y1}`,
        "stroke-width": Math.max(Math.abs(one.value) * scale, 0.6).toFixed(2),
        "data-link": lone ? `${flow.source}:${flow.rows[one.k]}-${flow.target}:${flow.columns[one.k]}` : null,
      }, svg("title", {}, told));
    }).sort((p, q) => p.classList.contains("path") - q.classList.contains("path"));
  }

  name(layer, cell) {
    return `${this.model.layers[layer].name} ${cell === null ? "other cells" : this.model.layers[layer].grid.name(cell)}`;
  }

  drawColumn(layer) {
    const {svg} = gradloom, {bar} = gradients.SANKEY, {places, rest} = this.columns[layer.number];
    const x = this.x(layer.number), values = layer.gradient ?? layer.activation;
    const colour = gradients.paint(values ? gradients.extent(values) : 1), own = this.paths.cells[layer.number];
    const chosen = layer.number === this.state.layer;
    const short = layer.name.length > 20 ? `${layer.name.slice(0, 19)}…` : layer.name;
    const head = svg("g", {
      class: `head${chosen ? " chosen" : ""}`, tabindex: 0, role: "button", "data-go": `layer-${layer.number}`,
      "aria-label": `layer ${layer.name}, shape ${layer.shape.join(" × ") || "scalar"}`, "aria-pressed": String(chosen),
      onclick: () => this.app.chooseLayer(layer.number),
      onkeydown: event => { if (event.key === "Enter") this.app.chooseLayer(layer.number); },
    }, svg("title", {}, layer.name), svg("text", {class: "b", x, y: 16}, short), svg("text", {class: "second", x, y: 32}, layer.shape.join(" × ") || "scalar"));
    const cells = [...places.values()].map(place => {
      const {cell} = place, value = cell === null || !values ? null : values[cell];
      const fill = cell === null ? "var(--sunken)" : value === null ? "var(--surface)" : Number.isFinite(value) ? `rgb(${colour(value)})` : "var(--bad)";
      const mark = cell !== null && chosen && cell === this.state.node ? " chosen" : own.has(cell) ? " reached" : "";
      const text = cell === null ? `${rest} others` : `${layer.grid.name(cell)}${value === null ? "" : ` ${gradients.text(value)}`}`;
      return svg("g", {
        class: `cell${mark}`, "data-node": cell === null ? null : `${layer.number}:${cell}`,
        onclick: cell === null ? null : () => this.app.choose(layer.number, cell),
      }, svg("title", {}, `${this.name(layer.number, cell)}${value === null ? "" : `: ${gradients.text(value)}`}`),
      svg("rect", {x, y: place.y, width: bar, height: place.height, rx: 2, style: `fill:${fill}`}),
      place.height >= 10 ? svg("text", {class: "m name", x: x + bar + 4, y: place.y + place.height / 2 + 3.5}, text) : null);
    });
    return svg("g", {}, head, cells);
  }

  // The chosen layer's column comes into sight.
  reveal() {
    const x = this.x(this.state.layer), {scrollLeft, clientWidth} = this.box;
    if (x < scrollLeft || x + 130 > scrollLeft + clientWidth) this.box.scrollLeft = Math.max(x - clientWidth / 2, 0);
  }
};
