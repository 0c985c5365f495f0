"use strict";
// The pictures as they follow from what is chosen.
gradients.QUANTITIES = {
  gradient: ["gradient", layer => layer.gradient], activation: ["values", layer => layer.activation],
  product: ["gradient × value", layer => layer.gradient && layer.activation && layer.gradient.map((x, i) => x * layer.activation[i])],
};

gradients.draw = app => {
  const {model, state, heats} = app, {layers} = model;
  const own = layers[state.layer];
  const paths = own && own.grid.size ? model.paths(state.layer, state.node, value => app.passes(value)) : {cells: layers.map(() => new Set()), links: new Map()};
  app.paths = paths;
  app.sankey.show(model, state, paths, value => app.passes(value), (number, cell) => app.inRegion(number, cell));
  const next = app.next(), showNext = own && next !== state.layer;
  heats.next.card.classList.toggle("hidden", !showNext);
  heats.input.card.classList.toggle("hidden", !model.input);
  heats.target.card.classList.toggle("hidden", !model.target);
  if (own) gradients.drawLayer(app, heats.own, state.layer, paths, "Chosen: ");
  if (showNext) gradients.drawLayer(app, heats.next, next, paths, "Next: ");
  for (const name of ["input", "target"]) if (model[name]) gradients.drawPicture(app, name, paths);
};

gradients.drawLayer = (app, heat, number, paths, words) => {
  const {model, state} = app, layer = model.layers[number], lead = app.lead(number);
  const [word, read] = gradients.QUANTITIES[state.quantity] ?? gradients.QUANTITIES.gradient;
  const values = read(layer) ?? layer.gradient ?? layer.activation;
  const shown = read(layer) ? word : layer.gradient ? "gradient" : layer.activation ? "values" : "no numbers";
  const chosen = number === state.layer ? state.node : -1;
  const marks = [...paths.cells[number]].filter(cell => cell !== chosen).map(cell => ({cell, kind: "reached"}));
  if (chosen >= 0) marks.push({cell: chosen, kind: "chosen"});
  const bad = values ? values.filter(x => !Number.isFinite(x)).length : 0;
  const where = lead.length ? `, at [${lead.join(", ")}]` : "";
  heat.show({
    grid: layer.grid, values, lead, region: app.region(app.layerName(number)), extent: values ? gradients.extent(values) : 0, marks,
    title: `${words}${layer.name}`, told: `${shown}, ${layer.shape.join(" × ") || "a number"}${where}${bad ? `; ${bad} not finite` : ""}`,
    now: chosen >= 0 && layer.grid.size ? app.told(number, chosen) : "",
  });
};

gradients.drawPicture = (app, name, paths) => {
  const {model, state} = app, picture = model[name], own = model.layers[state.layer];
  const place = own?.grid.size ? own.grid.place(state.node) : null, [down, right] = state.offsets[name];
  const marks = place ? [{row: place.row - down, column: place.column - right, kind: "chosen"}] : [];
  if (name === "input") marks.push({cell: state.cursor, kind: "cursor"});
  const lead = name === "input" ? picture.grid.place(state.cursor).lead : [];
  const edits = picture.edited.size;
  const about = name === "target" ? "" : app.status === "frozen" ? "; frozen" : `; click: 0 ↔ ${gradients.text(state.z)}`;
  app.heats[name].show({
    grid: picture.grid, values: picture.values, lead, region: app.region(`picture ${name}`), extent: gradients.extent(picture.values), marks, edited: picture.edited,
    title: name === "input" ? "Input" : "Target",
    told: `${picture.shape.join(" × ") || "a number"}${edits ? `; ${edits} edited` : ""}${about}`,
    now: name === "input" && picture.grid.size ? `${picture.grid.name(state.cursor)}: ${gradients.text(picture.values[state.cursor])}` : "",
  });
};
