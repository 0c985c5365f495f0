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
    for (const thing of chapter.things.values())
      for (const read of thing.reads) {
        if (read.from === null) continue;
        const a = this.end(read.from), b = this.end(thing);
        if (a === null || b === null || a === b) continue;
        let from = known.get(a);
        if (!from) known.set(a, (from = new Map()));
        const line = from.get(b);
        if (line) line.count++;
        else {
          const made = {a, b, count: 1, types: read.type};
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

  // From the bottom of one box to the top of the other, with the box around the whole course.
  course(line) {
    const a = this.places.get(line.a), b = this.places.get(line.b);
    const x0 = a.x + a.w / 2, y0 = a.y + a.h, x1 = b.x + b.w / 2, y1 = b.y - 1;
    const bend = Math.max(Math.abs(y1 - y0) / 2, 14);
    line.path = `M${x0},${y0}C${x0},${y0 + Math.min(bend, 90)} ${x1},${y1 - Math.min(bend, 90)} ${x1},${y1}`;
    [line.x, line.y] = [Math.min(x0, x1) - 4, Math.min(y0, y1 - bend)];
    [line.w, line.h] = [Math.abs(x1 - x0) + 8, Math.abs(y1 - y0) + 2 * bend];
  }
};

// What of a list lies in a window, all in the graph's own units.
explorer.within = (list, window) =>
  list.filter(one => {
    const p = one.place ?? one;
    return p.x < window.right && p.x + p.w > window.left && p.y < window.bottom && p.y + p.h > window.top;
  });
