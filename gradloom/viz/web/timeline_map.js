"use strict";
// Above the lanes: the whole run with a frame around what is shown, the axis, and the chain of what
// the end waited for.
gradloom.map = (() => {
  const {d, bars} = gradloom.run, lanes = gradloom.lanes, {view} = lanes;
  const map = document.getElementById("map"), axis = document.getElementById("axis");
  const HEIGHT = 44, COLUMNS = 400, CHAIN = 8;

  // How busy all workers were together, in columns over the whole run; computed once.
  const busy = new Float64Array(COLUMNS);
  const [begin, end] = d.window, wide = (end - begin) / COLUMNS || 1;
  const workers = Math.max(d.owners.filter(o => o.role === "worker").length, 1);
  for (const lane of d.lanes.filter(l => l.what === "programs")) {
    for (let i = lane.first; i < lane.last; i++) {
      const a = (bars.start[i] - begin) / wide, b = (bars.end[i] - begin) / wide;
      for (let c = Math.max(0, Math.floor(a)); c <= Math.min(COLUMNS - 1, Math.floor(b)); c++)
        busy[c] += Math.max(0, Math.min(b, c + 1) - Math.max(a, c)) / workers;
    }
  }

  const place = (t, width) =>
    lanes.GUTTER + (t - begin) / (end - begin || 1) * (width - lanes.GUTTER);

  function drawMap() {
    const [ctx, width] = lanes.sized(map, HEIGHT), colours = lanes.colours(), room = width - lanes.GUTTER;
    const base = HEIGHT - CHAIN - 3;
    ctx.fillStyle = colours.muted;
    ctx.textBaseline = "middle";
    ctx.fillText("whole run", 12, 16);
    ctx.fillText("critical path", 12, HEIGHT - 7);
    ctx.fillStyle = colours.edge;
    busy.forEach((share, c) => {
      const high = share ? Math.max(1, Math.min(share, 1) * (base - 4)) : 0;
      ctx.fillRect(lanes.GUTTER + c * room / COLUMNS, base - high, room / COLUMNS + 0.4, high);
    });
    for (const [sort, , , a, b] of d.chain) {
      ctx.fillStyle = colours[d.sorts[sort]];
      ctx.fillRect(place(a, width), HEIGHT - CHAIN - 1, Math.max(place(b, width) - place(a, width), 0.4), CHAIN);
    }
    const a = Math.max(place(view.a, width), lanes.GUTTER), b = Math.min(place(view.b, width), width);
    ctx.fillStyle = colours.accent;
    ctx.globalAlpha = 0.16;
    ctx.fillRect(a, 0, b - a, HEIGHT);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = colours.accent;
    ctx.strokeRect(a + 0.5, 0.5, Math.max(b - a - 1, 2), HEIGHT - 1);
  }

  // Round times, as many as there is room for.
  function ticks(most) {
    const rough = (view.b - view.a) / most;
    const unit = 10 ** Math.floor(Math.log10(rough || 1));
    const step = [1, 2, 5, 10].map(m => m * unit).find(s => s >= rough) || unit;
    const zero = d.zero * 1e6, found = [];
    for (let t = Math.ceil((view.a + zero) / step) * step; t <= view.b + zero && found.length <= most; t += step)
      found.push(t - zero);
    return [found, step];
  }

  function label(t, step) {
    const us = t + d.zero * 1e6;
    const [unit, size] = step >= 5e5 ? ["s", 1e6] : step >= 500 ? ["ms", 1e3] : ["µs", 1];
    const digits = Math.max(0, Math.min(6, Math.ceil(-Math.log10(step / size) - 1e-9)));
    return `${(us / size).toFixed(digits)} ${unit}`;
  }

  function drawAxis() {
    const [ctx, width] = lanes.sized(axis, 24), colours = lanes.colours();
    const [times, step] = ticks(Math.max(2, Math.floor((width - lanes.GUTTER) / 110)));
    ctx.fillStyle = colours.muted;
    ctx.textAlign = "center";
    for (const t of times) {
      const at = lanes.x(t);
      if (at < lanes.GUTTER + 20 || at > width - 24) continue;
      ctx.fillText(label(t, step), at, 13);
      ctx.fillRect(at, 18, 1, 6);
    }
    ctx.textAlign = "left";
  }

  const draw = () => { drawMap(); drawAxis(); };
  const time = px => begin + (px - lanes.GUTTER) / Math.max(map.clientWidth - lanes.GUTTER, 1) * (end - begin);
  return {draw, time, map, label};
})();
