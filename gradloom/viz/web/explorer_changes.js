"use strict";
// What is in one graph and not in another: added, removed, or kept with other inputs ("rewired").
explorer.changes = (before, after) => {
  const key = `${before.number} ${after.number}`;
  explorer.compared ??= new Map();
  if (!explorer.compared.has(key)) explorer.compared.set(key, new explorer.Changes(before, after));
  return explorer.compared.get(key);
};

explorer.Changes = class {
  constructor(before, after) {
    this.before = before;
    this.after = after;
    this.marks = new Map();
    this.told = new Map();
    this.added = this.compared(after, before, "added");
    this.removed = this.compared(before, after, "removed");
    this.rewired = after.order.filter(node => this.marks.get(node) === "rewired");
    this.kept = after.order.length - this.added.length - this.rewired.length;
  }

  compared(chapter, other, word) {
    const gone = [];
    for (const node of chapter.order) {
      const same = other.lineages.get(explorer.fact(node.row, "lineage"));
      if (!same) {
        this.marks.set(node, word);
        gone.push(node);
      } else if (same.row !== node.row && explorer.inputsOf(same) !== explorer.inputsOf(node)) this.marks.set(node, "rewired");
    }
    return gone;
  }

  // The mark of a thing, and for a group how many inside have one.
  of(chapter, thing) {
    if (!this.told.has(thing)) this.told.set(thing, this.summed(chapter, thing));
    return this.told.get(thing);
  }

  summed(chapter, thing) {
    const own = this.marks.get(thing);
    if (!thing.items) return {kind: own ?? "", text: {added: "new", removed: "gone", rewired: "other inputs"}[own] ?? ""};
    const count = new Map();
    for (const node of chapter.order.slice(thing.sums.from, thing.sums.to + 1)) {
      const mark = this.marks.get(node);
      if (mark && explorer.isIn(node, thing)) count.set(mark, (count.get(mark) ?? 0) + 1);
    }
    const signs = {added: "+", removed: "−", rewired: "~"};
    const [only] = count.size === 1 ? [...count] : [["", 0]];
    return {
      kind: only[1] === thing.sums.nodes ? only[0] : count.size ? "rewired" : "",
      text: [...count].map(([mark, n]) => `${signs[mark]}${n}`).join(" "),
    };
  }
};

// What a node reads, in words that are the same in every graph.
explorer.inputsOf = node =>
  node.reads.map(({from, text, index}) =>
    from === null ? `"${text}"` : `${from.row < 0 ? from.id : explorer.fact(from.row, "lineage")}.${index}`).join(" ");

explorer.isIn = (thing, group) => {
  for (let up = thing; up; up = up.parent) if (up === group) return true;
  return false;
};
