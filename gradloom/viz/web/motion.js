"use strict";
// What a film shows at a time: the same as frame_at of gradloom/viz/motion/film.py, from the same
// data, and as pure: nothing is remembered from one time to the next.

gradloom.motion = (() => {
  const {data} = gradloom;
  const ENDS = {top: [0, -1], bottom: [0, 1], left: [-1, 0], right: [1, 0]};
  const eased = share => share * share * (3 - 2 * share);

  // How many of these rows, which begin with a time, have come.
  function come(rows, time) {
    let low = 0, high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle][0] <= time) low = middle + 1; else high = middle;
    }
    return low;
  }

  // The row between two, or at an end; without its time.
  function between(rows, time) {
    const after = come(rows, time);
    if (after === 0 || after === rows.length) return rows[after && after - 1].slice(1);
    const a = rows[after - 1], b = rows[after], share = eased((time - a[0]) / (b[0] - a[0]));
    return a.slice(1).map((x, i) => x + (b[i + 1] - x) * share);
  }

  function card(item, time) {
    const [x, y, opacity, light] = between(item.keys, time);
    return opacity > 0 ? {x, y, opacity, light} : null;
  }

  // The curve from a side of one card to a side of another.
  function path(wire, a, b) {
    const source = data.cards[wire.source], target = data.cards[wire.target];
    const [sx, sy] = ENDS[wire.start], [ex, ey] = ENDS[wire.end];
    const x0 = a.x + sx * source.width / 2, y0 = a.y + sy * source.height / 2;
    const x1 = b.x + ex * target.width / 2, y1 = b.y + ey * target.height / 2;
    const reach = Math.max(Math.abs(sx ? x1 - x0 : y1 - y0) * data.reach[0], data.reach[1]);
    return [[x0, y0], [x0 + sx * reach, y0 + sy * reach], [x1 + ex * reach, y1 + ey * reach], [x1, y1]];
  }

  function wire(item, cards, time) {
    const a = cards[item.source], b = cards[item.target];
    if (!a || !b) return null;
    const opacity = Math.min(between(item.fades, time)[0], a.opacity, b.opacity);
    return opacity > 0 ? {path: path(item, a, b), opacity} : null;
  }

  function along(points, t) {
    const u = 1 - t, weights = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
    return [0, 1].map(axis => points.reduce((sum, p, i) => sum + weights[i] * p[axis], 0));
  }

  function dot([wireNumber, start, end], wires, time) {
    const on = wires[wireNumber];
    return start <= time && time < end && on ? along(on.path, eased((time - start) / (end - start))) : null;
  }

  function frame(time) {
    time = Math.min(Math.max(time, 0), data.seconds);
    const cards = data.cards.map(item => card(item, time));
    const wires = data.wires.map(item => wire(item, cards, time));
    return {
      time, cards, wires, dots: data.dots.map(item => dot(item, wires, time)),
      caption: data.captions[come(data.captions, time) - 1] || [0, "", ""],
      point: data.curve ? Math.max(come(data.curve.points, time) - 1, 0) : 0,
    };
  }

  return {frame};
})();
