"use strict";
// A grid of numbers as coloured cells, with marks; chooses cells by pointer, zooms by a drag.
gradients.HIGH = 300; // pixels: two rows of cards fit on a laptop's screen
gradients.FIT = 24; // pixels: in a smaller cell no number can be read
gradients.LETTER = 6; // pixels that a digit of 10 pixels takes

// From a number to a colour: below 0, at 0, above 0; what is no finite number is named apart.
gradients.paint = (extent, signed = true) => {
  const {signs, amounts} = gradloom.data.ramps[gradloom.isDark() ? "dark" : "light"];
  const stops = (signed ? signs : amounts).map(hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16)));
  return x => {
    const share = extent > 0 ? x / extent : 0;
    const at = Math.min(Math.max(signed ? (share + 1) / 2 : share, 0), 1) * (stops.length - 1);
    const i = Math.min(Math.floor(at), stops.length - 2);
    return stops[i].map((c, k) => Math.round(c + (stops[i + 1][k] - c) * (at - i)));
  };
};

gradients.inkOn = ([r, g, b]) => {
  const line = c => c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4;
  return 0.2126 * line(r) + 0.7152 * line(g) + 0.0722 * line(b) > 0.179 ? "#000" : "#fff"; // equal contrast at 0.179
};

gradients.extent = values => values.reduce((most, x) => Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most, 0);

gradients.Heat = class {
  // `on` has `choose(cell)`, `enter(event)` for keys, and `zoom(region)`.
  constructor(id, title, on) {
    const {html, svg} = gradloom;
    this.on = on;
    this.title = html("h2", {id: `${id}-title`}, title);
    this.told = html("p", {class: "muted told"});
    this.canvas = html("canvas");
    this.marks = svg("svg", {"aria-hidden": "true"});
    this.box = html("div", {
      class: "heat", id, tabindex: 0, role: "application", "aria-roledescription": "heat map", "aria-labelledby": `${id}-title ${id}-now`,
      onkeydown: event => on.key?.(event),
    }, this.canvas, this.marks);
    this.now = html("span", {id: `${id}-now`, class: "spoken"});
    this.scale = html("div", {class: "scale m"});
    this.region = gradients.regionInputs(id, region => on.zoom(region));
    this.card = html("section", {class: "card", "aria-labelledby": `${id}-title`}, this.title, this.told, this.box, this.now, this.scale, this.region.row);
    this.steer();
  }

  show({grid, values, lead, region, extent, marks, title, told, now, edited}) {
    Object.assign(this, {grid, lead});
    this.title.textContent = title;
    this.title.title = title;
    this.told.textContent = told ?? "";
    this.now.textContent = now ?? "";
    const whole = [0, Math.max(grid.rows - 1, 0), 0, Math.max(grid.columns - 1, 0)];
    this.window = gradients.within(region, whole);
    this.region.set(this.window, whole);
    const [r0, r1, c0, c1] = this.window, rows = r1 - r0 + 1, columns = c1 - c0 + 1;
    const room = Math.max(this.card.clientWidth - 26, 120); // without its padding; hidden cards have none yet
    this.cellSize = Math.min(room / columns, gradients.HIGH / rows, 64);
    const wide = Math.max(1, Math.round(columns * this.cellSize)), high = Math.max(1, Math.round(rows * this.cellSize));
    for (const element of [this.canvas, this.marks]) {
      element.style.width = `${wide}px`;
      element.style.height = `${high}px`;
    }
    this.marks.setAttribute("viewBox", `0 0 ${wide} ${high}`);
    this.paint(values, extent, wide, high);
    this.mark(marks, edited);
    this.legend(extent);
  }

  paint(values, extent, wide, high) {
    const ratio = Math.max(window.devicePixelRatio || 1, 2), [r0, r1, c0, c1] = this.window, size = this.cellSize;
    this.canvas.width = wide * ratio;
    this.canvas.height = high * ratio;
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.font = "10px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
    [pen.textAlign, pen.textBaseline] = ["center", "middle"];
    const colour = gradients.paint(extent), gap = size > 8 ? 1 : 0;
    const style = getComputedStyle(document.documentElement), [bad, paper] = ["--bad", "--paper"].map(name => style.getPropertyValue(name));
    for (let r = r0; r <= r1; r++)
      for (let c = c0; c <= c1; c++) {
        const cell = this.grid.cell(r, c, this.lead);
        if (cell < 0 || !values) continue;
        const x = values[cell], [left, top] = [(c - c0) * size, (r - r0) * size];
        const rgb = Number.isFinite(x) ? colour(x) : null;
        pen.fillStyle = rgb ? `rgb(${rgb})` : bad;
        pen.fillRect(left, top, size - gap, size - gap);
        if (!rgb) this.cross(pen, left, top, size - gap, paper);
        if (size < gradients.FIT) continue;
        const text = [3, 2, 1].map(digits => gradients.text(x, digits)).find(one => one.length * gradients.LETTER <= size - 2);
        if (!text) continue;
        pen.fillStyle = rgb ? gradients.inkOn(rgb) : paper;
        pen.fillText(text, left + size / 2, top + size / 2);
      }
  }

  // What is no finite number is crossed out too: not told by colour alone.
  cross(pen, left, top, size, paper) {
    [pen.strokeStyle, pen.lineWidth] = [paper, Math.min(1, size / 6)];
    if (size >= gradients.FIT) return; // there its name is written
    pen.beginPath();
    pen.moveTo(left, top);
    pen.lineTo(left + size, top + size);
    pen.moveTo(left + size, top);
    pen.lineTo(left, top + size);
    pen.stroke();
  }

  mark(marks = [], edited = new Set()) {
    const {svg} = gradloom;
    const rect = (row, column, name) => {
      const [r0, r1, c0, c1] = this.window, size = this.cellSize;
      if (row < r0 || row > r1 || column < c0 || column > c1) return null;
      const place = {
        x: (column - c0) * size + 1, y: (row - r0) * size + 1, width: Math.max(size - 3, 2), height: Math.max(size - 3, 2),
        rx: Math.min(3, size / 5),
      };
      // The halo parts the mark from a cell of any colour.
      return [svg("rect", {...place, class: `mark halo ${name}-halo`}), svg("rect", {...place, class: `mark ${name}`, "data-cell": `${row},${column}`})];
    };
    const own = cell => {
      const {row, column, lead} = this.grid.place(cell);
      return this.grid.cell(row, column, this.lead) === cell ? [row, column, lead] : null;
    };
    const shapes = [...edited].map(cell => own(cell)).filter(Boolean).map(([r, c]) => rect(r, c, "edited"));
    for (const {cell, row, column, kind} of marks) {
      const at = cell === undefined ? [row, column] : own(cell);
      if (at) shapes.push(rect(at[0], at[1], kind));
    }
    this.marks.replaceChildren(...shapes.filter(Boolean).flat());
  }

  legend(extent) {
    const {html} = gradloom, colour = gradients.paint(extent);
    const stops = [-1, -0.5, 0, 0.5, 1].map(share => `rgb(${colour(share * (extent || 1))})`);
    this.scale.replaceChildren(html("span", {}, gradients.text(-extent)),
      html("span", {class: "bar", style: `background:linear-gradient(to right,${stops})`}), html("span", {}, gradients.text(extent)), this.region.all);
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect(), [r0, , c0] = this.window;
    return [r0 + Math.floor((event.clientY - box.top) / this.cellSize), c0 + Math.floor((event.clientX - box.left) / this.cellSize)];
  }

  steer() {
    const {svg} = gradloom;
    let from = null, frame = null;
    this.box.addEventListener("pointerdown", event => {
      if (event.button) return;
      from = {cell: this.at(event), x: event.clientX, y: event.clientY};
    });
    this.box.addEventListener("pointermove", event => {
      if (!from || Math.hypot(event.clientX - from.x, event.clientY - from.y) < 6) return;
      if (!frame) {
        frame = svg("rect", {class: "drag"});
        this.marks.append(frame);
        this.box.setPointerCapture(event.pointerId);
      }
      const box = this.canvas.getBoundingClientRect();
      const [x0, x1] = [from.x, event.clientX].sort((a, b) => a - b), [y0, y1] = [from.y, event.clientY].sort((a, b) => a - b);
      gradloom.fill(frame, {x: x0 - box.left, y: y0 - box.top, width: x1 - x0, height: y1 - y0}, []);
    });
    this.box.addEventListener("pointerup", event => {
      const start = from, dragged = frame !== null;
      frame?.remove();
      [from, frame] = [null, null];
      if (!start) return;
      const [row, column] = this.at(event);
      if (dragged) {
        const [a, b] = [start.cell[0], row].sort((x, y) => x - y), [c, d] = [start.cell[1], column].sort((x, y) => x - y);
        return this.on.zoom([a, b, c, d]);
      }
      const cell = this.grid.cell(row, column, this.lead);
      if (cell >= 0) this.on.choose(cell);
    });
    this.box.addEventListener("pointercancel", () => { frame?.remove(); [from, frame] = [null, null]; });
  }
};

