"use strict";
// What the panel tells of a node or group, and of a step of the execution.
explorer.nodeCard = panel => {
  const {html} = gradloom;
  const view = panel.app.active.chapter ? panel.app.active : panel.app.views.main;
  const thing = panel.app.chosenIn(view);
  if (!thing) return explorer.overview(panel);
  const title = html("h2", {class: "m"}, thing.items && thing.row < 0 ? thing.groupTitle : thing.title);
  return [title, explorer.factTable(thing), explorer.buttons(panel, thing), explorer.code(thing.row),
    ...explorer.neighbours(panel, thing, view.chapter)];
};

// The whole program, where nothing is chosen.
explorer.overview = panel => {
  const {html} = gradloom;
  const {chapter} = panel.app.views.main;
  const {sums} = chapter.root;
  const peak = Math.max(0, ...explorer.peaks(chapter));
  const rows = [["nodes", chapter.order.length], ["FLOPs", gradloom.short(sums.flops)],
    ["bytes moved", gradloom.short(sums.moved, "B")], ["peak of live bytes", gradloom.short(peak, "B")]];
  if (sums.seconds !== null) rows.push(["measured", gradloom.time(sums.seconds)]);
  const out = [html("h2", {class: "m"}, explorer.book.title), explorer.table(rows)];
  const bad = chapter.order.filter(node => node.sums.origin && node.sums.bad);
  if (bad.length) {
    const after = chapter.order.filter(node => node.sums.bad && !node.sums.origin);
    out.push(html("h3", {class: "bad"}, "First bad numbers"), panel.list(bad, chapter));
    if (after.length) out.push(html("h3", {}, `${after.length} that they spread to, in order`), panel.list(after, chapter));
  }
  out.push(html("p", {class: "muted"}, "Choose a box to see its types, cost and source. Press ? for all keys."));
  return out;
};

// Spreading a long list over the arguments of Math.max would overflow the stack.
explorer.peaks = chapter => [chapter.told.live.reduce((a, b) => Math.max(a, b), 0)];

explorer.table = rows => {
  const {html} = gradloom;
  return html("table", {class: "facts"}, rows.filter(Boolean).map(([name, ...values]) =>
    html("tr", {}, html("th", {scope: "row"}, name), html("td", {}, ...values))));
};

explorer.factTable = thing => {
  const {sums, row} = thing;
  const word = name => explorer.word(row, name), fact = name => explorer.number(explorer.fact(row, name));
  const rows = [["id", thing.id]];
  if (thing.what === "group") rows.push(["group", `${thing.groupKind}, ${sums.nodes} nodes`]);
  else rows.push([thing.line.includes(", ") ? "types" : "type", gradloom.html("span", {class: "m"}, thing.line)]);
  if (thing.repeats > 1) rows.push(["repeats", `${thing.repeats} equal turns`]);
  if (row >= 0) {
    if (word("attrs")) rows.push(["attributes", gradloom.html("span", {class: "m"}, word("attrs"))]);
    if (explorer.fact(row, "copy")) rows.push(["copy", `${explorer.fact(row, "copy")}: computed again`]);
    if (word("note")) rows.push(["derivative", word("note")]);
    if (explorer.fact(row, "file") >= 0) rows.push(["line", explorer.placeText(row)]);
    if (word("function")) rows.push(["function", word("function")]);
  }
  if (row >= 0 || thing.items) {
    rows.push(["FLOPs", gradloom.short(sums.flops)], ["bytes of results", gradloom.short(sums.bytes, "B")],
      ["bytes moved", gradloom.short(sums.moved, "B")]);
    if (sums.seconds !== null) rows.push(["time", gradloom.time(sums.seconds) + (fact("calls") > 1 ? ` in ${fact("calls")} calls` : "")]);
    explorer.book.backends.forEach((name, i) =>
      sums.errors[i] !== undefined && sums.errors[i] !== null && rows.push([`error of ${name}`, Number(sums.errors[i]).toExponential(2)]));
    if (sums.gradient !== null) rows.push(["gradient norm", Number(sums.gradient).toPrecision(4)]);
  }
  if (row >= 0 && word("value")) {
    rows.push(["value", gradloom.html("span", {class: "m"}, word("value"))]);
    if (fact("norm") !== null) rows.push(["from, to", `${+fact("least").toPrecision(4)}, ${+fact("most").toPrecision(4)}`], ["norm", +fact("norm").toPrecision(4)]);
  }
  if (sums.bad) rows.push(["numbers", gradloom.html("span", {class: "bad"}, sums.origin ? `the first ${sums.bad}` : `${sums.bad}, from before`)]);
  return explorer.table(rows);
};

