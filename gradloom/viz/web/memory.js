"use strict";
// The bytes alive at each node, as bands on each other; what is alive at the node that one is at.
(() => {
  const {data, html, svg} = gradloom;
  const WIDE = 1000, HIGH = 260, LEFT = 78, BELOW = 26, ABOVE = 22;
  const FATES = {kept: "kept", dropped: "freed early, computed anew later", again: "computed anew"};
  const most = data.most;
  const state = {panel: data.panels.length - 1, at: 0};
  const cursors = [];

  const byId = id => document.getElementById(id);
  const hue = owner => Math.min(owner, data.coloured);
  const up = nbytes => ABOVE + HIGH * (1 - nbytes / most);

  function bytes(number) {
    for (const [power, unit] of [[4, "TiB"], [3, "GiB"], [2, "MiB"], [1, "KiB"]])
      if (number >= 1024 ** power) return `${+(number / 1024 ** power).toPrecision(3)} ${unit}`;
    return `${number} B`;
  }

  // The pixel at which a node's column begins.
  function across(panel, position) {
    return LEFT + (WIDE - LEFT) * position / Math.max(panel.live.length, 1);
  }

  function columnEdge(panel, stack, column) {
    return across(panel, Math.round(column * panel.live.length / Math.max(stack.columns.length, 1)));
  }

  // The outline of a band: along its top, and back along its bottom; a piece for each run of
  // columns without a gap.
  function path(panel, stack, runs, nbytes) {
    const pieces = [];
    for (const run of runs) {
      const piece = pieces.at(-1);
      if (piece && piece.at(-1)[1] === run[0] - 1) piece.push(run);
      else pieces.push([run]);
    }
    const edge = column => columnEdge(panel, stack, column);
    return pieces.map(piece => {
      const top = piece.map(([, last, bottom]) => `V${up(bottom + nbytes)}H${edge(last + 1)}`);
      const back = [...piece].reverse().map(([first, , bottom]) => `V${up(bottom)}H${edge(first)}`);
      return `M${edge(piece[0][0])} ${up(piece[0][2])}${top.join("")}${back.join("")}Z`;
    }).join("");
  }

  function drawBand(index, band, stack, runs) {
    const panel = data.panels[index], colour = hue(band.owner);
    const fill = band.fate === "again" ? `var(--hue${colour})` : `var(--tint${colour})`;
    const told = `${band.name} ${band.type}: ${bytes(band.nbytes)}, ${FATES[band.fate]}\n${band.tip}`;
    const shape = svg("path", {
      d: path(panel, stack, runs, band.nbytes), class: `band ${band.fate}`, fill,
      stroke: `var(--hue${colour})`, "data-text": told.toLowerCase(),
      onclick: () => go(index, band.start),
    }, svg("title", {}, told));
    return shape;
  }

  function drawPanel(panel, index) {
    const stack = data.stacks[index];
    const peak = panel.live[panel.peak_position] ?? 0;
    const label = `${panel.title || data.title}: peak ${bytes(peak)} at ${panel.peak_place}`;
    const picture = svg("svg", {
      viewBox: `0 0 ${WIDE} ${ABOVE + HIGH + BELOW}`, role: "img", "aria-label": label});
    for (const tick of data.ticks) {
      const y = up(tick);
      picture.append(svg("line", {x1: LEFT, x2: WIDE, y1: y, y2: y, stroke: "var(--line)", "stroke-width": .5}),
        svg("text", {x: LEFT - 8, y: y + 4, "text-anchor": "end", "font-size": 11, fill: "var(--muted)"},
          bytes(tick)));
    }
    const floor = stack.columns.map((position, i) => [i, i, 0, panel.rest[position]]);
    for (const run of floor.filter(run => run[3]))
      picture.append(svg("path", {d: path(panel, stack, [run], run[3]), fill: `var(--tint${data.coloured})`}));
    panel.bands.forEach((band, i) => picture.append(drawBand(index, band, stack, stack.runs[i])));
    stack.columns.forEach((position, i) => {
      const inside = panel.inside[position];
      if (inside) picture.append(svg("path", {
        d: path(panel, stack, [[i, i, panel.live[position] - inside]], inside),
        fill: "var(--region)", stroke: "var(--edge)"}));
    });
    drawLimits(picture, panel);
    cursors[index] = svg("line", {class: "cursor", y1: ABOVE, y2: ABOVE + HIGH});
    picture.append(cursors[index]);
    picture.addEventListener("pointermove", event => {
      const box = picture.getBoundingClientRect();
      const x = (event.clientX - box.left) / box.width * WIDE;
      go(index, Math.floor((x - LEFT) / (WIDE - LEFT) * panel.live.length));
    });
    return html("figure", {}, html("figcaption", {}, panel.title), picture);
  }

  function drawLimits(picture, panel) {
    const lines = data.budget === null ? [] : [["budget", data.budget, "bad"]];
    if (panel.measured) lines.push(["measured peak", panel.measured.peak_bytes, "good"]);
    lines.forEach(([name, nbytes, paint], i) => {
      const y = up(Math.min(nbytes, most));
      picture.append(
        svg("line", {x1: LEFT, x2: WIDE, y1: y, y2: y, stroke: `var(--${paint})`, "stroke-width": 1.5, "stroke-dasharray": "7 4"}),
        svg("text", {x: WIDE - 4 - 190 * i, y: y - 5, "text-anchor": "end", "font-size": 11, class: "b", fill: `var(--${paint})`},
          `${name} ${bytes(nbytes)}`));
    });
    const x = across(panel, panel.peak_position + .5), y = up(panel.live[panel.peak_position] ?? 0);
    if (panel.live.length) picture.append(svg("circle", {cx: x, cy: y, r: 4, fill: "var(--ink)"},
      svg("title", {}, `peak, ${panel.peak_place}`)));
  }

  // Show what is alive while a node runs.
  function go(index, position) {
    const panel = data.panels[index];
    state.panel = index;
    state.at = Math.min(Math.max(position, 0), Math.max(panel.live.length - 1, 0));
    cursors.forEach((line, i) => line.setAttribute("visibility", i === index ? "visible" : "hidden"));
    const x = across(panel, state.at + .5);
    cursors[index].setAttribute("x1", x);
    cursors[index].setAttribute("x2", x);
    const slider = byId("node");
    slider.max = Math.max(panel.live.length - 1, 0);
    slider.value = state.at;
    slider.setAttribute("aria-valuetext", panel.steps[state.at] ?? "no nodes");
    byId("alive-title").textContent = panel.live.length
      ? `${bytes(panel.live[state.at])} alive at node ${state.at}: ${panel.steps[state.at]}` : "No nodes";
    fillTable(panel);
  }

  function fillTable(panel) {
    const alive = panel.bands.filter(b => b.start <= state.at && state.at <= b.end)
      .sort((a, b) => b.nbytes - a.nbytes);
    const rows = alive.map(b => row(b.nbytes, `${b.name} ${b.type}`, b.tip, FATES[b.fate], hue(b.owner)));
    if (panel.rest[state.at]) rows.push(row(panel.rest[state.at], "smaller buffers", "", "", data.coloured));
    if (panel.inside[state.at]) rows.push(row(panel.inside[state.at], "inside its regions", "", "", null));
    byId("alive").replaceChildren(...rows);
  }

  function row(nbytes, name, line, plan, colour) {
    const paint = colour === null ? "var(--region)" : `var(--hue${colour})`;
    const dot = html("span", {class: "dot"});
    dot.style.background = paint;
    return html("tr", {}, html("td", {}, dot, bytes(nbytes)), html("td", {class: "m"}, name),
      html("td", {class: "m"}, line), html("td", {}, plan));
  }

  function search(text) {
    const wanted = text.trim().toLowerCase();
    let found = 0;
    for (const band of document.querySelectorAll(".band")) {
      const hit = wanted !== "" && band.dataset.text.includes(wanted);
      band.classList.toggle("found", hit);
      found += hit;
    }
    byId("panels").classList.toggle("searching", wanted !== "");
    gradloom.say(wanted === "" ? "" : `${found} buffers found`);
  }

  function tools() {
    const find = html("input", {type: "search", id: "find", placeholder: "find a buffer or line (/)",
      "aria-label": "Find a buffer by its op, type or line", oninput: event => search(event.target.value)});
    const slider = html("input", {type: "range", id: "node", min: 0, max: 0, value: 0,
      "aria-label": "The node to look at", oninput: event => go(state.panel, +event.target.value)});
    const peak = html("button", {type: "button", id: "peak",
      onclick: () => go(state.panel, data.panels[state.panel].peak_position)}, "peak");
    const which = data.panels.length < 2 ? [] : data.panels.map((panel, i) => html("button",
      {type: "button", onclick: () => go(i, data.panels[i].peak_position)}, panel.title));
    byId("tools").append(find, slider, peak, ...which, gradloom.themeButton());
    addEventListener("keydown", event => {
      if (event.target.matches("input[type=search]") && event.key !== "Escape") return;
      const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
      if (step && event.target.id !== "node") go(state.panel, state.at + step);
      else if (event.key === "/") { event.preventDefault(); find.focus(); }
      else if (event.key === "t") byId("theme").click();
      else if (event.key === "Escape") { find.value = ""; search(""); find.blur(); }
    });
  }

  byId("title").textContent = data.title;
  byId("headline").textContent = data.headline;
  tools();
  byId("panels").append(...data.panels.map(drawPanel));
  go(state.panel, data.panels[state.panel].peak_position);
})();
