"use strict";
// Which plane of a tensor, and which of its axes, a picture shows.
Object.assign(gradients.App.prototype, {
  // The plane of a layer that is shown: the one that was chosen, else where the path has its strongest cell.
  lead(number) {
    const layer = this.model.layers[number], chosen = this.state.leads[layer.name] ?? this.pathLead(layer);
    return layer.grid.lead.map((n, i) => Math.min(Math.max(Number.isInteger(chosen[i]) ? chosen[i] : 0, 0), n - 1));
  },

  pathLead({number, grid, gradient}) {
    const size = cell => Math.abs(gradient?.[cell] ?? 0) || 0, cells = [...this.paths?.cells[number] ?? []];
    return grid.lead.length && cells.length ? grid.place(cells.reduce((best, cell) => size(cell) > size(best) ? cell : best)).lead : [];
  },

  leadWith(lead, sizes, axis, at) {
    return lead.map((now, i) => i === axis ? Math.min(Math.max(Math.round(at) || 0, 0), sizes[i] - 1) : now);
  },

  channel(axis, at) {
    const {layer: number} = this.state, {grid} = this.model.layers[number];
    const {row, column} = grid.place(this.state.node);
    this.choose(number, grid.cell(row, column, this.leadWith(this.lead(number), grid.lead, axis, at)));
  },

  setLead(number, axis, at) {
    const {name, grid} = this.model.layers[number];
    this.set({leads: {...this.state.leads, [name]: this.leadWith(this.lead(number), grid.lead, axis, at)}});
  },

  inputLead(axis, at) {
    const {grid} = this.model.input, {row, column, lead} = grid.place(this.state.cursor);
    this.set({cursor: grid.cell(row, column, this.leadWith(lead, grid.lead, axis, at))});
    gradloom.say(this.toldPicture("input", this.state.cursor));
  },

  targetLead() {
    const {lead} = this.model.target.grid, chosen = this.state.leads["picture target"];
    return lead.map((n, i) => Math.min(Math.max(chosen?.[i] ?? 0, 0), n - 1));
  },

  setTargetLead(axis, at) {
    this.set({leads: {...this.state.leads, "picture target": this.leadWith(this.targetLead(), this.model.target.grid.lead, axis, at)}});
  },

  // The planes that were shown belong to the axes that were.
  setAxes(key, axes) {
    const {[key]: _, ...leads} = this.state.leads;
    this.set({axes: {...this.state.axes, [key]: axes}, leads});
  },
});