explorer.buttons = (panel, thing) => {
  if (!thing.items || thing.parent === null) return null;
  const open = panel.app.isOpen(thing);
  return gradloom.html("p", {}, gradloom.html("button", {
    type: "button", "data-go": "toggle", onclick: () => panel.app.toggle(thing)}, open ? "Close the group (c)" : "Open the group (e)"));
};

// The lines of the source around a node's own, which is marked.
explorer.code = row => {
  const {html} = gradloom;
  const file = explorer.book.files[explorer.fact(row, "file")];
  const own = explorer.fact(row, "line");
  if (row < 0 || !file || file.lines[own] === undefined) return null;
  const near = [];
  for (let n = own - 6; n <= own + 6; n++) if (file.lines[n] !== undefined) near.push(n);
  const least = Math.min(...near.filter(n => file.lines[n].trim()).map(n => file.lines[n].search(/\S/)), 40);
  return html("pre", {class: "code", tabindex: 0, "aria-label": `${file.name} around line ${own}`}, near.map(n =>
    html("span", {class: n === own ? "own" : "", "aria-current": n === own ? "true" : null},
      html("span", {class: "muted number"}, String(n).padStart(4)), ` ${file.lines[n].slice(least)}\n`)));
};

explorer.neighbours = (panel, thing, chapter) => {
  const {html} = gradloom;
  const part = (title, things) => (things.length ? [html("h3", {}, title), panel.list(things, chapter)] : []);
  const literals = thing.reads.filter(read => !read.from).map(read => read.text);
  const reads = thing.reads.filter(read => read.from).map(read => read.from);
  const out = [...part("reads", [...new Set(reads)])];
  if (literals.length) out.push(html("p", {class: "m"}, `with ${literals.join(", ")}`));
  out.push(...part("read by", [...new Set(thing.users)]));
  const kin = explorer.kin(chapter, thing);
  const backward = kin.filter(node => explorer.word(node.row, "note"));
  out.push(...part("its derivative", backward), ...part("derivative of", kin.filter(node => !backward.includes(node))));
  if (thing.items) out.push(...part("inside", thing.items));
  return out;
};

// One step of the execution: the node, the bytes alive, the values that are still to be read.
explorer.stepCard = panel => {
  const {html} = gradloom;
  const {app} = panel, {chapter} = app.views.main;
  if (app.at === null) return [html("p", {class: "muted"}, "Step through the program with . and , or the slider above.")];
  const node = chapter.order[app.at], top = explorer.holder(node);
  const {live} = chapter.told, bytes = live[top.position] ?? 0, peak = live.reduce((a, b) => Math.max(a, b), 0);
  const alive = chapter.order.slice(0, app.at + 1).filter(one => one.holder === node.holder
    && (one === node || one.users.some(user => user.what === "result" || user.time >= app.at)));
  return [html("h2", {class: "m"}, `${app.at + 1}. ${node.title}`), explorer.factTable(node),
    explorer.table([["live bytes", `${gradloom.short(bytes, "B")} of ${gradloom.short(peak, "B")} at the peak`]]),
    explorer.liveCurve(live, top.position, peak),
    html("h3", {}, `${alive.length} values alive`),
    html("ul", {class: "links"}, alive.slice(-explorer.MANY).reverse().map(one =>
      html("li", {}, panel.link(one, chapter, explorer.shortened(one.line)),
        html("div", {class: "m muted value"}, explorer.word(one.row, "value")))))];
};

explorer.holder = node => {
  let top = node;
  while (top.holder) top = top.holder;
  return top;
};

explorer.liveCurve = (live, at, peak) => {
  const {svg} = gradloom;
  const w = 300, h = 56, x = i => (live.length > 1 ? (i / (live.length - 1)) * w : w / 2);
  const stride = Math.max(1, Math.floor(live.length / 600));
  const points = [];
  for (let i = 0; i < live.length; i += stride) {
    let most = 0;
    for (let j = i; j < Math.min(i + stride, live.length); j++) most = Math.max(most, live[j]);
    points.push(`${x(i).toFixed(1)},${(h - 4 - (peak ? most / peak : 0) * (h - 8)).toFixed(1)}`);
  }
  return svg("svg", {class: "curve", viewBox: `0 0 ${w} ${h}`, role: "img", "aria-label": `live bytes over ${live.length} steps`},
    svg("polyline", {points: points.join(" ")}), svg("line", {x1: x(at), x2: x(at), y1: 0, y2: h}));
};
