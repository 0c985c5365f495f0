"use strict";
// What the reader has chosen, and what follows from it in the pictures, the panel and the tools.
gradients.START = {
  layer: 0, node: 0, threshold: 0, absolute: false, z: 1, quantity: "gradient", links: "flow", versus: "now", file: "", cursor: 0,
  offsets: {input: [0, 0], target: [0, 0]}, regions: {}, leads: {},
};

gradients.STALE = "The input was edited after what is shown was computed: save it, recompute it outside, and render.";

gradients.App = class {
  constructor(data) {
    const firm = JSON.parse(JSON.stringify(gradients.START));
    this.state = {...firm, ...data.state, ...this.kept()};
    Object.assign(this, {now: data, opened: data, status: "frozen", undone: []});
    this.model = this.modelOf(data);
    this.check();
  }

  start() {
    const card = (id, title, on) => new gradients.Heat(id, title, on);
    const zoom = key => region => this.zoom(key(), region);
    const ownKey = () => this.layerName(this.state.layer), nextKey = () => this.layerName(this.next());
    this.sankey = new gradients.Sankey(this);
    this.heats = {
      own: card("own", "", {choose: cell => this.choose(this.state.layer, cell), zoom: zoom(ownKey), key: event => gradients.arrows(this, event)}),
      next: card("next", "", {choose: cell => this.choose(this.next(), cell), zoom: zoom(nextKey)}),
      input: card("input", "Input", {choose: cell => this.toggle(cell), zoom: zoom(() => "picture input"), key: event => gradients.inputKeys(this, event)}),
      target: card("target", "Target", {choose: () => {}, zoom: zoom(() => "picture target")}),
    };
    document.getElementById("pictures").replaceChildren(this.sankey.card, ...Object.values(this.heats).map(heat => heat.card));
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
    try {
      history.replaceState(null, "", `#${encodeURIComponent(JSON.stringify(this.state))}`);
    } catch { /* a page inside a notebook has no address */ }
  }

  // What was chosen may not fit what there is now.
  check() {
    const {state, model} = this, within = (x, n) => Math.min(Math.max(Number.isInteger(x) ? x : 0, 0), Math.max(n - 1, 0));
    state.layer = within(state.layer, model.layers.length);
    state.node = within(state.node, model.layers[state.layer]?.grid.size ?? 0);
    state.cursor = within(state.cursor, model.input?.grid.size ?? 0);
    for (const picture of ["input", "target"])
      if (!Array.isArray(state.offsets[picture]) || state.offsets[picture].length !== 2) state.offsets[picture] = [0, 0];
    if (!this.ways().some(([value]) => value === state.versus)) state.versus = "now";
    const [low, high] = this.thresholds();
    state.threshold = Math.min(Math.max(Number.isFinite(state.threshold) ? state.threshold : 0, low), high);
  }

  set(more) {
    Object.assign(this.state, more);
    if ("versus" in more || "links" in more) this.turnTo(this.now);
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
    const shown = {
      now: () => data, opened: () => since, change: () => gradients.less(data, since),
      other: () => ({...data, ...other}), apart: () => other && gradients.alike(data, other) ? gradients.less(data, other) : data,
    }[versus]();
    this.model = this.modelOf({...shown, input: data.input, target: data.target});
  }

  modelOf(data) {
    return new gradients.Model(data, this.state.links === "slope");
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

  chooseLayer(number) {
    if (number < 0 || number >= this.model.layers.length) return;
    this.set({layer: number, node: number === this.state.layer ? this.state.node : 0});
    gradloom.say(`layer ${this.model.layers[number].name}`);
  }

  choose(number, cell) {
    const layer = this.model.layers[number];
    if (!layer || cell < 0 || cell >= layer.grid.size) return;
    this.state.leads[layer.name] = layer.grid.place(cell).lead;
    this.set({layer: number, node: cell});
    gradloom.say(this.told(number, cell));
  }

  told(number, cell) {
    const layer = this.model.layers[number], value = layer.gradient?.[cell], own = layer.activation?.[cell];
    return `${layer.name} ${layer.grid.name(cell)}${value === undefined ? "" : `, gradient ${gradients.text(value)}`}${own === undefined ? "" : `, value ${gradients.text(own)}`}`;
  }

  lead(number) {
    const layer = this.model.layers[number], chosen = this.state.leads[layer.name] ?? [];
    return layer.grid.lead.map((n, i) => Math.min(Math.max(Number.isInteger(chosen[i]) ? chosen[i] : 0, 0), n - 1));
  }

  channel(axis, at) {
    const {layer: number} = this.state, layer = this.model.layers[number], lead = this.lead(number);
    lead[axis] = Math.min(Math.max(Math.round(at) || 0, 0), layer.grid.lead[axis] - 1);
    this.state.leads[layer.name] = lead;
    const {row, column} = layer.grid.place(this.state.node);
    this.choose(number, layer.grid.cell(row, column, lead));
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
    const region = this.region(this.layerName(number));
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
    const before = input.values[cell], after = before > 0 ? 0 : this.state.z;
    if (this.edit(cell, after)) this.undone.push([cell, before]);
    this.refresh();
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
    if (status === "live") this.link?.ask({do: "look"});
  }

  got({document: data, error, saved}) {
    if (data) {
      this.turnTo(data);
      this.check();
    }
    this.tell(error ?? (saved ? `Saved ${saved}` : data?.error || (data?.stale ? gradients.STALE : "")), Boolean(error || data?.error));
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
    gradients.draw(this);
    this.tools.refresh();
    gradients.panel(this, document.getElementById("panel-body"));
  }
};

gradients.sent = value => Number.isFinite(value) ? value : String(value);

document.addEventListener("DOMContentLoaded", () => {
  gradients.app = new gradients.App(gradloom.data.document);
  gradients.app.start();
});
