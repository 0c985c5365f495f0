"use strict";
// What is drawn at a zoom: boxes, frames of open groups, and one line for all the wires between two.
explorer.Scene = class {
  // Groups too small to see into at this zoom are drawn closed, where they stand.
  constructor(chapter, placed, zoom) {
    this.boxes = [];
    this.frames = [];
    this.lines = [];
    this.box = new Map();
    this.places = placed.places;
    this.needs = [...new Set([...placed.places.values()].map(place => place.need))].sort((a, b) => a - b);
    this.level = this.levelAt(zoom);
    this.gather(chapter.root, zoom);
    this.join(chapter);
  }

  levelAt(zoom) {
    let level = 0;
    while (level < this.needs.length && this.needs[level] <= zoom) level++;
    return level;
  }

  gather(thing, zoom) {
    const place = this.places.get(thing);
    if (!place.open || (thing.parent !== null && place.need > zoom)) {
      this.boxes.push({thing, place});
      this.box.set(thing, thing);
      return;
    }
    if (thing.parent !== null) this.frames.push({thing, place});
    for (const item of thing.items) this.gather(item, zoom);
  }

  // The box that stands for a thing: itself, or the outermost closed group around it.
  standIn(thing) {
    let found = this.box.get(thing);
    if (found === undefined) {
      found = thing.parent === null ? null : this.standIn(thing.parent);
      if (found === null && this.places.get(thing)?.open) found = null;
      this.box.set(thing, found);
    }
    return found;
  }

  // An open group's own wires (a loop's operands) end at its frame.
  end(thing) {
    return this.standIn(thing) ?? (thing.items && thing.what === "op" ? thing : null);
  }

  join(chapter) {
    const known = new Map();
    for (const [source, target] of chapter.wires) {
      const a = this.end(source), b = this.end(target);
      if (a === null || b === null || a === b) continue;
      let from = known.get(a);
      if (!from) known.set(a, (from = new Map()));
      const line = from.get(b);
      if (line) line.count++;
      else {
        const made = {a, b, count: 1};
        from.set(b, made);
        this.lines.push(made);
      }
    }
    for (const line of this.lines) this.course(line);
  }

  // The lines in a window; of those longer than it, only what begins or ends there: the rest passes by.
  linesIn(window) {
    const high = window.bottom - window.top;
    const ends = line => explorer.within([this.places.get(line.a), this.places.get(line.b)], window).length > 0;
    return explorer.within(this.lines, window).filter(line => line.h < high || ends(line));
  }

  // From the bottom of one box to the top of the other, past the boxes between; and how far it reaches.
  course(line) {
    const a = this.places.get(line.a), b = this.places.get(line.b);
    const points = [[a.x + a.w / 2, a.y + a.h], ...this.past(line), [b.x + b.w / 2, b.y - 1]];
    let path = `M${points[0]}`;
    for (let i = 1; i < points.length; i++) {
      const [x0, y0] = points[i - 1], [x1, y1] = points[i];
      const bend = Math.min(Math.max(Math.abs(y1 - y0) / 2, i === points.length - 1 ? 14 : 4), 90);
      path += x0 === x1 ? `L${x1},${y1}` : `C${x0},${y0 + bend} ${x1},${y1 - bend} ${x1},${y1}`;
    }
    line.path = path;
    const xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
    [line.x, line.y] = [Math.min(...xs) - 4, Math.min(...ys) - 14];
    [line.w, line.h] = [Math.max(...xs) - line.x + 4, Math.max(...ys) - line.y + 14];
  }

  // The points at which a line goes through the rows between the items that its ends are in.
  past({a, b}) {
    let from = a, to = b;
    while (from.depth > to.depth) from = from.parent;
    while (to.depth > from.depth) to = to.parent;
    if (from === to) return [];
    while (from.parent !== to.parent) [from, to] = [from.parent, to.parent];
    const place = this.places.get(from.parent);
    return (place.ways?.get(from) ?? []).filter(slot => slot.rank < to.rank)
      .flatMap(({x, top, bottom}) => [[place.x + x, place.y + top], [place.x + x, place.y + bottom]]);
  }
};

// What of a list lies in a window, all in the graph's own units.
explorer.within = (list, window) =>
  list.filter(one => {
    const p = one.place ?? one;
    return p.x < window.right && p.x + p.w > window.left && p.y < window.bottom && p.y + p.h > window.top;
  });
