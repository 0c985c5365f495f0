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
    for (const [name, picture, axis] of [["input-row", "input", 0], ["input-column", "input", 1], ["target-row", "target", 0], ["target-column", "target", 1]])
      on(name, "change", () => app.offset(picture, axis, id(name).valueAsNumber));
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
    [slider.min, slider.max, slider.step] = [low, high, (high - low) / gradients.STEPS || 1];
    slider.value = state.threshold;
    slider.setAttribute("aria-valuetext", gradients.text(state.threshold));
    this.value("threshold-number", +state.threshold.toPrecision(6));
    id("absolute").checked = state.absolute;
    for (const picture of ["input", "target"])
      ["row", "column"].forEach((name, axis) => this.value(`${picture}-${name}`, state.offsets[picture][axis]));
    this.versus();
    this.channels();
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

  // A number for each axis that the picture of the chosen layer does not show.
  channels() {
    const {app, id} = this, {html} = gradloom, layer = app.model.layers[app.state.layer];
    const sizes = layer?.grid.lead ?? [], key = `${app.state.layer} ${sizes}`;
    if (this.channelsOf !== key) {
      this.channelsOf = key;
      const names = sizes.map((_, i) => sizes.length === 1 ? "channel" : i === sizes.length - 1 ? "channel" : i === 0 ? "batch" : `axis ${i}`);
      id("channels").replaceChildren(...sizes.map((n, i) => html("label", {}, `${names[i]} `, html("input", {
        type: "number", min: 0, max: n - 1, step: 1, "data-axis": i, title: `0 to ${n - 1}`, onchange: event => app.channel(i, event.target.valueAsNumber),
      }))));
      id("channels").classList.toggle("hidden", !sizes.length);
    }
    for (const input of id("channels").querySelectorAll("input")) {
      const at = app.lead(app.state.layer)[Number(input.dataset.axis)];
      if (document.activeElement !== input) input.value = at;
    }
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
