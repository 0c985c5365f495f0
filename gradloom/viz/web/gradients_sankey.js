"use strict";
// All layers side by side, and what flows between their cells: the strongest links one by one, the
// rest of each pair of layers together in one band.
gradients.LINE = 15; // pixels that a cell takes with its name
gradients.LINKS = 90; // links of two layers that are drawn alone
gradients.WIDE = 1 << 20; // more than the places of a column
gradients.SEEN = 0.2; // pixels: thinner bands of the rest are left out
gradients.SANKEY = {heights: [240, 420], top: 46, bar: 15, gap: 3, side: 20, room: 44, letter: 6.4, frame: 118};

gradients.Sankey = class {
  constructor(app) {
    const {html, svg} = gradloom;
    this.app = app;
    this.svg = svg("svg", {class: "sankey", role: "group", "aria-label": "Flows between layers"});
    this.told = html("p", {class: "muted told", id: "sankey-told"});
    this.box = html("div", {
      class: "scroll", id: "flow", tabindex: 0, role: "application", "aria-roledescription": "flow diagram", "aria-labelledby": "sankey-title own-now",
      onkeydown: event => gradients.flowKeys(app, this, event),
    }, this.svg);
    this.card = html("section", {class: "card wide", "aria-labelledby": "sankey-title"}, html("h2", {id: "sankey-title"}, "Gradient flow"), this.told, this.box);
  }

  // The room that there is: as much as is left on the screen below the cards, within bounds.
  measure(cards) {
    const {heights: [least, most], top, frame} = gradients.SANKEY, place = document.getElementById("pictures");
    this.width = this.box.clientWidth;
    this.scrolled = this.box.scrollLeft;
    this.height = Math.min(Math.max(place.clientHeight - cards.offsetHeight - frame - top, least), most);
    this.most = Math.floor(this.height / gradients.LINE) - 2; // cells of a layer that stand alone, and one for the others
  }

  show(model, state, paths, passes, inRegion) {
    Object.assign(this, {model, state, paths, passes, inRegion});
    const {top, side, bar, letter, room} = gradients.SANKEY, {height} = this;
    this.ranks();
    this.columns = model.layers.map(layer => this.column(layer));
    this.links = model.flows.map(flow => this.drawnLinks(flow));
    const longest = this.columns.map(column => Math.max(...[...column.texts.values()].map(text => text.length), 8) * letter);
    const spread = (this.width - 2 * side - bar - longest.at(-1)) / Math.max(model.layers.length - 1, 1);
    this.step = Math.max(Math.max(...longest) + bar + room, spread);
    const width = 2 * side + bar + (longest.at(-1) ?? 0) + this.step * Math.max(model.layers.length - 1, 0);
    gradloom.fill(this.svg, {viewBox: `0 0 ${width} ${height + top + 8}`, width, height: height + top + 8}, []);
    const {svg} = gradloom;
    const shapes = [svg("g", {class: "links"}, this.drawFlows()), ...model.layers.map(layer => this.drawColumn(layer))];
    this.svg.replaceChildren(...shapes);
    const drawn = this.links.reduce((sum, one) => sum + one.length, 0), all = model.flows.reduce((sum, flow) => sum + flow.entries, 0);
    this.told.textContent = all ? `${drawn} of ${all} links one by one${drawn < all ? "; the others together, in grey" : ""}. Orange: positive, blue: negative.` : "No flow was given between these layers.";
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
    const fits = k => flow.values[k] !== 0 && from.has(flow.rows[k]) && to.has(flow.columns[k]);
    const order = flow.values.map((_, k) => k).filter(fits), size = k => Number.isFinite(flow.values[k]) ? Math.abs(flow.values[k]) : Infinity;
    order.sort((a, b) => taken.has(b) - taken.has(a) || size(b) - size(a) || 0);
    return order.slice(0, gradients.LINKS);
  }

  // How much of what comes into a layer, or leaves it, each of its cells with links has: a map for each layer.
  ranks() {
    if (this.ranked === this.model) return;
    this.ranked = this.model;
    const sides = ["into", "out"].map(() => this.model.layers.map(() => new Map()));
    const add = (map, cell, value) => map.set(cell, (map.get(cell) ?? 0) + value);
    for (const {source, target, rows, columns, values} of this.model.flows)
      for (let k = 0; k < values.length; k++) {
        const value = Number.isFinite(values[k]) ? Math.abs(values[k]) : 0;
        add(sides[0][target], columns[k], value);
        add(sides[1][source], rows[k], value);
      }
    this.shares = this.model.layers.map(({number}) => {
      const shares = new Map();
      for (const side of sides) {
        const whole = [...side[number].values()].reduce((a, b) => a + b, 0) || 1;
        for (const [cell, value] of side[number]) shares.set(cell, Math.max(shares.get(cell) ?? 0, value / whole));
      }
      return shares;
    });
  }

  // The cells of a layer that stand alone, and how strong each is; the others as one.
  column(layer) {
    const shares = this.shares[layer.number], share = cell => shares.get(cell) ?? 0;
    const own = this.paths.cells[layer.number], chosen = layer.number === this.state.layer && layer.grid.size ? this.state.node : -1;
    const isShown = cell => cell === chosen || this.inRegion(layer.number, cell);
    const ranks = new Map(shares); // of a big layer, only cells with links are put in order; shares are 1 at most
    for (const cell of own) ranks.set(cell, share(cell) + 2);
    if (chosen >= 0) ranks.set(chosen, share(chosen) + 4);
    const ranked = [...ranks.keys()].filter(isShown).sort((a, b) => ranks.get(b) - ranks.get(a));
    const {size} = layer.grid, isWhole = !this.app.region(layer.name);
    let count = isWhole ? size : ranked.length; // without a region, no cell need be asked whether it is shown
    for (let cell = 0; cell < size && !(isWhole && ranked.length > this.most); cell++)
      if (!ranks.has(cell) && isShown(cell)) {
        if (ranked.length <= this.most) ranked.push(cell);
        if (!isWhole) count += 1;
      }
    const alone = (count <= this.most + 1 ? ranked : ranked.slice(0, this.most)).sort((a, b) => a - b);
    const rest = count - alone.length;
    const total = [...shares.values()].reduce((all, one) => all + one, 0) || 1;
    return this.stacked(layer, alone, rest, cell => share(cell) / total);
  }

  stacked(layer, alone, rest, share) {
    const {top, gap} = gradients.SANKEY, {height} = this;
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
      places.set(one.cell, {y, height: high, cell: one.cell, number: places.size});
      y += high + gap;
    }
    const shift = (top + height - y) / 2;
    for (const place of places.values()) place.y += Math.max(shift, 0);
    return {layer, places, rest, texts: this.texts(layer, places, rest)};
  }

  texts(layer, places, rest) {
    const values = layer.gradient ?? layer.activation;
    return new Map([...places.keys()].map(cell => [cell, cell === null ? `${rest} others`
      : [layer.shape.length ? layer.grid.name(cell) : "", values ? gradients.text(values[cell]) : ""].filter(Boolean).join(" ")]));
  }

  x(number) {
    return gradients.SANKEY.side + number * this.step;
  }

  drawFlows() {
    return this.model.flows.flatMap((flow, f) => {
      const [a, b] = [this.columns[flow.source], this.columns[flow.target]], alone = new Set(this.links[f]), {rows, columns, values} = flow;
      const end = (column, cell) => column.places.get(cell) ?? (this.inRegion(column.layer.number, cell) ? column.places.get(null) : undefined);
      const bands = this.links[f].map(k => ({from: a.places.get(rows[k]), to: b.places.get(columns[k]), value: values[k], k}));
      const rest = new Map();
      for (let k = 0; k < values.length; k++) {
        const value = values[k];
        if (value === 0 || !Number.isFinite(value) || alone.has(k)) continue;
        const from = end(a, rows[k]), to = end(b, columns[k]);
        if (!from || !to) continue;
        const key = from.number * gradients.WIDE + to.number, now = rest.get(key);
        if (now) [now.value, now.count] = [now.value + Math.abs(value), now.count + 1];
        else rest.set(key, {from, to, value: Math.abs(value), count: 1});
      }
      return this.bands(flow, bands, [...rest.values()]);
    });
  }

  // Curves as wide as their values; each end takes its part of its cell's side, in the others' order.
  bands(flow, alone, rest) {
    const {svg} = gradloom, {bar} = gradients.SANKEY;
    const all = [...rest, ...alone], weight = one => Number.isFinite(one.value) ? Math.abs(one.value) : 0;
    const side = (end, far) => {
      const by = new Map();
      for (const one of all) gradients.add(by, one[end], one);
      let scale = Infinity;
      for (const [place, list] of by) scale = Math.min(scale, place.height / list.reduce((sum, one) => sum + weight(one), 0));
      return {by, scale, far};
    };
    const ends = [side("from", "to"), side("to", "from")];
    const least = Math.min(...ends.map(one => one.scale)), scale = Number.isFinite(least) ? least : 0;
    for (const [i, {by, far}] of ends.entries())
      for (const [place, list] of by) {
        list.sort((p, q) => p[far].y - q[far].y);
        let y = place.y + (place.height - list.reduce((sum, one) => sum + weight(one), 0) * scale) / 2;
        for (const one of list) {
          const width = weight(one) * scale;
          one[i ? "y1" : "y0"] = y + width / 2;
          y += width;
        }
      }
    const [x0, x1] = [this.x(flow.source) + bar, this.x(flow.target)], bend = (x1 - x0) / 2;
    const taken = this.paths.links.get(flow) ?? new Set();
    return all.filter(one => one.k !== undefined || weight(one) * scale >= gradients.SEEN).map(one => {
      const lone = one.k !== undefined;
      const kind = !lone ? "rest" : !Number.isFinite(one.value) ? "broken" : `${one.value < 0 ? "minus" : "plus"}${this.passes(one.value) ? "" : " below"}${taken.has(one.k) ? " path" : ""}`;
      const told = lone ? `${this.name(flow.source, one.from.cell)} → ${this.name(flow.target, one.to.cell)}: ${gradients.text(one.value)}` : `${one.count} weaker links: ${gradients.text(one.value)} in all`;
      return svg("path", {
        class: `link ${kind}`, d: `M${x0} ${one.y0}C${x0 + bend} ${one.y0} ${x1 - bend} ${one.y1} ${x1} ${one.y1}`,
        "stroke-width": Math.max(weight(one) * scale, kind === "broken" ? 1.2 : 0.6).toFixed(2),
        "data-link": lone ? `${flow.source}:${flow.rows[one.k]}-${flow.target}:${flow.columns[one.k]}` : null,
      }, svg("title", {}, told));
    }).sort((p, q) => p.classList.contains("path") - q.classList.contains("path"));
  }

  name(layer, cell) {
    return `${this.model.layers[layer].name} ${cell === null ? "other cells" : this.model.layers[layer].grid.name(cell)}`;
  }

  drawColumn(layer) {
    const {svg} = gradloom, {bar} = gradients.SANKEY, {places} = this.columns[layer.number];
    const x = this.x(layer.number), values = layer.gradient ?? layer.activation;
    const colour = gradients.paint(values ? gradients.extent(values) : 1), own = this.paths.cells[layer.number];
    const chosen = layer.number === this.state.layer;
    const fits = Math.floor((this.step - 14) / 7.6), short = layer.name.length > fits ? `${layer.name.slice(0, fits - 1)}…` : layer.name; // 7.6 pixels: a bold letter of 12
    const head = svg("g", {
      class: `head${chosen ? " chosen" : ""}`, "data-go": `layer-${layer.number}`, onclick: () => this.app.chooseLayer(layer.number),
    }, svg("title", {}, layer.name), svg("text", {class: "b", x, y: 16}, short), svg("text", {class: "second", x, y: 32}, layer.shape.join(" × ") || "scalar"));
    const cells = [...places.values()].map(place => {
      const {cell} = place, value = cell === null || !values ? null : values[cell];
      const fill = cell === null ? "var(--sunken)" : value === null ? "var(--surface)" : Number.isFinite(value) ? `rgb(${colour(value)})` : "var(--bad)";
      const mark = cell !== null && chosen && cell === this.state.node ? " chosen" : own.has(cell) ? " reached" : "";
      return svg("g", {
        class: `cell${mark}`, "data-node": cell === null ? null : `${layer.number}:${cell}`,
        onclick: cell === null ? null : () => this.app.choose(layer.number, cell),
      }, svg("title", {}, `${this.name(layer.number, cell)}${value === null ? "" : `: ${gradients.text(value)}`}`),
      svg("rect", {x, y: place.y, width: bar, height: place.height, rx: 2, style: `fill:${fill}`}),
      place.height >= 10 ? svg("text", {class: "m name", x: x + bar + 4, y: place.y + place.height / 2 + 3.5}, this.columns[layer.number].texts.get(cell)) : null);
    });
    return svg("g", {}, head, cells);
  }

  // The chosen layer's column comes into sight.
  reveal() {
    const x = this.x(this.state.layer);
    if (x < this.scrolled || x + this.step > this.scrolled + this.width) this.box.scrollLeft = Math.max(x - this.width / 2, 0);
  }
};

