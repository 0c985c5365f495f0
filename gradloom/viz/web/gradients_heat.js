"use strict";
// A grid of numbers as coloured cells, with marks; chooses cells by pointer, zooms by a drag.
gradients.HIGH = 264; // pixels: cards and the flow below them fit on a laptop's screen
gradients.FIT = 22; // pixels: in a smaller cell no number can be read
gradients.POINT = 3; // pixels: in a smaller cell nothing but its colour can be seen
gradients.ROOMY = 32; // pixels: in smaller cells marks are thin, so that numbers stay in sight
gradients.LETTER = 0.61; // of a letter's size, what a digit takes
gradients.SIZES = [10.5, 9]; // pixels: the letters of cells, and of small ones

// From a number to a colour: below 0, at 0, above 0; what is no finite number is named apart.
gradients.paint = (extent, signed = true) => {
  const {signs, amounts} = gradloom.data.ramps[gradloom.isDark() ? "dark" : "light"];
  const stops = (signed ? signs : amounts).map(gradients.rgb);
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

// Of numbers: the largest size, how many are not finite, whether any is negative; counted once for each list.
gradients.summary = values => {
  const known = gradients.summaries.get(values);
  if (known) return known;
  let [extent, bad, isSigned] = [0, 0, false];
  for (const x of values) {
    if (Number.isFinite(x)) extent = Math.max(extent, Math.abs(x));
    else bad += 1;
    if (x < 0) isSigned = true;
  }
  const made = {extent, bad, isSigned};
  gradients.summaries.set(values, made);
  return made;
};
gradients.summaries = new WeakMap();

gradients.extent = values => gradients.summary(values).extent;

// The numbers of a picture, all written alike: with as many digits as fit, or times a power of ten; null where none fit.
gradients.written = (values, extent, size) => {
  if (size < gradients.FIT) return null;
  const fits = (texts, letter) => texts.every(text => text.length * letter * gradients.LETTER <= size - 1.5);
  const power = extent >= 0.1 && extent < 999.5 || !extent ? 0 : Math.floor(Math.log10(extent));
  const ways = [[0, x => gradients.text(x, 3)], [0, x => gradients.text(x, 2)], [power, x => gradients.brief(x / 10 ** power)]];
  for (const letter of gradients.SIZES)
    for (const [power, write] of ways) if (fits(values.map(write), letter)) return {power, write, letter};
  return null;
};

gradients.Heat = class {
  // `on` has `choose(cell)`, `key(event)`, `zoom(region)`, `told(cell)`, `lead(axis, at)` and `axes(axes)`.
  constructor(id, title, on, more = []) {
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
    this.now = html("p", {id: `${id}-now`, class: "now m"});
    this.scale = html("div", {class: "scale m"});
    this.region = gradients.regionInputs(id, region => on.zoom(region));
    this.planes = new gradients.Planes(id, on);
    this.card = html("section", {class: "card", "aria-labelledby": `${id}-title`}, this.title, this.told, this.planes.row, this.box, this.now, this.scale,
      html("details", {class: "tools"}, html("summary", {}, more.length ? "Region, offset" : "Region"), this.region.row, more));
    this.steer();
  }

  show({grid, values, lead, region, extent, marks, title, told, now, edited, signed}) {
    Object.assign(this, {grid, lead, shown: now ?? "", signed});
    this.title.textContent = title;
    this.title.title = title;
    this.told.textContent = told ?? "";
    this.told.title = told ?? "";
    this.now.textContent = this.shown;
    this.planes.show(grid, lead);
    const whole = [0, Math.max(grid.rows - 1, 0), 0, Math.max(grid.columns - 1, 0)];
    this.window = gradients.within(region, whole);
    this.region.set(this.window, whole);
    const [r0, r1, c0, c1] = this.window, rows = r1 - r0 + 1, columns = c1 - c0 + 1;
    const room = Math.max(this.room ?? 0, 120);
    this.cellSize = Math.min(room / columns, gradients.HIGH / rows, 64);
    const wide = Math.max(1, Math.round(columns * this.cellSize)), high = Math.max(1, Math.round(rows * this.cellSize));
    for (const element of [this.canvas, this.marks]) {
      element.style.width = `${wide}px`;
      element.style.height = `${high}px`;
    }
    this.marks.classList.toggle("tight", this.cellSize < gradients.ROOMY);
    this.marks.setAttribute("viewBox", `0 0 ${wide} ${high}`);
    this.power = this.painted(values, extent, wide, high);
    this.mark(marks, edited);
    this.legend(extent);
  }

  // Painted anew only where something else is to be seen: another choice moves marks alone.
  painted(values, extent, wide, high) {
    const look = [this.grid.shape, this.grid.axes, this.lead, this.window, extent, wide, high, this.signed, gradloom.isDark(), window.devicePixelRatio].join(";");
    if (this.values === values && this.look === look) return this.power;
    [this.values, this.look] = [values, look];
    return values && this.cellSize < gradients.POINT ? this.points(values, extent, wide, high) : this.paint(values, extent, wide, high);
  }

  // Cells too small for gaps, numbers and crosses: a point of an image each.
  points(values, extent, wide, high) {
    const [r0, r1, c0, c1] = this.window, [rows, columns] = [r1 - r0 + 1, c1 - c0 + 1];
    const small = gradloom.html("canvas", {width: columns, height: rows}), image = new ImageData(columns, rows);
    const colour = gradients.paint(extent, this.signed), bad = gradients.rgb(gradients.inks().bad);
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        const cell = this.grid.cell(r + r0, c + c0, this.lead);
        if (cell < 0) continue;
        image.data.set(Number.isFinite(values[cell]) ? colour(values[cell]) : bad, 4 * (r * columns + c));
        image.data[4 * (r * columns + c) + 3] = 255;
      }
    small.getContext("2d").putImageData(image, 0, 0);
    const ratio = Math.max(window.devicePixelRatio || 1, 2);
    [this.canvas.width, this.canvas.height] = [wide * ratio, high * ratio];
    const pen = this.canvas.getContext("2d");
    pen.imageSmoothingEnabled = columns > wide * ratio; // of many points that share a pixel, their mean
    pen.drawImage(small, 0, 0, wide * ratio, high * ratio);
    return 0;
  }

  // The cells of the window that there are: [cell, left, top].
  cells() {
    const [r0, r1, c0, c1] = this.window, size = this.cellSize, found = [];
    for (let r = r0; r <= r1; r++)
      for (let c = c0; c <= c1; c++) {
        const cell = this.grid.cell(r, c, this.lead);
        if (cell >= 0) found.push([cell, (c - c0) * size, (r - r0) * size]);
      }
    return found;
  }

  // Gives the power of ten that the numbers in the cells are to be taken times.
  paint(values, extent, wide, high) {
    const ratio = Math.max(window.devicePixelRatio || 1, 2), size = this.cellSize;
    this.canvas.width = wide * ratio;
    this.canvas.height = high * ratio;
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    [pen.textAlign, pen.textBaseline] = ["center", "middle"];
    if (!values) return 0;
    const colour = gradients.paint(extent, this.signed), gap = size > 8 ? 1 : 0, cells = this.cells();
    const {bad, paper} = gradients.inks();
    const written = size < gradients.FIT ? null : gradients.written(cells.map(([cell]) => values[cell]), extent, size);
    pen.font = `${written?.letter ?? 10}px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace`;
    for (const [cell, left, top] of cells) {
      const x = values[cell], rgb = Number.isFinite(x) ? colour(x) : null;
      pen.fillStyle = rgb ? `rgb(${rgb})` : bad;
      pen.fillRect(left, top, size - gap, size - gap);
      if (!rgb && !written) this.cross(pen, left, top, size - gap, paper);
      if (!written) continue;
      pen.fillStyle = rgb ? gradients.inkOn(rgb) : paper;
      pen.fillText(written.write(x), left + size / 2, top + size / 2);
    }
    return written?.power ?? 0;
  }

  // What is no finite number is crossed out too: not told by colour alone.
  cross(pen, left, top, size, paper) {
    [pen.strokeStyle, pen.lineWidth] = [paper, Math.min(1, size / 6)];
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
    const {html} = gradloom, colour = gradients.paint(extent, this.signed);
    const stops = (this.signed ? [-1, -0.5, 0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1]).map(share => `rgb(${colour(share * (extent || 1))})`);
    const raised = [...String(this.power)].map(sign => sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]).join("");
    this.scale.replaceChildren(html("span", {}, this.signed ? gradients.text(-extent) : "0"),
      html("span", {class: "bar", style: `background:linear-gradient(to right,${stops})`}), html("span", {}, gradients.text(extent)),
      this.power ? html("span", {class: "power", title: `numbers in cells are to be taken times ten to the ${this.power}`}, `×10${raised}`) : "", this.region.all);
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect(), [r0, , c0] = this.window;
    return [r0 + Math.floor((event.clientY - box.top) / this.cellSize), c0 + Math.floor((event.clientX - box.left) / this.cellSize)];
  }

  steer() {
    const {svg} = gradloom;
    let from = null, frame = null;
    this.box.addEventListener("pointerleave", () => { this.now.textContent = this.shown; });
    this.box.addEventListener("pointerdown", event => {
      if (event.button) return;
      from = {cell: this.at(event), x: event.clientX, y: event.clientY};
    });
    this.box.addEventListener("pointermove", event => {
      const cell = this.grid.cell(...this.at(event), this.lead);
      this.now.textContent = (cell >= 0 && this.on.told?.(cell)) || this.shown;
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

// "#102030" as three numbers.
gradients.rgb = hex => [1, 3, 5].map(i => parseInt(hex.trim().slice(i, i + 2), 16));

// Colours of the page's theme.
gradients.inks = () => {
  const style = getComputedStyle(document.documentElement);
  return {bad: style.getPropertyValue("--bad"), paper: style.getPropertyValue("--paper")};
};

// Which plane of a tensor is shown: a number on each axis that the picture has not, and which axes it has.
gradients.Planes = class {
  constructor(id, on) {
    Object.assign(this, {id, on, row: gradloom.html("div", {class: "planes tools hidden", id: `${id}-planes`})});
  }

  show(grid, lead) {
    const {html} = gradloom, key = `${grid.shape} ${grid.axes}`;
    this.row.classList.toggle("hidden", grid.lead.length === 0);
    if (this.made !== key) {
      this.made = key;
      const name = i => grid.others.length === 1 ? "channel" : i === 0 ? "batch" : i === grid.others.length - 1 ? "channel" : `axis ${grid.others[i]}`;
      const numbers = grid.lead.map((n, i) => html("label", {}, `${name(i)} `, html("input", {
        type: "number", min: 0, max: n - 1, step: 1, "data-axis": i, title: `axis ${grid.others[i]}: 0 to ${n - 1}`, onchange: event => this.on.lead(i, event.target.valueAsNumber),
      })));
      const pairs = grid.shape.flatMap((_, a) => grid.shape.map((_, b) => [a, b])).filter(([a, b]) => a < b);
      const axes = html("select", {"aria-label": "Axes shown", title: "Axes shown as rows and columns", onchange: event => this.on.axes(event.target.value.split(",").map(Number))},
        pairs.map(([a, b]) => html("option", {value: `${a},${b}`}, `axes ${a}, ${b}`)));
      axes.value = String(grid.axes);
      this.row.replaceChildren(...numbers, axes);
    }
    for (const input of this.row.querySelectorAll("input")) if (document.activeElement !== input) input.value = lead[Number(input.dataset.axis)] ?? 0;
  }
};

// Four numbers that say the region, and a button that shows all.
gradients.regionInputs = (id, changed) => {
  const {html} = gradloom;
  const inputs = ["first row", "last row", "first column", "last column"].map(name =>
    html("input", {type: "number", min: 0, step: 1, "aria-label": `${name} shown`, title: `${name} shown`, onchange: () => changed(inputs.map(one => one.valueAsNumber))}));
  const all = html("button", {type: "button", class: "small", id: `${id}-all`, title: "Show all cells", onclick: () => changed(null)}, "All");
  const row = html("div", {class: "region tools"}, html("span", {class: "pair"}, "rows ", inputs[0], inputs[1]), html("span", {class: "pair"}, "columns ", inputs[2], inputs[3]));
  return {
    row, all,
    set(shown, whole) {
      inputs.forEach((input, i) => {
        input.max = whole[i < 2 ? 1 : 3];
        if (document.activeElement !== input) input.value = shown[i];
      });
      all.classList.toggle("hidden", String(shown) === String(whole));
    },
  };
};
