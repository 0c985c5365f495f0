"use strict";
// The controls above: layer, what is shown, threshold, z, offsets, channels, files.
gradients.STEPS = 100; // of the threshold's slider

gradients.Tools = class {
  constructor(app) {
    this.app = app;
    const id = name => document.getElementById(name), on = (name, event, act) => id(name).addEventListener(event, act);
    this.id = id;
    on("layer", "change", () => app.chooseLayer(id("layer").selectedIndex));
    on("before", "click", () => app.chooseLayer(app.state.layer - 1));
    on("after", "click", () => app.chooseLayer(app.state.layer + 1));
    on("quantity", "change", () => app.set({quantity: id("quantity").value}));
    on("links", "change", () => app.set({links: id("links").value}));
    on("versus", "change", () => app.set({versus: id("versus").value}));
    on("mark", "click", () => app.remember());
    on("threshold", "input", () => app.threshold(id("threshold").valueAsNumber));
    on("threshold-number", "change", () => app.threshold(id("threshold-number").valueAsNumber));
    on("absolute", "change", () => app.absolute(id("absolute").checked));
    on("z", "change", () => app.setZ(id("z").valueAsNumber));
    on("undo", "click", () => app.undo());
    on("save", "click", () => app.save());
    on("render", "click", () => app.render());
    on("file", "change", () => app.set({file: id("file").value}));
    id("right").prepend(gradloom.themeButton(() => app.refresh()));
  }

  refresh() {
    const {app, id} = this, {model, state} = app, {html} = gradloom;
    const names = model.layers.map(layer => layer.name);
    const select = id("layer");
    if (String([...select.options].map(one => one.text)) !== String(names))
      select.replaceChildren(...names.map(name => html("option", {}, name)));
    select.selectedIndex = state.layer;
    id("before").disabled = state.layer <= 0;
    id("after").disabled = state.layer >= names.length - 1;
    id("quantity").value = state.quantity;
    id("links").value = state.links;
    id("links").disabled = !app.now.flows.some(flow => flow.slopes);
    this.value("z", state.z);
    this.value("file", state.file);
    const [low, high] = app.thresholds();
    const slider = id("threshold");
    [slider.min, slider.max, slider.step] = [low, high, (high - low) / gradients.STEPS || "any"];
    slider.disabled = high <= low;
    slider.value = state.threshold;
    slider.title = `links from ${gradients.text(low)} to ${gradients.text(high)}`;
    slider.setAttribute("aria-valuetext", gradients.text(state.threshold));
    this.value("threshold-number", +state.threshold.toPrecision(6));
    id("absolute").checked = state.absolute;
    for (const picture of ["input", "target"])
      ["row", "column"].forEach((name, axis) => this.value(`${picture}-${name}`, state.offsets[picture][axis]));
    this.versus();
    this.loss();
    this.files();
  }

  value(name, value) {
    if (document.activeElement !== this.id(name)) this.id(name).value = value;
  }

  versus() {
    const {app, id} = this, {html} = gradloom, ways = app.ways();
    const select = id("versus");
    if (select.options.length !== ways.length) select.replaceChildren(...ways.map(([value, text]) => html("option", {value}, text)));
    select.value = app.state.versus;
  }

  // The loss, and what it was when changes began to be told.
  loss() {
    const {app, id} = this, [now, before] = [app.now, app.opened].map(data => data.loss === null || data.loss === undefined ? null : gradients.number(data.loss));
    id("loss").textContent = now === null ? "" : `loss ${gradients.text(now, 4)}${before === null || Object.is(before, now) ? "" : `, was ${gradients.text(before, 4)}`}`;
  }

  files() {
    const {app, id} = this, live = app.status === "live";
    id("undo").disabled = !live || !app.undone.length;
    id("save").disabled = !live || !app.model.data.saves || !app.model.input?.edited.size;
    id("render").disabled = !live;
    const told = {frozen: "frozen page", live: "live", away: "no answer from Python: trying again"}[app.status];
    id("status").textContent = told;
    id("status").className = app.status;
  }
};

// Rows and columns that padding adds before a picture's own.
gradients.offsetInputs = (app, name) => name !== "input" && name !== "target" ? [] : [gradloom.html("div", {class: "region tools"},
  gradloom.html("span", {}, "offset"), ["row", "column"].map((word, axis) => gradloom.html("input", {
    type: "number", id: `${name}-${word}`, step: 1, "aria-label": `Offset of ${name}, ${word}s`, title: `${word}s that padding adds before the picture's own`,
    onchange: event => app.offset(name, axis, event.target.valueAsNumber),
  })))];