// Up and down to another cell that is drawn, left and right along the strongest link.
gradients.flowKeys = (app, sankey, event) => {
  const {layer, node} = app.state, {model} = app;
  const cells = [...sankey.columns[layer]?.places.keys() ?? []].filter(cell => cell !== null), at = cells.indexOf(node);
  const size = (flow, k) => Number.isFinite(flow.values[k]) ? Math.abs(flow.values[k]) : Infinity;
  const along = (flows, key, end, ends, side) => {
    const links = flows.flatMap(flow => (flow[key].get(node) ?? []).map(k => [flow, k])).sort(([f, a], [g, b]) => size(g, b) - size(f, a) || 0);
    if (!links.length) return () => app.chooseLayer(side);
    const [flow, k] = links[0];
    return () => app.choose(flow[end], flow[ends][k]);
  };
  const act = {
    ArrowUp: () => app.choose(layer, cells[Math.max(at - 1, 0)]), ArrowDown: () => app.choose(layer, cells[Math.min(at + 1, cells.length - 1)]),
    Home: () => app.choose(layer, cells[0]), End: () => app.choose(layer, cells.at(-1)),
    ArrowRight: along(model.after(layer), "out", "target", "columns", layer + 1), ArrowLeft: along(model.before(layer), "into", "source", "rows", layer - 1),
  }[event.key];
  if (!act || !cells.length || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  act();
};
