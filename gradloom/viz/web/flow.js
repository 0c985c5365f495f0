"use strict";
// A program with its gradients at one moment of a run: boxes per layer, bars, and wires as wide as
// what passes back. The page's data says where everything stands (gradloom/viz/flow/page.py).

gradloom.flow = (() => {
  const {data, svg} = gradloom;
  const last = data.steps.length - 1;
  const THIN = 1, THICK = 11, DOT_GAP = 0.5;
  const number = x => typeof x === "number" ? x : Number(x);

  // From 0 to 1 on the scale of norms; what is not finite stands at its end.
  function share(norm) {
    const [low, high] = data.scale;
    if (!(norm >= 0) || norm === Infinity) return 1;
    if (norm === 0) return 0;
    return Math.min(Math.max((Math.log10(norm) - low) / (high - low), 0), 1);
  }

  const tones = () => data.tones[gradloom.isDark() ? "dark" : "light"];

  function tone(norm) {
    if (!Number.isFinite(norm)) return "var(--bad)";
    const all = tones();
    return all[Math.round(share(norm) * (all.length - 1))];
  }

  // The weighted geometric mean of two norms.
  function between(a, b, part) {
    if (!(Number.isFinite(a) && Number.isFinite(b) && a > 0 && b > 0)) return part < 0.5 ? a : b;
    return 10 ** (Math.log10(a) * (1 - part) + Math.log10(b) * part);
  }

  // The numbers at a measured step, also between two.
  function moment(at) {
    at = Math.min(Math.max(at, 0), last);
    const row = Math.floor(at), after = Math.min(row + 1, last), part = at - row;
    const mixed = rows => rows[row].map((x, k) => between(number(x), number(rows[after][k]), part));
    return {
      at, row, step: data.steps[row], loss: number(data.losses[row]), states: data.states[row],
      norms: mixed(data.norms), passed: mixed(data.passed), limits: mixed(data.limits),
    };
  }

  function text(norm) {
    if (!Number.isFinite(norm)) return Number.isNaN(norm) ? "nan" : "inf";
    if (norm === 0) return "0";
    const [digits, power] = norm.toExponential(1).split("e");
    return `${digits}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  }

  function along(path, t) {
    const u = 1 - t, weights = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
    return [0, 1].map(axis => path.reduce((sum, p, i) => sum + weights[i] * p[axis], 0));
  }

  const commands = path => `M${path[0]}C${path.slice(1).map(p => p.join(" ")).join(" ")}`;

  // What stands still: the scale, boxes, wires. Gives the parts that `show` changes.
  function build(chosen) {
    const picture = svg("svg", {
      viewBox: `0 ${data.header - 22} ${data.width} ${data.height - data.header - 30}`, width: data.width,
      height: data.height - data.header - 30, role: "group", "aria-label": `Gradients of ${data.title} by line`,
    });
    const bottom = data.height - 78, [left, width] = data.bars, [low, high] = data.scale;
    const every = Math.max(1, Math.ceil((high - low) / 4));
    for (let power = low; power <= high; power += every) {
      const x = left + width * (power - low) / (high - low);
      picture.append(
        svg("path", {d: `M${x} ${data.header}V${bottom}`, stroke: "var(--line)", "stroke-dasharray": "2 3"}),
        svg("text", {x, y: bottom + 15, "font-size": 11, class: "m", fill: "var(--muted)", "text-anchor": "middle"}, `1e${power}`));
    }
    const limits = ["vanishing", "exploding"].map(word => limit(picture, word, bottom));
    const wires = data.paths.map(path => wire(picture, path));
    const layers = data.layers.map((layer, k) => box(picture, layer, () => chosen(k)));
    return {picture, limits, wires, layers};
  }

  function limit(picture, word, bottom) {
    const line = svg("path", {stroke: "var(--warn)", "stroke-width": 1.5, "stroke-dasharray": "5 4"});
    const name = svg("text", {y: data.header - 6, "font-size": 11, fill: "var(--warn)", "text-anchor": "middle"}, word);
    picture.append(line, name);
    return {line, name, bottom};
  }

  function wire(picture, path) {
    const curve = svg("path", {d: commands(path), fill: "none"});
    const dots = Array.from({length: Math.round(1 / DOT_GAP)}, () =>
      svg("circle", {fill: "var(--paper)", stroke: "var(--ink)"}));
    picture.append(curve, ...dots);
    return {path, curve, dots};
  }

  function box(picture, layer, chosen) {
    const {x, y, width, height} = layer, middle = y + height / 2, isValue = layer.kind === "value";
    const size = isValue ? 12 : 11, most = Math.floor((width - 26) / (7.3 * size / 12));
    const title = layer.title.length <= most ? layer.title : `${layer.title.slice(0, most - 1)}…`;
    const band = svg("path", {d: `M${x + 12} ${y}H${x + 5}a5 5 0 0 0-5 5V${y + height - 5}a5 5 0 0 0 5 5H${x + 12}Z`});
    const frame = svg("rect", {class: "frame", x, y, width, height, rx: 5, fill: "none"});
    const bar = isValue && svg("rect", {x: data.bars[0], y: middle - 7, height: 14, rx: 2, stroke: "var(--edge)", "stroke-width": 0.75});
    const norm = isValue && svg("text", {x: data.number, y: middle + 4, "font-size": 12, class: "m", fill: "var(--ink)"});
    const place = isValue ? {x: data.trouble} : {x: x + width - 6, "text-anchor": "end"};
    const trouble = svg("text", {...place, y: middle + 4, "font-size": 12, class: "b"});
    const group = svg("g", {
      class: "layer", tabindex: 0, role: "button", onclick: chosen,
      onkeydown: event => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        event.stopPropagation();
        chosen();
      },
    },
      svg("rect", {x, y, width, height, rx: 5, fill: "var(--surface)"}), band, frame,
      svg("text", {x: x + 18, y: middle + 4, "font-size": size, class: "m", fill: "var(--ink)"}, title),
      bar || null, norm || null, trouble);
    picture.append(group);
    return {layer, group, band, frame, bar, norm, trouble, isValue};
  }

  // Bring the parts to a moment; `phase` moves the dots.
  function show(parts, now, phase) {
    parts.limits.forEach((part, k) => showLimit(part, now.limits[k]));
    parts.wires.forEach((part, k) => showWire(part, now.passed[k], phase));
    parts.layers.forEach((part, k) => showLayer(part, now.norms[k], now.states[k]));
  }

  function showLimit({line, name, bottom}, norm) {
    const at = share(norm), x = data.bars[0] + data.bars[1] * at;
    const shown = norm > 0 && at > 0 && at < 1 ? "" : "none";
    line.setAttribute("d", `M${x} ${data.header - 2}V${bottom}`);
    name.setAttribute("x", x);
    line.style.display = name.style.display = shown;
  }

  function showWire({path, curve, dots}, norm, phase) {
    const none = norm === 0, part = share(norm);
    curve.setAttribute("stroke", none ? "var(--line)" : tone(norm));
    curve.setAttribute("stroke-width", none ? 1 : THIN + (THICK - THIN) * part);
    curve.setAttribute("stroke-dasharray", none ? "3 3" : "none");
    dots.forEach((dot, k) => {
      const [x, y] = along(path, (phase + k * DOT_GAP) % 1);
      dot.setAttribute("cx", x);
      dot.setAttribute("cy", y);
      dot.setAttribute("r", none ? 0 : 1.6 + 1.4 * part);
    });
  }

  function showLayer({layer, group, band, frame, bar, norm, trouble, isValue}, value, state) {
    const paint = value === 0 ? "var(--line)" : tone(value);
    const words = state < 0 ? "" : `${data.signs[state]}${isValue ? ` ${data.troubles[state]}` : ""}`;
    band.setAttribute("fill", paint);
    frame.setAttribute("stroke", state < 0 ? "var(--line)" : `var(--${data.paints[state]})`);
    frame.setAttribute("stroke-width", state < 0 ? 1 : 2);
    frame.setAttribute("stroke-dasharray", data.troubles[state] === "dead" ? "4 3" : "none");
    trouble.textContent = words;
    if (state >= 0) trouble.setAttribute("fill", `var(--${data.paints[state]})`);
    const told = state < 0 ? "" : `, ${data.troubles[state]}`;
    group.setAttribute("aria-label", `${layer.title}: ${text(value)}${told}`);
    if (!isValue) return;
    norm.textContent = text(value);
    bar.setAttribute("width", value === 0 ? 0 : Math.max(data.bars[1] * share(value), 2));
    bar.setAttribute("fill", paint);
  }

  return {build, show, moment, share, tone, tones, text, last, number};
})();
