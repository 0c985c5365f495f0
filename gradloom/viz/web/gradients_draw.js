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
  const next = app.next(), showNext = Boolean(own) && next !== state.layer;
  heats.next.card.classList.toggle("hidden", !showNext);
  heats.input.card.classList.toggle("hidden", !model.input);
  heats.target.card.classList.toggle("hidden", !model.target);
  // All sizes are read before anything is drawn: the browser lays the page out once.
  for (const heat of Object.values(heats)) heat.room = heat.card.clientWidth - 26; // without its padding
  if (own) gradients.drawLayer(app, heats.own, state.layer, paths, "Chosen: ");
  if (showNext) gradients.drawLayer(app, heats.next, next, paths, "Next: ");
  for (const name of ["input", "target"]) if (model[name]) gradients.drawPicture(app, name);
  app.sankey.measure(app.cards);
  app.sankey.show(model, state, paths, value => app.passes(value), (number, cell) => app.inRegion(number, cell));
};

gradients.drawLayer = (app, heat, number, paths, words) => {
  const {model, state} = app, layer = model.layers[number], lead = app.lead(number);
  const [word, read] = gradients.QUANTITIES[state.quantity] ?? gradients.QUANTITIES.gradient;
  const values = read(layer) ?? layer.gradient ?? layer.activation;
  const shown = read(layer) ? word : layer.gradient ? "gradient" : layer.activation ? "values" : "no numbers";
  const chosen = number === state.layer ? state.node : -1;
  const marks = [...paths.cells[number]].filter(cell => cell !== chosen).map(cell => ({cell, kind: "reached"}));
  if (chosen >= 0) marks.push({cell: chosen, kind: "chosen"});
  const {bad, extent, isSigned} = gradients.summary(values ?? []);
  const broken = bad ? `; ${bad} not finite` : "", changed = gradients.VERSUS[state.versus] ?? "";
  const now = chosen >= 0 ? app.toldShown(number, chosen) : "";
  heat.show({
    grid: layer.grid, values, lead, region: app.region(app.layerName(number)), extent, marks,
    signed: shown !== "values" || isSigned, title: `${words}${layer.name}`,
    told: `${shown}${changed}, ${layer.shape.join(" × ") || "a number"}${broken}`, now: now || "\u00a0",
  });
};

gradients.VERSUS = {opened: " remembered", change: ", change", other: " of the other", apart: ", difference"};

gradients.drawPicture = (app, name) => {
  const {model, state} = app, picture = model[name], own = model.layers[state.layer], isInput = name === "input";
  const place = own?.grid.size ? own.grid.place(state.node) : null, [down, right] = state.offsets[name];
  // Rows and columns of a vector that is shown in rows mean nothing in another shape.
  const isPlace = place && (!(picture.grid.isFolded || own.grid.isFolded) || String(picture.shape) === String(own.shape));
  const marks = isPlace ? [{row: place.row - down, column: place.column - right, kind: "chosen"}] : [];
  if (isInput) marks.push({cell: state.cursor, kind: "cursor"});
  const edits = picture.edited.size, {values, grid} = picture;
  const about = !isInput ? "" : app.status === "frozen" ? "; frozen" : `; click: 0 ↔ ${gradients.text(state.z)}`;
  app.heats[name].show({
    grid, values, lead: isInput ? grid.place(state.cursor).lead : app.targetLead(), region: app.region(`picture ${name}`),
    extent: gradients.extent(values ?? []), marks, edited: picture.edited, signed: gradients.summary(values ?? []).isSigned,
    title: isInput ? "Input" : "Target",
    told: `${picture.shape.join(" × ") || "a number"}${values ? "" : ": too large to be shown"}${edits ? `; ${edits} edited` : ""}${about}`,
    now: values && grid.size && isInput ? app.toldPicture(name, state.cursor) : "\u00a0",
  });
};
