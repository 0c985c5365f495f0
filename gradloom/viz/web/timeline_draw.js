"use strict";
// The lanes on their canvas: only what is in view is gone through. Bars thinner than a pixel become
// columns as high as the share of the pixel that they cover.
gradloom.lanes = (() => {
  const {d, bars, marks, arrows, text, shown, from} = gradloom.run;
  const GUTTER = 144, PAD = 6;
  const HEIGHTS = {marks: 14, fetches: 8, messages: 16, names: 11, programs: 24, queue: 12, receives: 8, sends: 8};
  const CAPTIONS = {marks: "calls", receives: "in", sends: "out"};
  const ORDER = ["marks", "fetches", "messages", "names", "programs", "queue", "receives", "sends"];
  const view = {a: 0, b: 1, selected: null, hover: null, measured: null};
  const canvas = document.getElementById("bars"), scroll = document.getElementById("scroll");
  let colours = {}, width = 0;

  const waiting = new Set(d.waits.map(w => w[0]));
  const bands = [];
  let bottom = 0;
  d.owners.forEach((owner, number) => {
    const own = d.lanes.map((lane, i) => ({...lane, number: i})).filter(l => l.owner === number);
    const band = {number, owner, y: bottom, strips: []};
    let y = bottom + PAD;
    for (const part of ORDER) {
      const lane = own.find(l => l.what === part);
      const extra = part === "marks" && owner.role === "client" || part === "queue" && waiting.has(number)
        || (part === "programs" || part === "names") && owner.role === "worker";
      if (!lane && !extra) continue;
      const rows = lane ? Math.min(lane.rows, part === "fetches" ? 4 : 3) : 1;
      const height = HEIGHTS[part] * (part === "fetches" ? rows : rows > 1 ? 1.5 : 1);
      band.strips.push({part, y, height, rows, lane: lane ? lane.number : -1});
      y += height + 2;
    }
    band.height = Math.max(y - bottom + PAD - 2, 42);
    bottom += band.height;
    bands.push(band);
  });
  const strip = (owner, part) => bands[owner].strips.find(s => s.part === part);

  const x = t => GUTTER + (t - view.a) / (view.b - view.a || 1) * (width - GUTTER);
  const time = px => view.a + (px - GUTTER) / Math.max(width - GUTTER, 1) * (view.b - view.a);

  function readColours() {
    const style = getComputedStyle(document.documentElement);
    const names = ["paper", "surface", "sunken", "line", "edge", "ink", "muted", "accent", "bad", "warn", "good"];
    for (let i = 0; i < 8; i++) names.push(`hue${i}`);
    colours = Object.fromEntries(names.map(n => [n, style.getPropertyValue(`--${n}`).trim()]));
  }

  // A canvas of so many CSS pixels, sharp on any screen.
  function sized(element, height) {
    const ratio = window.devicePixelRatio || 1, w = element.clientWidth;
    if (element.width !== Math.round(w * ratio) || element.height !== Math.round(height * ratio)) {
      element.width = Math.round(w * ratio);
      element.height = Math.round(height * ratio);
    }
    element.style.height = `${height}px`;
    const ctx = element.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, w, height);
    ctx.font = "11px system-ui, sans-serif";
    return [ctx, w];
  }

  const PLAIN = {fetches: "line", messages: "edge", sends: "muted", receives: "muted"};
  function drawLane(ctx, s) {
    const lane = d.lanes[s.lane], height = s.height / s.rows;
    const cover = [new Map(), new Map()];  // of bars that the filters leave out, and of others
    for (let i = from(lane, view.a); i < lane.last && bars.start[i] <= view.b; i++) {
      if (bars.end[i] < view.a) continue;
      const left = Math.max(x(bars.start[i]), GUTTER), right = Math.min(x(bars.end[i]), width);
      if (right - left < 1) merge(cover[shown[i]], Math.floor(left), right - left, i, lane.what);
      else drawBar(ctx, i, lane.what, left, s.y + Math.min(bars.row[i], s.rows - 1) * height, right - left, height);
    }
    if (lane.what === "programs") drawTitles(ctx, s, lane);
    cover.forEach((columns, matches) => {
      ctx.globalAlpha = matches ? 1 : 0.12;
      for (const [at, seen] of columns) drawColumn(ctx, s, at, seen);
    });
    ctx.globalAlpha = 1;
  }

  // Add a thin bar to its column, by the shares of its kinds of ops.
  function merge(columns, at, wide, i, what) {
    let seen = columns.get(at);
    if (!seen) columns.set(at, seen = {share: 0, paints: new Map()});
    const least = Math.max(wide, 1e-6);  // what takes no time is seen as well
    seen.share += wide;
    for (const [kind, share] of bars.shares[bars.parts[i]]) {
      const paint = what === "programs" ? d.kinds[kind].paint : PLAIN[what];
      seen.paints.set(paint, (seen.paints.get(paint) || 0) + share * least);
    }
  }

  function drawColumn(ctx, s, at, seen) {
    const high = Math.max(3, Math.min(1, seen.share) * s.height);
    const whole = [...seen.paints.values()].reduce((a, b) => a + b, 0);
    let y = s.y + s.height;
    for (const [paint, share] of seen.paints) {
      y -= high * share / whole;
      ctx.fillStyle = colours[paint];
      ctx.fillRect(at, y, 1.2, high * share / whole);
    }
  }

  function drawBar(ctx, i, what, left, top, wide, height) {
    ctx.globalAlpha = shown[i] ? 1 : 0.12;
    if (what === "programs") {
      let y = top;
      for (const [kind, share] of bars.shares[bars.parts[i]]) {
        ctx.fillStyle = colours[d.kinds[kind].paint];
        ctx.fillRect(left, y, wide, height * share);
        y += height * share;
      }
    } else {
      ctx.fillStyle = colours[PLAIN[what]];
      ctx.fillRect(left, top, wide, Math.max(height - 1, 1));
    }
    if (wide > 4) { ctx.fillStyle = colours.paper; ctx.fillRect(left + wide - 0.7, top, 0.7, height); }
    if (text(bars.kind[i]) === "error") frame(ctx, left, top, wide, height, colours.bad, 2);
    ctx.globalAlpha = 1;
    const chosen = view.selected && view.selected.bar === i, hovered = view.hover && view.hover.bar === i;
    if (chosen || hovered) frame(ctx, left, top, wide, height, colours.ink, chosen ? 2.5 : 1.5);
  }

  // The names of programs above their bars, where there is room.
  function drawTitles(ctx, s, lane) {
    let free = 0;
    ctx.font = "10px system-ui, sans-serif";
    ctx.fillStyle = colours.muted;
    for (let i = from(lane, view.a); i < lane.last && bars.start[i] <= view.b; i++) {
      const left = Math.max(x(bars.start[i]), GUTTER), room = Math.min(x(bars.end[i]), width) - left;
      if (room < 40 || left < free || !shown[i]) continue;
      const name = text(bars.kind[i]) === "build" ? "build" : text(bars.command[i]) || "program";
      const shownName = clip(ctx, name, room - 4);
      ctx.fillText(shownName, left, s.y - 6);
      free = left + ctx.measureText(shownName).width + 4;
    }
  }

  function frame(ctx, left, top, wide, height, colour, line) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = line;
    ctx.strokeRect(left - 0.5, top - 0.5, Math.max(wide, 2) + 1, height + 1);
  }

  // How long each queue was, from time to time; most of it is computed once.
  const queues = new Map();
  for (const [who, a, b] of d.waits) {
    if (!queues.has(who)) queues.set(who, []);
    queues.get(who).push([a, 1], [b, -1]);
  }
  for (const [who, changes] of queues) {
    changes.sort((p, q) => p[0] - q[0]);
    let now = 0, most = 1;
    const steps = changes.map(([at, change]) => { most = Math.max(most, now += change); return [at, now]; });
    queues.set(who, {steps, most});
  }

  function drawQueue(ctx, s, owner) {
    const {steps, most} = queues.get(owner);
    ctx.fillStyle = colours.line;
    let column = -1, high = 0;
    for (let i = 0; i < steps.length; i++) {
      const [at, now] = steps[i], until = i + 1 < steps.length ? steps[i + 1][0] : at;
      if (until < view.a || at > view.b || now <= 0) continue;
      const left = Math.max(x(at), GUTTER), right = Math.min(x(until), width);
      const tall = s.height * now / most;
      if (right - left < 1) {  // of a pixel, the longest queue
        if (Math.floor(left) === column && tall <= high) continue;
        column = Math.floor(left);
        high = tall;
      }
      ctx.fillRect(left, s.y + s.height - tall, Math.max(right - left, 0.6), tall);
    }
  }

  const SHAPES = {
    join: [[-5, 5], [0, -5], [5, 5]], leave: [[-5, -5], [0, 5], [5, -5]],
    error: [[0, -6], [6, 0], [0, 6], [-6, 0]], dropped: [[-4, -4], [4, -4], [4, 4], [-4, 4]],
    lost: [[-5, -3], [-3, -5], [0, -2], [3, -5], [5, -3], [2, 0], [5, 3], [3, 5], [0, 2], [-3, 5], [-5, 3], [-2, 0]],
  };
  const PAINTS = {join: "good", leave: "muted", error: "bad", dropped: "warn", lost: "bad"};
  const markStrip = owner =>
    strip(owner, "programs") || strip(owner, "marks") || strip(owner, "messages") || bands[owner].strips[0];

  const largest = marks.bytes.reduce((a, b) => Math.max(a, b), 1);
  function drawMark(ctx, i) {
    const sign = text(marks.sign[i]), at = x(marks.at[i]);
    if (at < GUTTER || at > width) return;
    const s = sign === "call" || sign === "put" ? strip(marks.owner[i], "marks") : markStrip(marks.owner[i]);
    const y = s ? s.y + s.height / 2 : bands[marks.owner[i]].y + 20;
    const chosen = view.selected && view.selected.mark === i;
    ctx.fillStyle = chosen ? colours.ink : colours[PAINTS[sign]] || colours.accent;
    if (sign === "call") {
      ctx.fillStyle = chosen ? colours.ink : colours.edge;
      ctx.fillRect(at - (chosen ? 1.5 : 0.5), y - 6, chosen ? 3 : 1, 12);
      return;
    }
    ctx.beginPath();
    if (sign === "put") ctx.arc(at, y, 1.5 + 3.5 * Math.sqrt(marks.bytes[i] / largest), 0, 7);
    else SHAPES[sign].forEach(([dx, dy], k) => k ? ctx.lineTo(at + dx, y + dy) : ctx.moveTo(at + dx, y + dy));
    ctx.closePath();
    ctx.fill();
  }

  // Arrows of what is selected, and of all while they can be told apart; of more, the largest of
  // each stretch of time.
  const MOST_ARROWS = 80;
  function drawArrows(ctx) {
    const chosen = view.selected && "bar" in view.selected ? bars.flow[view.selected.bar] : -2;
    const seen = [], mine = [];
    for (let i = 0; i < arrows.left.length; i++) {
      if (arrows.source[i] < 0 || arrows.target[i] < 0) continue;
      if (Math.max(arrows.arrived[i], arrows.left[i]) < view.a || Math.min(arrows.arrived[i], arrows.left[i]) > view.b) continue;
      seen.push(i);
      if (arrows.flow[i] === chosen) mine.push(i);
    }
    let few = seen;
    if (seen.length > MOST_ARROWS) {
      const largest = new Map();
      for (const i of seen) {
        const slot = Math.floor((arrows.left[i] - view.a) / (view.b - view.a) * MOST_ARROWS);
        if (!largest.has(slot) || arrows.bytes[i] > arrows.bytes[largest.get(slot)]) largest.set(slot, i);
      }
      few = [...largest.values()];
    }
    ctx.globalAlpha = few.length > 40 ? 0.55 : 1;
    for (const i of few) drawArrow(ctx, i, false);
    ctx.globalAlpha = 1;
    for (const i of mine) drawArrow(ctx, i, true);
  }

  const heaviest = arrows.bytes.reduce((a, b) => Math.max(a, b), 1);
  function drawArrow(ctx, i, chosen) {
    const s = strip(d.lanes[arrows.source[i]].owner, "sends");
    const t = strip(d.lanes[arrows.target[i]].owner, "receives");
    const x0 = x(arrows.left[i]), x1 = x(arrows.arrived[i]), y0 = s.y + 4, y1 = t.y + 4, bend = (y1 - y0) / 2;
    const backward = arrows.arrived[i] < arrows.left[i];
    ctx.strokeStyle = ctx.fillStyle = chosen ? colours.accent : backward ? colours.bad : colours.edge;
    ctx.lineWidth = chosen ? 2.5 : 0.6 + 1.8 * Math.sqrt(arrows.bytes[i] / heaviest);
    ctx.setLineDash(backward ? [3, 3] : []);
    ctx.beginPath();
    ctx.moveTo(x0, y0);
    ctx.bezierCurveTo(x0, y0 + bend, x1, y1 - bend, x1, y1);
    ctx.stroke();
    ctx.setLineDash([]);
    const up = y1 < y0 ? 1 : -1;
    ctx.beginPath();
    ctx.moveTo(x1, y1);
    ctx.lineTo(x1 - 3, y1 + 6 * up);
    ctx.lineTo(x1 + 3, y1 + 6 * up);
    ctx.fill();
  }

  function drawNames(ctx) {
    ctx.textBaseline = "middle";
    for (const band of bands) {
      ctx.fillStyle = band.number % 2 ? colours.paper : colours.sunken;
      ctx.fillRect(0, band.y, GUTTER, band.height);
      ctx.fillStyle = colours.ink;
      ctx.font = "600 12px system-ui, sans-serif";
      ctx.fillText(clip(ctx, band.owner.name, 84), 12, band.y + 14);
      ctx.font = "11px system-ui, sans-serif";
      ctx.fillStyle = colours.muted;
      const busy = d.figures.workers.find(w => band.owner.role === "worker" && w.name === band.owner.name);
      ctx.fillText(busy ? `${Math.round(busy.busy * 100)}% busy` : band.owner.role, 12, band.y + 30);
      ctx.font = "9px system-ui, sans-serif";
      ctx.textAlign = "right";
      for (const s of band.strips.filter(s => s.part !== "names"))
        ctx.fillText(CAPTIONS[s.part] || s.part, GUTTER - 5, s.y + s.height / 2 + 0.5);
      ctx.textAlign = "left";
    }
  }

  function clip(ctx, name, room) {
    let shownName = name;
    while (shownName.length > 1 && ctx.measureText(shownName).width > room) shownName = shownName.slice(0, -1);
    return shownName === name ? name : shownName + "…";
  }

  function draw() {
    if (!colours.ink) readColours();
    const [ctx, wide] = sized(canvas, bottom);
    ctx.textBaseline = "middle";
    width = wide;
    const top = scroll.scrollTop, end = top + scroll.clientHeight;
    for (const band of bands) {
      if (band.number % 2 === 0) { ctx.fillStyle = colours.sunken; ctx.fillRect(0, band.y, wide, band.height); }
    }
    ctx.save();
    ctx.beginPath();
    ctx.rect(GUTTER, 0, wide - GUTTER, bottom);
    ctx.clip();
    for (const band of bands) {
      const printed = matchMedia("print").matches;
      if (!printed && (band.y > end || band.y + band.height < top)) continue;
      for (const s of band.strips) {
        if (s.part === "queue") drawQueue(ctx, s, band.number);
        else if (s.lane >= 0) drawLane(ctx, s);
      }
    }
    drawArrows(ctx);
    const ticks = new Set();  // calls of one pixel are one tick
    for (let i = 0; i < marks.at.length; i++) {
      if (marks.at[i] < view.a || marks.at[i] > view.b) continue;
      const tick = Math.floor(x(marks.at[i])) * bands.length + marks.owner[i];
      const isCall = text(marks.sign[i]) === "call" && !(view.selected && view.selected.mark === i);
      if (isCall && ticks.has(tick)) continue;
      if (isCall) ticks.add(tick);
      drawMark(ctx, i);
    }
    if (view.measured) drawMeasured(ctx);
    ctx.restore();
    drawNames(ctx);
  }

  function drawMeasured(ctx) {
    const [a, b] = view.measured.map(x);
    ctx.globalAlpha = 0.18;
    ctx.fillStyle = colours.accent;
    ctx.fillRect(Math.min(a, b), 0, Math.abs(b - a), bottom);
    ctx.globalAlpha = 1;
    ctx.fillRect(a - 0.5, 0, 1, bottom);
    ctx.fillRect(b - 0.5, 0, 1, bottom);
  }

  // What lies under a point of the canvas: a mark, else a bar.
  function pick(px, py) {
    if (px < GUTTER) return null;
    const band = bands.find(b => py >= b.y && py < b.y + b.height);
    if (!band) return null;
    let best = null, nearest = 6;
    for (let i = 0; i < marks.at.length; i++) {
      if (marks.owner[i] !== band.number) continue;
      const sign = text(marks.sign[i]);
      const s = sign === "call" || sign === "put" ? strip(band.number, "marks") : markStrip(band.number);
      if (!s || py < s.y - 2 || py > s.y + s.height + 2) continue;
      const away = Math.abs(x(marks.at[i]) - px);
      if (away < nearest) { nearest = away; best = {mark: i}; }
    }
    if (best) return best;
    const s = band.strips.find(q => q.lane >= 0 && py >= q.y - 1 && py <= q.y + q.height + 1);
    if (!s) return null;
    const lane = d.lanes[s.lane], row = Math.floor((py - s.y) / (s.height / s.rows));
    let closest = 3;
    for (let i = from(lane, time(px - 3)); i < lane.last && bars.start[i] <= time(px + 3); i++) {
      if (s.rows > 1 && Math.min(bars.row[i], s.rows - 1) !== Math.min(Math.max(row, 0), s.rows - 1)) continue;
      const away = Math.max(x(bars.start[i]) - px, px - x(bars.end[i]), 0);
      if (away <= closest) { closest = away; best = {bar: i}; }
    }
    return best;
  }

  return {view, draw, pick, x, time, sized, readColours, bands, colours: () => colours, GUTTER,
    canvas, scroll, width: () => width};
})();
