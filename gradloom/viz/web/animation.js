"use strict";
// Draws a film (gradloom/viz/animation/web.py) on a canvas, at the time that the player says.
(() => {
  const film = gradloom.data;
  const {html} = gradloom;
  const byId = id => document.getElementById(id);
  const canvas = byId("canvas"), pen = canvas.getContext("2d");
  const [left, top, width, height] = film.plot;
  const LANE = 4 * film.zoom, MOST_NOW = 14;
  let shown = [], wasNow = "";

  const colours = () => film.themes[gradloom.isDark() ? "dark" : "light"];
  const tint = look => film.looks[look][gradloom.isDark() ? 0 : 1];

  // ---- what passes -------------------------------------------------------------------------

  const seconds = t => {
    const whole = film.duration || 1;
    return Math.min(t / whole / (1 - film.rest), 1) * film.length;
  };

  // The moves under way: their dots, and the words for them.
  function scheduled(t) {
    const now = seconds(t), alphas = film.wires.map(() => 0), dots = [], tally = new Map();
    for (const [wire, backward, start, end, look, size, phase, step, tip] of film.moves) {
      if (start > now) break;  // they are in order of their starts
      if (now >= end) continue;
      alphas[wire] = 1;
      const [x, y] = between(wire, (now - start) / (end - start), backward);
      dots.push({x, y, look, size, tip});
      const steps = tally.get(phase) || [];
      steps.push(step);
      tally.set(phase, steps);
    }
    const states = film.spans.map(spans => stateAt(spans, now));
    return {dots, alphas, states, phase: words(tally, now)};
  }

  function words(tally, now) {
    if (!tally.size) {
      if (now >= film.length) return "Done";
      return film.moves.length && now < film.moves[0][2] ? "Compute" : "Nothing moves";
    }
    const [phase, steps] = [...tally].sort((a, b) => b[1].length - a[1].length)[0];
    const first = steps.reduce((a, b) => Math.min(a, b)), last = steps.reduce((a, b) => Math.max(a, b));
    const many = `${steps.length} under way`;
    if (phase === "send") return many;
    const which = first === last ? `step ${first + 1}` : `steps ${first + 1} to ${last + 1}`;
    return `${film.phases[phase]}, ${which} of ${film.steps}, ${many}`;
  }

  function stateAt(spans, now) {
    let found = "";
    for (const [state, start, end] of spans) {
      if (start > now) break;
      found = now < end || state === "done" ? state : "wait";
    }
    return found;
  }

  function framed(t) {
    const count = film.frames.length;
    const at = Math.min(Math.floor(t / (film.duration || 1) * count + 1e-9), count) % count;
    const [phase, alphas, dots] = film.frames[at];
    return {
      phase, alphas, states: film.spots.map(() => ""),
      dots: dots.map(([x, y, look, size]) => ({x, y, look, size, tip: ""})),
    };
  }

  // The point at a share of the way between two rims, to the right of the wire as one goes.
  function between(number, share, backward) {
    const [a, b, x0, y0, cx, cy, x1, y1] = film.wires[number];
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    const near = Math.min(film.spots[a][2] / length, 0.45);
    const far = 1 - Math.min(film.spots[b][2] / length, 0.45);
    const t = near + (far - near) * (backward ? 1 - share : share), u = 1 - t;
    const x = u * u * x0 + 2 * u * t * cx + t * t * x1, y = u * u * y0 + 2 * u * t * cy + t * t * y1;
    const dx = u * (cx - x0) + t * (x1 - cx), dy = u * (cy - y0) + t * (y1 - cy);
    const side = LANE / (Math.hypot(dx, dy) || 1) * (backward ? -1 : 1);
    return [x - dy * side, y + dx * side];
  }

  // ---- drawing -----------------------------------------------------------------------------

  function draw(t) {
    const moment = film.kind === "schedule" ? scheduled(t) : framed(t);
    const ratio = devicePixelRatio || 1, wide = canvas.clientWidth || width;
    const scale = wide * ratio / width;
    const size = [Math.round(wide * ratio), Math.round(height * scale)];
    if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
    pen.setTransform(scale, 0, 0, scale, -left * scale, -top * scale);
    const c = colours();
    pen.fillStyle = c.background;
    pen.fillRect(left, top, width, height);
    film.wires.forEach((wire, i) => drawWire(wire, i, moment.alphas[i], c));
    for (const dot of moment.dots) drawDot(pen, dot);
    film.spots.forEach((spot, i) => drawSpot(spot, moment.states[i], c));
    pen.globalAlpha = 1;
    shown = moment.dots;
    tell(moment);
  }

  function drawWire([, , x0, y0, cx, cy, x1, y1, label, at], i, alpha, c) {
    const look = film.wire_looks[i];
    pen.globalAlpha = 0.35 + 0.5 * alpha;
    pen.strokeStyle = alpha > 0 && look >= 0 ? tint(look) : c.edge_base;
    pen.lineWidth = (1 + 0.8 * alpha) * film.zoom;
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.quadraticCurveTo(cx, cy, x1, y1);
    pen.stroke();
    pen.globalAlpha = 1;
    if (at) text(label, at[0], at[1], 11 * film.zoom, c.text_dim, c.background);
  }

  function drawDot(on, {x, y, look, size}) {
    on.fillStyle = tint(look);
    on.globalAlpha = 0.22;
    on.beginPath();
    on.arc(x, y, size * 1.7, 0, 2 * Math.PI);
    on.fill();
    on.globalAlpha = 1;
    on.beginPath();
    film.looks[look][2].forEach(([dx, dy], i) =>
      on[i ? "lineTo" : "moveTo"](x + dx * size, y + dy * size));
    on.fill();
  }

  function drawSpot([x, y, radius, label, leader, at], state, c) {
    circle(pen, x, y, radius, leader ? c.node_ps_fill : c.node_fill,
      leader ? c.node_ps_stroke : c.node_stroke, 1.5 * film.zoom);
    if (leader) circle(pen, x, y, radius * 0.84, null, c.node_ps_stroke, film.zoom);
    ring(pen, x, y, radius + 2.6 * film.zoom, state, c, film.zoom);
    if (at) text(label, at[0], at[1], 11 * film.zoom, c.text_dim);
    else text(label, x, y, Math.min(13 * film.zoom, 3 * radius / Math.max(label.length, 1)), c.title_color);
  }

  // What a node does, by colour and by how the line is broken: as in gradloom/viz/animation/shapes.py.
  function ring(on, x, y, radius, state, c, zoom) {
    const looks = {
      compute: [c.phase_color, 2.4, []], straggle: [c.late, 2.8, [6, 3]],
      wait: [c.text_dim, 1.4, [2, 3]], send: [c.node_stroke, 2.8, []],
      receive: [c.node_stroke, 2.8, [3, 2]], exchange: [c.node_stroke, 3.4, []],
      done: [c.done, 2.8, []],
    };
    if (!looks[state]) return;
    const [colour, width, dash] = looks[state];
    on.setLineDash(dash.map(d => d * zoom));
    circle(on, x, y, radius, null, colour, width * zoom);
    on.setLineDash([]);
  }

  function circle(on, x, y, radius, fill, stroke, width) {
    on.beginPath();
    on.arc(x, y, radius, 0, 2 * Math.PI);
    if (fill) { on.fillStyle = fill; on.fill(); }
    on.strokeStyle = stroke;
    on.lineWidth = width;
    on.stroke();
  }

  function text(words, x, y, size, colour, patch) {
    pen.font = `${size}px system-ui, "DejaVu Sans", sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    if (patch) {
      const wide = pen.measureText(words).width + 6;
      pen.fillStyle = patch;
      pen.fillRect(x - wide / 2, y - size * 0.7, wide, size * 1.4);
    }
    pen.fillStyle = colour;
    pen.fillText(words, x, y);
  }

  // ---- words beside ------------------------------------------------------------------------

  function tell(moment) {
    const tips = moment.dots.map(dot => dot.tip).filter(Boolean);
    const more = tips.length > MOST_NOW ? [`and ${tips.length - MOST_NOW} more`] : [];
    const lines = tips.slice(0, MOST_NOW).concat(more);
    const key = lines.join("\n");
    if (key === wasNow) return;
    wasNow = key;
    byId("now").replaceChildren(...lines.map(line => html("li", {}, line)));
  }

  function legend() {
    byId("keys").replaceChildren(...film.keys.map(([words, look, state]) => {
      const sign = html("canvas", {width: 40, height: 40, style: "width:20px;height:20px", "aria-hidden": "true"});
      const on = sign.getContext("2d");
      on.scale(2, 2);
      if (look >= 0) drawDot(on, {x: 10, y: 10, look, size: 5});
      else if (state) ring(on, 10, 10, 6, state, colours(), 1);
      return html("li", {}, sign, words);
    }));
  }

  function table() {
    const rows = film.moves.slice(0, film.rows).map(([, , start, end, , , phase, step, tip]) =>
      html("tr", {}, ...[gradloom.time(start), gradloom.time(end), step + 1, film.phases[phase], tip]
        .map(cell => html("td", {}, `${cell}`))));
    const head = ["start", "end", "step", "phase", "transfer"].map(name => html("th", {scope: "col"}, name));
    const left = film.moves.length - rows.length;
    byId("table").replaceChildren(html("table", {}, html("tr", {}, ...head), ...rows),
      left > 0 ? html("p", {}, `and ${left} more`) : "");
  }

  // The dot nearest to the pointer tells what it is.
  function point(event) {
    const scale = width / canvas.clientWidth, tip = byId("tip");
    const x = left + event.offsetX * scale, y = top + event.offsetY * scale;
    const near = shown.filter(dot => dot.tip && Math.hypot(dot.x - x, dot.y - y) < dot.size + 6)
      .sort((a, b) => Math.hypot(a.x - x, a.y - y) - Math.hypot(b.x - x, b.y - y))[0];
    tip.classList.toggle("hidden", !near);
    if (!near) return;
    tip.textContent = near.tip;
    tip.style.left = `${Math.min(event.offsetX + 12, canvas.clientWidth - 180)}px`;
    tip.style.top = `${event.offsetY + 14}px`;
  }

  // ---- all together ------------------------------------------------------------------------

  byId("title").textContent = film.title;
  byId("subtitle").textContent = film.subtitle;
  // The whole picture and the controls are seen at once.
  canvas.parentElement.style.maxWidth = `calc((100vh - 200px) * ${width / height})`;
  byId("now-title").classList.toggle("hidden", film.kind !== "schedule");
  canvas.setAttribute("aria-label", film.description);
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerleave", () => byId("tip").classList.add("hidden"));
  const isSchedule = film.kind === "schedule";
  gradloom.film = gradloom.player({
    into: byId("controls"), duration: film.duration, draw, stops: film.stops,
    told: t => isSchedule ? scheduled(t).phase : framed(t).phase,
    clock: isSchedule ? t => gradloom.time(seconds(t)) : undefined,
    themed: () => { legend(); draw(gradloom.film.time); },
  });
  legend();
  addEventListener("resize", () => draw(gradloom.film.time));
  if (isSchedule) {
    byId("all").classList.remove("hidden");
    byId("all").addEventListener("toggle", () => { if (byId("all").open) table(); });
  }
})();
