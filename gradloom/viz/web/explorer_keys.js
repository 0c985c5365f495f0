"use strict";
// Keys and pointers.
explorer.KEYMAP = [
  ["↓ ↑", "along an edge: to a reader, to what is read"],
  ["← →", "to the neighbour in the row"],
  ["e, c", "open the group, close it (or the one around)"],
  ["Shift E, Shift C", "open all groups, close all"],
  ["/", "search; Enter and n go to the next, Shift N to the one before"],
  ["b", "to the op's derivative and back"],
  ["[ ]", "to the graph before and after in the history"],
  [". ,", "a step of the execution forward, back; Esc ends it"],
  ["+ − 0", "nearer, farther, all in sight"],
  ["t", "light or dark"],
  ["?", "these keys"],
];

explorer.keyTable = () => {
  const {html} = gradloom;
  return html("table", {class: "facts"}, explorer.KEYMAP.map(([keys, does]) =>
    html("tr", {}, html("th", {scope: "row"}, html("kbd", {}, keys)), html("td", {}, does))));
};

explorer.keys = app => {
  const actions = {
    ArrowDown: () => explorer.walk(app, "users"), ArrowUp: () => explorer.walk(app, "reads"),
    ArrowLeft: () => explorer.beside(app, -1), ArrowRight: () => explorer.beside(app, 1),
    e: () => explorer.fold(app, true), c: () => explorer.fold(app, false),
    E: () => app.toggleAll(true), C: () => app.toggleAll(false),
    "/": () => document.getElementById("search").focus(),
    n: () => explorer.nextHit(app, 1), N: () => explorer.nextHit(app, -1), b: () => explorer.across(app),
    "[": () => app.turn(app.main - 1), "]": () => app.turn(app.main + 1),
    ".": () => app.step(app.at === null ? 0 : app.at + 1), ",": () => app.step(app.at ? app.at - 1 : null),
    "+": () => app.active.zoom(1.25), "-": () => app.active.zoom(0.8), 0: () => app.active.fit(),
    t: () => document.getElementById("theme").click(), "?": () => document.getElementById("keys").showModal(),
    Escape: () => (app.at !== null ? app.step(null) : app.choose(null)),
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById("keys").open) return;
    const {tagName} = event.target;
    if (tagName === "INPUT" || tagName === "SELECT") {
      if (event.key === "Escape") app.active.svg.focus();
      return;
    }
    const arrow = event.key.startsWith("Arrow");
    if (arrow && event.target.closest("pre, .panel")) return; // there they scroll
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
};

// To a box that reads what the chosen one gives, or that gives what it reads.
explorer.walk = (app, way) => {
  const view = app.active, chosen = app.chosenIn(view);
  if (!chosen) return app.choose(view.scene.boxes[0]?.thing ?? null, view);
  const here = view.scene.end(chosen) ?? chosen;
  const lines = view.scene.lines.filter(line => (way === "users" ? line.a : line.b) === here);
  const ends = lines.map(line => (way === "users" ? line.b : line.a));
  const x = thing => view.scene.places.get(thing).x;
  ends.sort((a, b) => x(a) - x(b));
  if (ends.length) app.choose(ends[Math.floor((ends.length - 1) / 2)], view);
  else gradloom.say(way === "users" ? "nothing reads this" : "this reads nothing");
};

explorer.beside = (app, step) => {
  const view = app.active, chosen = app.chosenIn(view);
  const here = chosen && (view.scene.end(chosen) ?? chosen);
  if (!here || !here.parent) return;
  const {items, middles} = here.parent;
  const row = items.map((item, i) => ({item, middle: middles[i]}))
    .filter(({item}) => item.rank === here.rank).sort((a, b) => a.middle - b.middle).map(({item}) => item);
  const next = row[row.indexOf(here) + step];
  if (next) app.choose(next, view);
};

explorer.fold = (app, open) => {
  let thing = app.chosenIn(app.active);
  while (thing && (!thing.items || app.isOpen(thing) === open)) thing = thing.parent;
  if (!thing || thing.parent === null) return;
  app.toggle(thing, open);
  app.choose(thing, app.active, false);
};

explorer.nextHit = (app, step) => {
  const {chapter} = app.views.main, found = app.found(chapter);
  if (!found || !found.list.length) return gradloom.say("nothing found");
  const at = found.list.indexOf(app.chosenIn(app.views.main));
  const next = at < 0 ? (step > 0 ? 0 : found.list.length - 1) : (at + step + found.list.length) % found.list.length;
  app.choose(found.list[next]);
};

// From an op to its derivative's nodes, one after the other, and round to itself.
explorer.across = app => {
  const view = app.active, chosen = app.chosenIn(view);
  if (!chosen) return;
  const ring = [...explorer.kin(view.chapter, chosen), chosen].sort((a, b) => a.time - b.time);
  if (ring.length > 1) app.choose(ring[(ring.indexOf(chosen) + 1) % ring.length], view);
  else gradloom.say("this has no derivative here");
};

// Pointers: drag pans, wheel zooms, a click chooses, a double click opens or closes.
explorer.steer = view => {
  const {svg} = view;
  let from = null, moved = false;
  const pointers = new Map();
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  };
  const thingAt = event => {
    const element = event.target.closest?.("[data-id]");
    return element ? view.chapter.things.get(element.dataset.id) : null;
  };
  svg.addEventListener("pointerdown", event => {
    pointers.set(event.pointerId, {x: event.clientX, y: event.clientY});
    from = {x: event.clientX, y: event.clientY, apart: pointers.size === 2 ? spread() : 0};
    moved = false;
  });
  svg.addEventListener("pointermove", event => {
    if (!from || !pointers.has(event.pointerId)) return;
    const [x, y] = [event.clientX, event.clientY];
    pointers.set(event.pointerId, {x, y});
    if (pointers.size === 2 && from.apart) {
      view.zoom(spread() / from.apart, view.size.w / 2, view.size.h / 2);
      from.apart = spread();
      moved = true;
      return;
    }
    if (!moved && Math.hypot(x - from.x, y - from.y) < 4) return;
    if (!moved) svg.setPointerCapture(event.pointerId);
    moved = true;
    view.pan(x - from.x, y - from.y);
    [from.x, from.y] = [x, y];
  });
  const lift = event => {
    pointers.delete(event.pointerId);
    from = null;
  };
  svg.addEventListener("pointerup", lift);
  svg.addEventListener("pointercancel", lift);
  svg.addEventListener("click", event => {
    if (moved) return;
    view.app.choose(thingAt(event), view, false);
  });
  svg.addEventListener("dblclick", event => {
    const thing = thingAt(event);
    if (thing?.items) view.app.toggle(thing);
  });
  svg.addEventListener("wheel", event => {
    event.preventDefault();
    const box = svg.getBoundingClientRect();
    const by = event.deltaMode === 1 ? event.deltaY * 30 : event.deltaY;
    view.zoom(Math.exp(-by / 500), event.clientX - box.left, event.clientY - box.top);
  }, {passive: false});
  svg.addEventListener("focus", () => { view.app.active = view; });
};
