"use strict";
// What the reader has chosen, and what follows from it in both panes, the panel and the tools.
explorer.App = class {
  constructor() {
    const last = explorer.book.chapters.length - 1;
    Object.assign(this, {
      main: last, before: null, open: new Set(), known: new Set(), chosen: null, query: "", only: false,
      at: null, overlays: explorer.overlays(), colour: "kind", tab: "node",
    });
  }

  start() {
    const pane = id => document.getElementById(id);
    this.views = {main: new explorer.View(pane("pane"), this), before: new explorer.View(pane("pane-before"), this)};
    this.active = this.views.main;
    this.tools = new explorer.Tools(this);
    this.panel = new explorer.Panel(this);
    explorer.keys(this);
    this.turn(this.main);
    this.views.main.fit(0.8);
    addEventListener("hashchange", () => this.follow());
    addEventListener("message", ({source, data}) => {
      if (source !== parent || parent === window || data?.gradloom !== "choose") return;
      const thing = this.views.main.chapter.things.get(String(data.id));
      if (thing && this.chosenIn(this.views.main) !== thing) this.choose(thing);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.repaint());
    addEventListener("beforeprint", () => {
      const {x, y, scale} = this.views.main;
      this.views.main.fit();
      addEventListener("afterprint", () => Object.assign(this.views.main, {x, y, scale}).draw(), {once: true});
    });
    this.follow();
  }

  // ---- which graph -----------------------------------------------------------------------------

  turn(number) {
    this.main = Math.min(Math.max(number, 0), explorer.book.chapters.length - 1);
    const chapter = explorer.Chapter.of(this.main);
    if (this.chosen && this.chosen.chapter !== chapter) {
      const same = this.sameIn(chapter, this.chosen.thing);
      this.chosen = same ? {thing: same, chapter} : null;
    }
    if (this.at !== null) this.at = Math.min(this.at, chapter.order.length - 1);
    this.discover(chapter);
    this.views.main.show(chapter);
    this.refresh();
  }

  compare(number) {
    this.before = number;
    this.active = this.views.main;
    document.body.classList.toggle("compared", number !== null);
    if (number !== null) {
      const chapter = explorer.Chapter.of(number);
      this.discover(chapter);
      this.views.before.show(chapter);
      this.views.before.fit(0.6);
      this.show("changes");
    }
    this.views.main.fit(0.6);
    this.refresh();
  }

  // Groups seen for the first time open as the data say.
  discover(chapter) {
    for (const thing of chapter.things.values()) {
      if (!thing.items || this.known.has(thing.path)) continue;
      this.known.add(thing.path);
      if (thing.opened) this.open.add(thing.path);
    }
  }

  sameIn(chapter, thing) {
    if (thing.row >= 0) return chapter.lineages.get(explorer.fact(thing.row, "lineage")) ?? null;
    return chapter.things.get(thing.id) ?? null;
  }

  // ---- opening and closing ---------------------------------------------------------------------

  isOpen(thing) {
    return this.open.has(thing.path);
  }

  toggle(thing, open = !this.isOpen(thing)) {
    if (!thing.items || thing.parent === null) return;
    this.open[open ? "add" : "delete"](thing.path);
    for (const view of this.shown()) view.arrange(view.chapter.things.get(thing.id) === thing ? thing : null);
    gradloom.say(`${thing.groupTitle} ${open ? `open, ${thing.items.length} items` : "closed"}`);
    this.panel.refresh();
  }

  toggleAll(open) {
    for (const view of this.shown())
      for (const thing of view.chapter.things.values())
        if (thing.items) this.open[open ? "add" : "delete"](thing.path);
    for (const view of this.shown()) {
      view.arrange();
      view.fit(0.4);
    }
    gradloom.say(open ? "all groups open" : "all groups closed");
    this.panel.refresh();
  }

  shown() {
    return this.before === null ? [this.views.main] : [this.views.main, this.views.before];
  }

  // ---- choosing --------------------------------------------------------------------------------

  choose(thing, view = this.views.main, reveal = true) {
    this.active = view;
    this.chosen = thing ? {thing, chapter: view.chapter} : null;
    if (thing && reveal) {
      let opened = false;
      for (let up = thing.parent; up !== null && up.parent !== null; up = up.parent) {
        opened ||= !this.open.has(up.path);
        this.open.add(up.path);
      }
      if (opened) for (const one of this.shown()) one.arrange();
      for (const one of this.shown()) {
        const same = this.chosenIn(one);
        if (same) one.reveal(same);
      }
    }
    if (thing) {
      gradloom.say(explorer.name(thing));
      if (view === this.views.main) this.link(thing);
      if (this.at !== null) this.tab = "steps";
      else if (this.tab !== "outline") this.tab = "node";
    }
    this.refresh();
  }

  chosenIn(view) {
    if (!this.chosen || !view.chapter) return null;
    return this.chosen.chapter === view.chapter ? this.chosen.thing : this.sameIn(view.chapter, this.chosen.thing);
  }

  // The address of the page says what is chosen: #n12, or #3/n12 in graph 3 of the history.
  link(thing) {
    const last = explorer.book.chapters.length - 1;
    const hash = `#${this.main === last ? "" : `${this.main}/`}${thing.id}`;
    try {
      if (location.hash !== hash) history.replaceState(null, "", hash);
    } catch { /* a page inside a notebook has no address */ }
    parent !== window && parent.postMessage({gradloom: "chosen", id: thing.id}, "*");
  }

  follow() {
    const [, chapter, id] = decodeURIComponent(location.hash).match(/^#(?:(\d+)\/)?([npr]\d[\w.]*|g\d+)$/) ?? [];
    if (!id) return;
    if (chapter !== undefined) this.turn(Number(chapter));
    const thing = this.views.main.chapter.things.get(id);
    if (thing) this.choose(thing);
  }

  // ---- search ----------------------------------------------------------------------------------

  seek(text) {
    this.query = text;
    this.hits = new Map();
    this.refresh();
    if (text.trim()) this.show("results");
  }

  // What the search means in a chapter: things, and the groups around them; null without a search.
  found(chapter) {
    this.hits ??= new Map();
    if (!this.hits.has(chapter)) {
      const list = explorer.search(chapter, this.query);
      const around = new Set(list ?? []);
      for (const thing of list ?? []) for (let up = thing.parent; up && !around.has(up); up = up.parent) around.add(up);
      this.hits.set(chapter, list && {list, set: new Set(list), around});
    }
    return this.hits.get(chapter);
  }

  isFound(thing) {
    return this.shown().some(view => this.found(view.chapter)?.around.has(thing)
      && (this.found(view.chapter).set.has(thing) || !view.placed.places.get(thing)?.open));
  }

  isFaded(view, thing) {
    const found = this.only ? this.found(view.chapter) : null;
    if (found && !found.around.has(thing)) return true;
    if (this.at === null || view !== this.views.main) return false;
    return thing.what === "result" ? this.at < view.chapter.order.length - 1 : thing.sums.from > this.at && thing.sums.nodes > 0;
  }

  // ---- execution -------------------------------------------------------------------------------

  step(at) {
    const {order} = this.views.main.chapter;
    this.at = at === null || !order.length ? null : Math.min(Math.max(at, 0), order.length - 1);
    if (this.at === null) {
      if (this.tab === "steps") this.tab = "node";
      return this.refresh();
    }
    this.choose(order[this.at], this.views.main);
  }

  isNow(view, thing) {
    if (this.at === null || view !== this.views.main) return false;
    const now = view.chapter.order[this.at];
    return now !== undefined && view.scene.end(now) === thing;
  }

  // ---- what changed ----------------------------------------------------------------------------

  changeOf(view, thing) {
    if (this.before === null) return {kind: "", text: ""};
    return explorer.changes(explorer.Chapter.of(this.before), explorer.Chapter.of(this.main)).of(view.chapter, thing);
  }

  // ---- drawing ---------------------------------------------------------------------------------

  overlay(view) {
    const chosen = this.overlays.find(one => one.name === this.colour);
    const key = `${this.colour} ${gradloom.isDark()}`;
    if (view.overlayKey !== key || view.overlayOf !== view.chapter) {
      [view.overlayKey, view.overlayOf] = [key, view.chapter];
      view.overlay = explorer.overlay(chosen, view.chapter);
    }
    return view.overlay;
  }

  show(tab) {
    this.tab = tab;
    this.panel.refresh();
  }

  // Colours and marks, the panel and the tools, as they follow from what is chosen.
  refresh() {
    for (const view of this.shown()) if (view.drawn) view.mark();
    this.tools.refresh();
    this.panel.refresh();
  }

  repaint() {
    for (const view of this.shown()) {
      view.overlayKey = "";
      view.map.paint();
      view.draw();
    }
    this.refresh();
  }
};

document.addEventListener("DOMContentLoaded", () => {
  explorer.app = new explorer.App();
  explorer.app.start();
});
