"use strict";
// A pane that shows one graph: pan, zoom, open and close; only what is in sight has elements.
explorer.MARGIN = 240; // pixels around the pane that have elements too, so that a short pan draws none
explorer.FARTHEST = 0.02;
explorer.NEAREST = 3;

explorer.View = class {
  constructor(pane, app) {
    this.app = app;
    this.pane = pane;
    this.scale = 1;
    this.x = this.y = 0;
    this.elements = new Map();
    this.svg = gradloom.svg("svg", {
      class: "graph", tabindex: 0, role: "group", "aria-roledescription": "graph",
      "aria-label": "Graph. Arrow keys go along its edges, e opens a group, c closes it, ? lists all keys.",
    });
    const arrow = gradloom.svg("marker", {
      id: `arrow-${pane.id}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7,
      orient: "auto", markerUnits: "userSpaceOnUse"}, gradloom.svg("path", {d: "M0,0L8,4L0,8z"}));
    this.layers = ["frames", "lines", "boxes"].map(name => gradloom.svg("g", {class: name}));
    this.world = gradloom.svg("g", {}, this.layers);
    this.svg.append(gradloom.svg("defs", {}, arrow), this.world);
    this.map = new explorer.Map(this);
    pane.replaceChildren(this.svg, this.map.canvas);
    explorer.steer(this);
    new ResizeObserver(() => this.draw()).observe(pane);
  }

  get size() {
    return {w: this.pane.clientWidth || 800, h: this.pane.clientHeight || 600};
  }

  show(chapter) {
    this.chapter = chapter;
    this.arrange();
  }

  // Places everything anew; `still` is a thing that stays where it is on the screen.
  arrange(still = null) {
    const before = still && this.placed ? this.placed.places.get(still) : null;
    this.placed = explorer.place(this.chapter, thing => this.app.isOpen(thing));
    const after = before && this.placed.places.get(still);
    if (after) {
      this.x += (before.x + before.w / 2 - after.x - after.w / 2) * this.scale;
      this.y += (before.y - after.y) * this.scale;
    }
    this.compose();
  }

  compose() {
    this.scene = new explorer.Scene(this.chapter, this.placed, this.scale);
    for (const element of this.elements.values()) element.remove();
    this.elements.clear();
    this.drawn = null;
    this.map.paint();
    this.draw();
  }

  // Asks for a frame; many changes within one make one drawing.
  draw() {
    if (this.waiting || !this.chapter) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.render();
    });
  }

  render() {
    if (this.scene.level !== this.scene.levelAt(this.scale)) return this.compose();
    this.world.setAttribute("transform", `translate(${this.x},${this.y}) scale(${this.scale})`);
    this.svg.classList.toggle("far", this.scale < 0.4);
    const sight = this.window(0);
    const old = this.drawn;
    if (!old || old.scale !== this.scale || sight.left < old.left || sight.right > old.right ||
        sight.top < old.top || sight.bottom > old.bottom) this.fill(this.window(explorer.MARGIN));
    this.map.frame();
  }

  // The part of the graph in sight, with so many pixels around it.
  window(margin) {
    const {w, h} = this.size;
    return {
      left: (-this.x - margin) / this.scale, right: (w - this.x + margin) / this.scale,
      top: (-this.y - margin) / this.scale, bottom: (h - this.y + margin) / this.scale, scale: this.scale,
    };
  }

  fill(window) {
    const [frames, lines, boxes] = this.layers;
    const wanted = new Map();
    for (const one of explorer.within(this.scene.frames, window)) wanted.set(one.thing.id, [frames, one]);
    for (const one of this.scene.linesIn(window)) wanted.set(one, [lines, one]);
    for (const one of explorer.within(this.scene.boxes, window)) wanted.set(one.thing.id, [boxes, one]);
    for (const [key, element] of this.elements)
      if (!wanted.has(key)) {
        element.remove();
        this.elements.delete(key);
      }
    for (const [key, [layer, one]] of wanted) {
      if (this.elements.has(key)) continue;
      const element = layer === lines ? explorer.lineShape(this, one) : explorer.boxShape(this, one, layer === frames);
      this.elements.set(key, element);
      layer.append(element);
    }
    this.drawn = window;
    this.mark();
  }

  // Colours and marks of what has an element.
  mark() {
    explorer.mark(this);
  }

  zoom(factor, x = this.size.w / 2, y = this.size.h / 2) {
    const scale = Math.min(Math.max(this.scale * factor, explorer.FARTHEST), explorer.NEAREST);
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.draw();
  }

  pan(x, y) {
    this.x += x;
    this.y += y;
    this.draw();
  }

  // The whole graph in sight, or its beginning, if the whole would be too small to read.
  fit(least = 0) {
    const {w, h} = this.size;
    const whole = Math.min(w / (this.placed.width + 20), h / (this.placed.height + 20), 1.2);
    this.scale = Math.max(whole, least, explorer.FARTHEST);
    this.x = (w - this.placed.width * this.scale) / 2;
    const free = h - this.placed.height * this.scale;
    this.y = free > 0 ? Math.min(free / 2, 24) : 8;
    if (this.x < 0 && least) this.x = this.beginning(w);
    this.draw();
  }

  // Where the first row's middle is in the middle.
  beginning(w) {
    const {root} = this.chapter;
    const middles = root.items.filter((_, i) => root.ranks[i] === 0)
      .map(item => this.placed.places.get(item)).map(place => place.x + place.w / 2);
    return middles.length ? w / 2 - (middles.reduce((a, b) => a + b) / middles.length) * this.scale : 0;
  }

  // Brings a thing into sight, when it is not there, gliding if the reader likes things to move.
  reveal(thing) {
    const place = this.placed.places.get(thing);
    if (!place) return;
    const {w, h} = this.size;
    if (this.scale < 0.5) this.zoom(0.9 / this.scale);
    const x = place.x * this.scale + this.x, y = place.y * this.scale + this.y;
    const right = x + Math.min(place.w * this.scale, w), bottom = y + Math.min(place.h * this.scale, h);
    if (x >= 8 && y >= 8 && right <= w - 8 && bottom <= h - 8) return this.draw();
    this.glide(w / 2 - (place.x + place.w / 2) * this.scale,
      Math.min(h / 2 - (place.y + place.h / 2) * this.scale, h / 4 - place.y * this.scale));
  }

  glide(x, y) {
    const from = [this.x, this.y], start = performance.now();
    const time = gradloom.still() ? 0 : 160;
    const step = now => {
      const t = time ? Math.min((now - start) / time, 1) : 1;
      const ease = t * (2 - t);
      [this.x, this.y] = [from[0] + (x - from[0]) * ease, from[1] + (y - from[1]) * ease];
      this.draw();
      if (t < 1) requestAnimationFrame(step);
    };
    step(time ? start : 0);
  }
};
