"use strict";
// What the reader has chosen, and what follows from it in the pictures, the panel and the tools.
gradients.START = {
  layer: 0, node: 0, threshold: 0, absolute: false, z: 1, quantity: "gradient", links: "flow", versus: "now", file: "", cursor: 0,
  offsets: {input: [0, 0], target: [0, 0]}, regions: {}, leads: {}, axes: {},
};
gradients.SHARED = ["layer", "node", "threshold", "absolute", "z", "quantity", "file", "offsets", "regions", "leads"]; // with Python

gradients.stale = ({stale, live, recomputes}) => {
  if (!stale) return "";
  const next = live ? "." : recomputes ? ": Save computes it anew." : ": save it, recompute it outside, and render.";
  return `The input was edited after what is shown was computed${next}`;
};

gradients.App = class {
  constructor(data) {
    const firm = JSON.parse(JSON.stringify(gradients.START));
    this.state = {...firm, ...data.state, ...this.kept()};
    Object.assign(this, {now: data, opened: data, status: "frozen", undone: [], revision: gradloom.data.revision});
    this.agreed = this.shared({...firm, ...data.state});
    this.turnTo(data);
    this.check();
  }

  start() {
    const zoom = key => region => this.zoom(key(), region), axes = key => axes => this.setAxes(key(), axes);
    const ownKey = () => this.layerName(this.state.layer), nextKey = () => this.layerName(this.next());
    const card = (id, title, key, on) => new gradients.Heat(id, title, {zoom: zoom(key), axes: axes(key), ...on}, gradients.offsetInputs(this, id));
    const layer = (id, key, number, on) => card(id, "", key, {
      choose: cell => this.choose(number(), cell), told: cell => this.toldShown(number(), cell), ...on,
    });
    this.sankey = new gradients.Sankey(this);
    this.heats = {
      own: layer("own", ownKey, () => this.state.layer, {key: event => gradients.arrows(this, event), lead: (axis, at) => this.channel(axis, at)}),
      next: layer("next", nextKey, () => this.next(), {lead: (axis, at) => this.setLead(this.next(), axis, at)}),
      input: card("input", "Input", () => "picture input", {
        choose: cell => this.toggle(cell), key: event => gradients.inputKeys(this, event), told: cell => this.toldPicture("input", cell),
        lead: (axis, at) => this.inputLead(axis, at),
      }),
      target: card("target", "Target", () => "picture target", {
        choose: () => {}, told: cell => this.toldPicture("target", cell), lead: (axis, at) => this.setTargetLead(axis, at),
      }),
    };
    this.cards = gradloom.html("div", {id: "cards"}, ["input", "own", "next", "target"].map(name => this.heats[name].card));
    document.getElementById("pictures").replaceChildren(this.cards, this.sankey.card);
    this.tools = new gradients.Tools(this);
    gradients.keys(this);
    this.link = gradients.link(gradloom.data.link, {got: message => this.got(message), state: status => this.turn(status)});
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.refresh());
    addEventListener("resize", () => this.refresh());
    addEventListener("hashchange", () => {
      Object.assign(this.state, this.kept());
      this.check();
      this.refresh();
    });
    if (this.status === "live") this.turn("live");
    this.refresh();
  }

  // ---- state, kept in the page's address ---------------------------------------------------------

  kept() {
    try {
      const found = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}"), firm = gradients.START;
      return Object.fromEntries(Object.entries(found).filter(([key, value]) => key in firm && typeof value === typeof firm[key] && value !== null));
    } catch {
      return {};
    }
  }

  keep() {
    const hash = `#${encodeURIComponent(JSON.stringify(this.state))}`;
    try {
      if (location.hash !== hash) history.replaceState(null, "", hash);
    } catch { /* a page inside a notebook has no address */ }
  }

  // What Python is told of: as text, so that it can be compared.
  shared(state = this.state) {
    return JSON.stringify(Object.fromEntries(gradients.SHARED.map(key => [key, state[key]])));
  }

  // Python hears of every choice once.
  tellChoice() {
    const told = this.shared();
    if (this.status !== "live" || told === this.agreed) return;
    const [now, before] = [told, this.agreed].map(text => JSON.parse(text));
    const changed = Object.fromEntries(gradients.SHARED.filter(key => JSON.stringify(now[key]) !== JSON.stringify(before[key])).map(key => [key, now[key]]));
    if ("layer" in changed) changed.node = now.node;
    if (this.link.ask({do: "choose", state: changed})) this.agreed = told;
  }

  // What was chosen may not fit what there is now.
  check() {
    const {state, model} = this, within = (x, n) => Math.min(Math.max(Number.isInteger(x) ? x : 0, 0), Math.max(n - 1, 0));
    const whole = list => Array.isArray(list) && list.every(Number.isSafeInteger);
    for (const picture of ["input", "target"])
      if (!whole(state.offsets[picture]) || state.offsets[picture].length !== 2) state.offsets[picture] = [0, 0];
    for (const key of ["leads", "regions"])
      state[key] = Object.fromEntries(Object.entries(state[key]).filter(([, list]) => whole(list) && (key === "leads" || list.length === 4)));
    state.layer = within(state.layer, model.layers.length);
    state.node = within(state.node, model.layers[state.layer]?.grid.size ?? 0);
    const {name, grid} = model.layers[state.layer] ?? {};
    if (grid?.lead.length && grid.size) state.leads = {...state.leads, [name]: grid.place(state.node).lead}; // the chosen cell is in sight
    state.cursor = within(state.cursor, model.input?.grid.size ?? 0);
    if (!(state.quantity in gradients.QUANTITIES)) state.quantity = "gradient";
    if (!this.ways().some(([value]) => value === state.versus)) state.versus = "now";
    if (!Number.isFinite(state.threshold)) state.threshold = 0;
  }

  set(more) {
    Object.assign(this.state, more);
    if ("versus" in more || "links" in more || "axes" in more) this.turnTo(this.now);
    this.check();
    this.refresh();
  }

  // ---- what is compared --------------------------------------------------------------------------

  ways() {
    const other = this.now.compare;
    return [["now", "as it is"], ["opened", "as remembered"], ["change", "change since then"],
      ...(other ? [["other", "the other one"], ["apart", "difference to it"]] : [])];
  }

  turnTo(data) {
    this.now = data;
    const {versus} = this.state, other = data.compare;
    const since = gradients.alike(data, this.opened) ? this.opened : data;
    const ways = {
      now: () => data, opened: () => since, change: () => gradients.less(data, since),
      other: () => ({...data, ...other}), apart: () => other && gradients.alike(data, other) ? gradients.less(data, other) : data,
    }, shown = (ways[versus] ?? ways.now)();
    this.held = this.model = this.modelOf({...shown, input: data.input, target: data.target});
    this.wanted = null;
  }

  modelOf(data) {
    return new gradients.Model(data, this.state.links === "slope", this.state.axes);
  }

  remember() {
    this.opened = this.now;
    gradloom.say("remembered: changes are told from here");
    this.set({});
  }

  // ---- choosing ----------------------------------------------------------------------------------

  layerName(number) {
    return this.model.layers[number]?.name ?? "";
  }

  // The layer that the chosen one's gradient goes to; where there are several, the first.
  next() {
    return this.model.after(this.state.layer)[0]?.target ?? Math.min(this.state.layer + 1, this.model.layers.length - 1);
  }

  // In another layer, the cell is the strongest on the path of the one chosen so far, else of all.
  chooseLayer(number) {
    const layer = this.model.layers[number];
    if (!layer) return;
    if (number === this.state.layer) return this.set({});
    const size = cell => layer.gradient ? Math.abs(layer.gradient[cell]) || 0 : 0;
    const path = [...this.paths?.cells[number] ?? []], all = layer.gradient ?? [];
    const node = path.length ? path.reduce((best, cell) => size(cell) > size(best) ? cell : best)
      : all.reduce((best, _, cell) => size(cell) > size(best) ? cell : best, 0);
    gradloom.say(`layer ${layer.name}`);
    this.choose(number, node);
  }

  choose(number, cell) {
    const layer = this.model.layers[number];
    if (!layer || cell < 0 || (cell && cell >= layer.grid.size)) return;
    const {"picture target": target} = this.state.leads; // planes of other layers follow the path anew
    this.set({layer: number, node: cell, leads: target ? {"picture target": target} : {}});
    gradloom.say(this.told(number, cell));
  }

  told(number, cell) {
    const layer = this.model.layers[number];
    if (!layer.grid.size) return `${layer.name}, which is empty`;
    const value = layer.gradient?.[cell], own = layer.activation?.[cell];
    return `${layer.name} ${layer.grid.name(cell)}${value === undefined ? "" : `, gradient ${gradients.text(value)}`}${own === undefined ? "" : `, value ${gradients.text(own)}`}`;
  }

  // The number that a cell shows.
  toldShown(number, cell) {
    const layer = this.model.layers[number], [, read] = gradients.QUANTITIES[this.state.quantity];
    const values = read(layer) ?? layer.gradient ?? layer.activation;
    return layer.grid.size ? `${layer.grid.name(cell)}${values ? `: ${gradients.text(values[cell], 4)}` : ""}` : "";
  }

  toldPicture(name, cell) {
    const {grid, values} = this.model[name];
    return values ? `${grid.name(cell)}: ${gradients.text(values[cell])}` : "";
  }

  zoom(key, region) {
    const regions = {...this.state.regions};
    if (region === null) delete regions[key];
    else regions[key] = [region[0], region[1] + 1, region[2], region[3] + 1];
    this.set({regions});
  }

  // First and last row, first and last column of what is shown; the state tells those after the last.
  region(key) {
    const region = this.state.regions[key];
    return Array.isArray(region) && region.length === 4 ? [region[0], region[1] - 1, region[2], region[3] - 1] : null;
  }

  inRegion(number, cell) {
    const region = this.state.regions[this.model.layers[number].name] && this.region(this.layerName(number));
    if (!region) return true;
    const {grid} = this.model.layers[number], {row, column} = grid.place(cell);
    const [a, b, c, d] = gradients.within(region, [0, grid.rows - 1, 0, grid.columns - 1]);
    return row >= a && row <= b && column >= c && column <= d;
  }

  // ---- threshold, z, offsets ---------------------------------------------------------------------

  passes(value) {
    if (Number.isNaN(value)) return true; // what is broken is never hidden
    return (this.state.absolute ? Math.abs(value) : value) > this.state.threshold;
  }

  thresholds() {
    const {least, most} = this.model;
    return this.state.absolute ? [0, Math.max(-least, most)] : [least, most];
  }

  // It stays as it was set where another range is shown, of changes say: only the slider ends there.
  threshold(value) {
    if (!Number.isFinite(value)) return this.refresh();
    this.set({threshold: value});
    gradloom.say(`threshold ${gradients.text(this.state.threshold)}`);
  }

  nudge(steps) {
    const [low, high] = this.thresholds();
    this.threshold(this.state.threshold + steps * (high - low) / gradients.STEPS);
  }

  absolute(on) {
    this.set({absolute: on, threshold: on ? Math.abs(this.state.threshold) : this.state.threshold});
  }

  setZ(z) {
    this.set({z: Number.isFinite(z) ? z : this.state.z});
  }

  offset(picture, axis, value) {
    const offsets = {...this.state.offsets, [picture]: [...this.state.offsets[picture]]};
    offsets[picture][axis] = Number.isFinite(value) ? Math.round(value) : 0;
    this.set({offsets});
  }

  // ---- edits -------------------------------------------------------------------------------------

  toggle(cell) {
    const {input} = this.model;
    if (!input || cell < 0) return;
    this.state.cursor = cell;
    if (!input.values) return this.tell("The input is too large to be sent, so a click cannot tell what stands there.");
    const before = input.values[cell], after = before > 0 ? 0 : this.state.z;
    if (this.edit(cell, after)) this.undone.push([cell, before]);
    gradients.drawPicture(this, "input"); // all else is drawn when Python has answered
    this.tools.files();
    this.keep();
  }

  edit(cell, value) {
    if (this.status === "frozen") {
      this.tell("This page is frozen. Open it live (gradloom gradients, or .serve()) to edit the input.");
      return false;
    }
    if (this.link.ask({do: "set_cell", cell, value: gradients.sent(value)})) return true;
    this.tell("Python does not answer, so the cell was left as it is.");
    return false;
  }

  undo() {
    const last = this.undone.pop();
    if (!last) return gradloom.say("nothing to undo");
    if (!this.edit(...last)) this.undone.push(last);
    this.refresh();
  }

  save() {
    this.link.ask({do: "save", name: this.state.file});
  }

  render() {
    this.undone = [];
    this.link.ask({do: "render"});
  }

  // ---- what Python says --------------------------------------------------------------------------

  turn(status) {
    this.status = status;
    document.body.dataset.status = status;
    if (!this.tools) return;
    this.tools.files();
    if (status === "away") gradloom.say("Python does not answer; the page keeps what it has");
    if (status !== "live" || !this.link) return;
    this.link.ask({do: "look", revision: this.revision});
    this.revision = 0; // whoever answers, its document counts
    this.refresh();
  }

  got({document: data, revision, links, state, error, saved}) {
    if (state) this.follow(state);
    if (links) return this.gotLinks(links, revision);
    if (data && revision >= this.revision) {
      this.revision = revision;
      this.turnTo(data);
      this.check();
    }
    if (data || error || saved) this.tell(error ?? (saved ? `Saved ${saved}` : data.error || gradients.stale(data)), Boolean(error || data?.error));
    this.refresh();
  }

  // What was chosen in Python or in another page.
  follow(state) {
    Object.assign(this.state, state);
    this.agreed = this.shared();
    this.turnTo(this.now);
    this.check();
  }

  // Where the page holds the strongest links alone, those of the chosen cell are asked for.
  wantLinks() {
    const {model, state} = this, wanted = `${state.layer}:${state.node}`;
    if (this.status !== "live" || state.versus !== "now" || !model.isPartial || model.exact === wanted || this.wanted === wanted) return;
    if (this.link.ask({do: "links", layer: state.layer, cell: state.node})) this.wanted = wanted;
  }

  gotLinks(links, revision) {
    const {state} = this;
    if (this.revision && revision !== this.revision) return;
    if (links.layer !== state.layer || links.cell !== state.node || state.versus !== "now") return;
    this.model = this.held.with(links);
    this.refresh();
  }

  tell(text, wrong = false) {
    const place = document.getElementById("told");
    place.textContent = text;
    place.className = wrong ? "bad" : "";
    place.hidden = !text;
  }

  refresh() {
    this.keep();
    this.tellChoice();
    gradients.draw(this);
    this.wantLinks();
    this.tools.refresh();
    gradients.panel(this, document.getElementById("panel-body"));
  }
};

gradients.sent = value => Number.isFinite(value) ? value : String(value);

document.addEventListener("DOMContentLoaded", () => {
  gradients.app = new gradients.App(gradloom.data.document);
  gradients.app.start();
});