// A region inside the whole: rows from, to, columns from, to, both ends shown.
gradients.within = (region, whole) => {
  if (!region) return whole;
  const clamp = (x, low, high) => Math.min(Math.max(Number.isFinite(x) ? Math.round(x) : low, low), high);
  const [a, b, c, d] = region.map((x, i) => clamp(x, i < 2 ? whole[0] : whole[2], i < 2 ? whole[1] : whole[3]));
  return [Math.min(a, b), Math.max(a, b), Math.min(c, d), Math.max(c, d)];
};

// Four numbers that say the region, and a button that shows all.
gradients.regionInputs = (id, changed) => {
  const {html} = gradloom;
  const inputs = ["first row", "last row", "first column", "last column"].map(name =>
    html("input", {type: "number", min: 0, step: 1, "aria-label": `${name} shown`, title: `${name} shown`, onchange: () => changed(inputs.map(one => one.valueAsNumber))}));
  const all = html("button", {type: "button", class: "small", id: `${id}-all`, title: "Show all cells", onclick: () => changed(null)}, "All");
  const row = html("div", {class: "region tools"}, html("span", {}, "rows"), inputs[0], inputs[1], html("span", {}, "cols"), inputs[2], inputs[3]);
  return {
    row, all,
    set(shown, whole) {
      inputs.forEach((input, i) => {
        input.max = whole[i < 2 ? 1 : 3];
        if (document.activeElement !== input) input.value = shown[i];
      });
      all.disabled = String(shown) === String(whole);
    },
  };
};
