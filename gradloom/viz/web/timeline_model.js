"use strict";
// The run as it is asked about: which bars lie where, what matches the filters, what a stretch adds
// up to. Nothing here draws.
gradloom.run = (() => {
  const d = gradloom.data, bars = d.bars, marks = d.marks, arrows = d.arrows;
  const text = number => d.texts[number];
  const filter = {text: "", kind: -1, owner: -1, session: -1};
  const count = bars.start.length;
  const shown = new Uint8Array(count).fill(1);

  // Bars come lane by lane, in the order of their starts; `upto` is the latest end so far, which
  // grows, so that the first bar that reaches into a view is found by halving.
  const upto = new Float64Array(count);
  for (const lane of d.lanes) Object.assign(lane, {first: 0, last: 0});
  for (let i = 0; i < count; i++) {
    const lane = d.lanes[bars.lane[i]];
    if (i === 0 || bars.lane[i - 1] !== bars.lane[i]) lane.first = i;
    lane.last = i + 1;
    upto[i] = i > lane.first ? Math.max(upto[i - 1], bars.end[i]) : bars.end[i];
  }

  // The first bar of a lane that ends at or after a time.
  function from(lane, at) {
    let low = lane.first, high = lane.last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upto[middle] < at) low = middle + 1; else high = middle;
    }
    return low;
  }

  const ofFlow = new Map();
  const add = (flow, item) => {
    if (flow < 0) return;
    if (!ofFlow.has(flow)) ofFlow.set(flow, []);
    ofFlow.get(flow).push(item);
  };
  bars.flow.forEach((flow, i) => add(flow, {bar: i}));
  marks.flow.forEach((flow, i) => text(marks.sign[i]) === "error" || add(flow, {mark: i}));

  const ownerOf = i => d.lanes[bars.lane[i]].owner;
  const owner = item => "bar" in item ? ownerOf(item.bar) : marks.owner[item.mark];
  const at = item => "bar" in item
    ? [bars.start[item.bar], bars.end[item.bar]] : [marks.at[item.mark], marks.at[item.mark]];
  const kind = item => text("bar" in item ? bars.kind[item.bar] : marks.sign[item.mark]);
  const name = item => {
    const table = "bar" in item ? bars : marks, i = "bar" in item ? item.bar : item.mark;
    return text(table.command[i]) || kind(item);
  };

  // Mark what matches the filters; how many bars do.
  function apply() {
    const words = filter.text.toLowerCase();
    const hit = d.texts.map(t => t.toLowerCase().includes(words));
    const owners = d.owners.map(o => o.name.toLowerCase().includes(words));
    let found = 0;
    for (let i = 0; i < count; i++) {
      const fits = (!words || hit[bars.command[i]] || hit[bars.program[i]] || hit[bars.detail[i]]
          || hit[bars.peer[i]] || hit[bars.kind[i]] || owners[ownerOf(i)])
        && (filter.kind < 0 || bars.shares[bars.parts[i]].some(p => p[0] === filter.kind))
        && (filter.owner < 0 || ownerOf(i) === filter.owner)
        && (filter.session < 0 || bars.session[i] === filter.session);
      shown[i] = fits ? 1 : 0;
      found += shown[i];
    }
    return found;
  }

  const isFiltered = () =>
    filter.text !== "" || filter.kind >= 0 || filter.owner >= 0 || filter.session >= 0;

  // What the shown programs between two times add up to: by kind of op and by worker, clipped.
  function sums(a, b) {
    const kinds = new Map(), owners = new Map();
    let runs = 0, bytes = 0, transfers = 0;
    for (const lane of d.lanes.filter(lane => lane.what === "programs")) {
      for (let i = from(lane, a); i < lane.last && bars.start[i] <= b; i++) {
        const inside = Math.min(b, bars.end[i]) - Math.max(a, bars.start[i]);
        if (!shown[i] || inside < 0) continue;
        runs += text(bars.kind[i]) === "run" ? 1 : 0;
        owners.set(lane.owner, (owners.get(lane.owner) || 0) + inside);
        for (const [kind, share] of bars.shares[bars.parts[i]])
          kinds.set(kind, (kinds.get(kind) || 0) + inside * share);
      }
    }
    for (let i = 0; i < arrows.left.length; i++) {
      if (arrows.arrived[i] < a || arrows.arrived[i] > b) continue;
      transfers++;
      bytes += arrows.bytes[i];
    }
    return {runs, bytes, transfers, kinds, owners};
  }

  // What else has to do with an item: the other end of a transfer, a call's run, a run's call.
  function related(item) {
    const flow = "bar" in item ? bars.flow[item.bar] : marks.flow[item.mark];
    return (ofFlow.get(flow) || []).filter(x => x.bar !== item.bar || x.mark !== item.mark);
  }

  return {d, bars, marks, arrows, text, filter, shown, from, ownerOf, owner, at, kind, name,
    apply, isFiltered, sums, related};
})();
