"use strict";
// Where boxes stand: rows and order come with the data; here they get room, and groups grow.
explorer.CHARACTER = 7.3;
explorer.HEIGHT = 44;
explorer.GAP = 26;
explorer.ROOM = 16;
explorer.HEAD = 30;

// The places of a chapter's things while `isOpen` says which groups are open: Map of thing to
// {x, y, w, h, open, need}; `need` is the zoom from which what is inside can be told apart.
explorer.place = (chapter, isOpen) => {
  const places = new Map();
  const root = explorer.sized(chapter.root, isOpen, places);
  explorer.moved(chapter.root, places, 0, 0);
  return {places, width: root.w, height: root.h};
};

explorer.sized = (thing, isOpen, places) => {
  const open = thing.items !== null && (thing.parent === null || isOpen(thing));
  const place = {x: 0, y: 0, w: 0, h: explorer.HEIGHT, open, need: 0};
  places.set(thing, place);
  if (open) explorer.inside(thing, isOpen, places, place);
  else {
    const lines = [explorer.shortened(thing.title), explorer.shortened(thing.line)];
    const sign = thing.items ? 6 : 0;
    place.w = Math.max(lines[0].length + sign, lines[1].length, 6) * explorer.CHARACTER + 20;
  }
  return place;
};

// Places the items of an open group, relative to it.
explorer.inside = (group, isOpen, places, place) => {
  const rows = [];
  group.items.forEach((item, i) => {
    const found = explorer.sized(item, isOpen, places);
    (rows[group.ranks[i]] ??= []).push({item, found, middle: group.middles[i]});
  });
  const ways = group.past.flatMap(([i, ...way]) => explorer.slots(group.items[i], way, rows));
  let y = group.parent === null ? explorer.ROOM : explorer.HEAD;
  let left = Infinity, right = -Infinity;
  for (const row of rows.filter(Boolean)) {
    row.sort((a, b) => a.middle - b.middle);
    explorer.spread(row);
    const height = Math.max(...row.map(({found}) => found.h));
    for (const one of row) {
      const {found, x} = one;
      if (one.item === null) {
        [found.x, found.top, found.bottom] = [x, y, y + height];
        continue;
      }
      found.x = x - found.w / 2;
      found.y = y + (height - found.h) / 2;
      left = Math.min(left, found.x);
      right = Math.max(right, found.x + found.w);
    }
    y += height + explorer.GAP;
  }
  if (left > right) [left, right, y] = [0, 120, y + explorer.GAP];
  const title = (group.groupTitle.length + 16) * explorer.CHARACTER;
  const width = Math.max(right - left + 2 * explorer.ROOM, group.parent === null ? 0 : title);
  const shift = (width - (right - left)) / 2 - left;
  let least = Infinity;
  for (const item of group.items) {
    const found = places.get(item);
    found.x += shift;
    least = Math.min(least, found.h);
  }
  place.ways = new Map();
  for (const {source, found} of ways) {
    found.x += shift;
    if (!place.ways.has(source)) place.ways.set(source, []);
    place.ways.get(source).push(found);
  }
  place.w = width;
  place.h = y - explorer.GAP + explorer.ROOM;
  place.need = 9 / least; // nine pixels are the least in which a box is seen as one
};

// Room in the rows that what an item gives goes past.
explorer.slots = (source, way, rows) => {
  const made = [];
  for (let k = 0; k < way.length; k += 2) {
    const slot = {item: null, source, found: {w: 0, h: 0, rank: way[k]}, middle: way[k + 1]};
    (rows[way[k]] ??= []).push(slot);
    made.push(slot);
  }
  return made;
};

// Near the middles that they had while all was closed, in that order, none over another.
explorer.spread = row => {
  let edge = -Infinity, off = 0;
  for (const one of row) {
    const gap = one.item === null ? explorer.GAP / 3 : explorer.GAP;
    one.x = Math.max(one.middle, edge - (explorer.GAP - gap) + one.found.w / 2);
    edge = one.x + one.found.w / 2 + gap;
    off += one.middle - one.x;
  }
  for (const one of row) one.x += off / row.length;
};

explorer.moved = (thing, places, x, y) => {
  const place = places.get(thing);
  place.x += x;
  place.y += y;
  if (place.open) for (const item of thing.items) explorer.moved(item, places, place.x, place.y);
};
