"use strict";
// Keys: all that a pointer does.
gradients.KEYMAP = [
  ["← ↑ ↓ →", "another cell of the chosen layer; in the input, of the input"],
  ["in the flow", "↑ ↓ Home End: another cell that is drawn; ← →: along the strongest link"],
  ["[ ]", "the layer before, the layer after"],
  ["i", "to the input and back"],
  ["f", "to the flow and back"],
  ["Space", "in the input: 0 becomes z, a positive number 0"],
  ["+ −", "threshold up, down"],
  ["a", "threshold of |value| or of value"],
  ["q", "gradients, values, gradient × value"],
  ["l", "links as gradients or as derivatives"],
  ["c", "what is compared; m: remember what is there now"],
  ["Page up, Page down", "channel before, after; in the input, of the input"],
  ["0", "all cells: no region"],
  ["u", "undo the last edit"],
  ["s, r", "save, render"],
  ["t", "light or dark"],
  ["?", "these keys"],
];

gradients.keys = app => {
  const {html} = gradloom, keys = document.getElementById("keys"), id = name => document.getElementById(name);
  keys.append(html("table", {class: "facts"}, gradients.KEYMAP.map(([key, does]) => html("tr", {}, html("th", {scope: "row"}, html("kbd", {}, key)), html("td", {}, does)))));
  id("help").addEventListener("click", () => keys.showModal());
  id("keys-close").addEventListener("click", () => keys.close());
  const round = (name, now) => {
    const values = [...id(name).options].map(one => one.value);
    return {[name]: values[(values.indexOf(now) + 1) % values.length]};
  };
  const press = name => () => id(name).disabled || id(name).click();
  const actions = {
    "[": () => app.chooseLayer(app.state.layer - 1), "]": () => app.chooseLayer(app.state.layer + 1),
    i: () => (document.activeElement === id("input") ? id("own") : id("input")).focus(),
    f: () => (document.activeElement === id("flow") ? id("own") : id("flow")).focus(),
    l: () => id("links").disabled || app.set(round("links", app.state.links)), m: () => app.remember(),
    "+": () => app.nudge(1), "=": () => app.nudge(1), "-": () => app.nudge(-1), a: () => app.absolute(!app.state.absolute),
    q: () => app.set(round("quantity", app.state.quantity)), c: () => app.set(round("versus", app.state.versus)),
    PageUp: () => gradients.turnChannel(app, -1), PageDown: () => gradients.turnChannel(app, 1),
    0: () => app.set({regions: {}}), u: press("undo"), s: press("save"), r: press("render"),
    t: () => id("theme").click(), "?": () => keys.showModal(),
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open || event.defaultPrevented) return;
    if (event.target.closest("input, select")) {
      if (event.key === "Escape") id("own").focus();
      return;
    }
    if (event.key.startsWith("Arrow") && !event.target.closest(".scroll, pre, .panel, .heat")) return gradients.arrows(app, event);
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
};

gradients.WAYS = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};

gradients.step = (grid, cell, [down, right]) => {
  const {row, column, lead} = grid.place(cell);
  return grid.cell(row + down, column + right, lead);
};

gradients.arrows = (app, event) => {
  const way = gradients.WAYS[event.key], layer = app.model.layers[app.state.layer];
  if (!way || !layer) return;
  event.preventDefault();
  const next = gradients.step(layer.grid, app.state.node, way);
  if (next >= 0) app.choose(app.state.layer, next);
};

gradients.inputKeys = (app, event) => {
  const {input} = app.model, way = gradients.WAYS[event.key];
  if (!input?.grid.size) return;
  const turn = {PageUp: -1, PageDown: 1}[event.key], {lead} = input.grid.place(app.state.cursor);
  if (turn && lead.length) {
    event.preventDefault();
    return app.inputLead(lead.length - 1, lead.at(-1) + turn);
  }
  if (event.key === " " || event.key === "Enter") {
    event.preventDefault();
    return app.toggle(app.state.cursor);
  }
  if (!way) return;
  event.preventDefault();
  const next = gradients.step(input.grid, app.state.cursor, way);
  if (next < 0) return;
  app.set({cursor: next});
  gradloom.say(`input ${input.grid.name(next)}: ${gradients.text(input.values[next])}`);
};

// Along the last of the axes that the picture does not show.
gradients.turnChannel = (app, step) => {
  const lead = app.lead(app.state.layer);
  if (lead.length) app.channel(lead.length - 1, lead.at(-1) + step);
};
