"use strict";
// The elements of a box, a frame and a line, and how they look: colour, marks, what is faded.
explorer.boxShape = (view, {thing, place}, frame) => {
  const text = explorer.shortened(thing.items ? thing.groupTitle : thing.title);
  const group = gradloom.svg("g", {
    id: `${view.pane.id}-${thing.id}`, "data-id": thing.id, role: "img", "aria-label": explorer.name(thing),
    class: `${frame ? "frame" : "box"} ${thing.items ? "holder" : "leaf"}`,
    transform: `translate(${place.x},${place.y})`,
  });
  group.append(gradloom.svg("title", {}, explorer.tip(thing)));
  const rounded = thing.what === "parameter" || thing.what === "result" ? 22 : 6;
  if (thing.items && !frame && !place.open)
    group.append(gradloom.svg("rect", {class: "behind", x: 4, y: 4, width: place.w, height: place.h, rx: 6}));
  group.append(gradloom.svg("rect", {class: "body", width: place.w, height: place.h, rx: rounded}));
  if (frame || place.open) group.append(...explorer.heading(view, thing, place, frame));
  else {
    group.append(gradloom.svg("text", {class: "m b", x: place.w / 2, y: 18, "text-anchor": "middle"},
      text));
    if (thing.items) group.append(explorer.sign(place.w - 14, 14, true));
    group.append(gradloom.svg("text", {class: "m second", x: place.w / 2, y: 34, "text-anchor": "middle"},
      explorer.shortened(thing.line)));
  }
  group.append(gradloom.svg("text", {class: "badge", x: place.w - 4, y: -4, "text-anchor": "end"}));
  return group;
};

// A small square with a plus (closed) or a minus (open).
explorer.sign = (x, y, plus) =>
  gradloom.svg("path", {class: "fold-sign", d: `M${x - 5},${y - 5}h10v10h-10zM${x - 2.5},${y}h5${plus ? `M${x},${y - 2.5}v5` : ""}`});

// The title of an open group; of one too far away to see into, as large as it is near.
explorer.heading = (view, thing, place, frame) => {
  const title = thing.groupTitle;
  if (frame) {
    return [explorer.sign(17, 16, false), gradloom.svg("text", {class: "m b head", x: 30, y: 20}, title)];
  }
  const size = Math.min(13 / view.scale, place.h / 3, (place.w * 1.6) / Math.max(title.length, 4));
  return [gradloom.svg("text", {
    class: "m b", x: place.w / 2, y: place.h / 2, "text-anchor": "middle", "dominant-baseline": "middle",
    style: `font-size:${size}px`}, title)];
};

explorer.LONG = 400; // a line of so many pixels passes much that it has nothing to do with

explorer.lineShape = (view, line) =>
  gradloom.svg("path", {
    class: `line${line.h > explorer.LONG ? " long" : ""}`, d: line.path, "marker-end": `url(#arrow-${view.pane.id})`,
    "stroke-width": Math.min(1 + Math.log2(line.count) / 2, 5).toFixed(2),
  });

explorer.name = thing => {
  const kind = {parameter: "input ", result: "", op: "", group: "group "}[thing.what];
  const title = thing.items ? thing.groupTitle : thing.title;
  return `${kind}${title}, ${thing.line}`;
};

explorer.tip = thing => {
  const lines = [explorer.name(thing)];
  if (thing.row >= 0) {
    if (explorer.fact(thing.row, "file") >= 0) lines.push(explorer.placeText(thing.row));
    if (explorer.word(thing.row, "attrs")) lines.push(explorer.word(thing.row, "attrs"));
  } else if (thing.items) lines.push(`${thing.sums.nodes} nodes`);
  return lines.join("\n");
};

explorer.placeText = row => {
  const file = explorer.book.files[explorer.fact(row, "file")];
  const note = explorer.word(row, "note");
  if (!file) return note;
  return `${file.name}:${explorer.fact(row, "line")}${note ? ` (${note})` : ""}`;
};

// Gives every element in sight its colour and its marks.
explorer.mark = view => {
  const {app} = view, overlay = app.overlay(view);
  const chosen = app.chosenIn(view);
  const near = chosen ? explorer.around(view, chosen) : null;
  const stand = chosen ? view.scene.end(chosen) : null;
  for (const {thing} of [...view.scene.boxes, ...view.scene.frames]) {
    const element = view.elements.get(thing.id);
    if (!element) continue;
    const closed = view.scene.box.get(thing) === thing;
    if (closed) explorer.paint(element, overlay, thing);
    const classes = element.classList;
    classes.toggle("chosen", thing === chosen || (closed && thing === stand));
    classes.toggle("kin", near !== null && near.kin.has(thing));
    classes.toggle("faded", app.isFaded(view, thing));
    classes.toggle("found", app.isFound(thing));
    classes.toggle("now", app.isNow(view, thing));
    const change = closed ? app.changeOf(view, thing) : {kind: "", text: ""};
    for (const name of ["added", "removed", "rewired"]) classes.toggle(name, change.kind === name);
    element.querySelector(".badge").textContent = change.text;
  }
  for (const [key, element] of view.elements) {
    if (typeof key === "string") continue;
    element.classList.toggle("into", key.b === stand);
    element.classList.toggle("from", key.a === stand);
    element.classList.toggle("ill", app.colour === "nan" && explorer.isBad(key.a) && explorer.isBad(key.b));
    element.classList.toggle("faded", app.isFaded(view, key.a) || app.isFaded(view, key.b));
  }
};

// A fill from the overlay, and ink that can be read on it.
explorer.paint = (element, overlay, thing) => {
  const body = element.querySelector(".body");
  const fill = overlay.fill(thing);
  body.style.fill = fill;
  const ink = fill.startsWith("#") ? explorer.inkOn(fill) : "";
  for (const text of element.querySelectorAll("text:not(.badge)")) text.style.fill = ink;
};

// The boxes that stand for what is the same op's forward and backward.
explorer.around = (view, thing) => ({
  kin: new Set(explorer.kin(view.chapter, thing).map(node => view.scene.end(node)).filter(Boolean)),
});
