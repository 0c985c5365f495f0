"use strict";
// Colours by what is asked: kind, cost, memory, time, dtype, a backend's error, gradients, NaNs.
explorer.KINDS = {
  input: "input", op: "op", derivative: "derivative", constant: "constant", region: "loop or call",
  output: "result", group: "group of several kinds",
};

// The overlays that the data have something for: name, label, the value of a thing, its unit.
explorer.overlays = () => {
  const has = name => (explorer.book.rows[name] ?? []).some(x => x !== null && x !== 0);
  const list = [
    {name: "kind", label: "kind"},
    {name: "flops", label: "cost (FLOPs)", value: t => t.sums.flops, show: x => gradloom.short(x, "FLOP")},
    {name: "bytes", label: "memory (bytes of results)", value: t => t.sums.bytes, show: x => gradloom.short(x, "B")},
    {name: "moved", label: "traffic (bytes moved)", value: t => t.sums.moved, show: x => gradloom.short(x, "B")},
    {name: "dtype", label: "dtype"},
  ];
  if (has("seconds"))
    list.push({name: "time", label: "measured time", value: t => t.sums.seconds, show: gradloom.time});
  explorer.book.backends.forEach((backend, i) =>
    list.push({name: `error-${backend}`, label: `error of ${backend}`, value: t => t.sums.errors[i] ?? null,
      show: x => (x === 0 ? "none" : Number(x).toExponential(1))}));
  if (has("gradient"))
    list.push({name: "gradient", label: "gradient norm", value: t => t.sums.gradient, show: x => Number(x).toPrecision(3)});
  if (has("seconds")) list.push({name: "nan", label: "NaN and infinity"});
  return list;
};

// An overlay for the things of a chapter: `fill(thing)`, and `legend`, a list of [colour, text] or a ramp.
explorer.overlay = (chosen, chapter) => {
  if (chosen.value) return explorer.ramp(chosen, chapter);
  if (chosen.name === "dtype") return explorer.dtypes(chapter);
  if (chosen.name === "nan") return explorer.nans();
  const present = new Set([...chapter.things.values()].map(thing => thing.kind));
  return {
    fill: thing => (thing.kind === "group" ? "var(--surface)" : `var(--${thing.kind})`),
    swatches: Object.entries(explorer.KINDS).filter(([kind]) => present.has(kind) && kind !== "group")
      .map(([kind, text]) => [`var(--${kind})`, text]),
  };
};

// Amounts on a scale of powers, for they span many; what is nothing is left in paper.
explorer.ramp = ({value, show}, chapter) => {
  const finite = chapter.order.map(value).filter(x => x !== null && x !== undefined && x > 0 && x < Infinity);
  let least = Infinity, most = 0;
  for (const x of finite) [least, most] = [Math.min(least, x), Math.max(most, x)];
  for (const item of chapter.root.items) {
    const x = value(item);
    if (x > most && x < Infinity) most = x;
  }
  const span = Math.log(most) - Math.log(least);
  const share = x => (span > 0 ? (Math.log(x) - Math.log(least)) / span : 1);
  const fill = thing => {
    const x = thing.row >= 0 || thing.items ? value(thing) : null;
    if (x === null || x === undefined || x === 0) return "var(--surface)";
    return x < Infinity ? explorer.amount(share(x)) : explorer.role("bad");
  };
  return {fill, ramp: finite.length ? [show(least), show(most)] : null};
};

explorer.dtypes = chapter => {
  const names = [...chapter.root.sums.dtypes].filter(Boolean).sort();
  const colour = name => explorer.role(`hue${names.indexOf(name) % 8}`);
  return {
    fill: thing => {
      const own = thing.row >= 0 ? [explorer.word(thing.row, "dtype")]
        : thing.items ? [...thing.sums.dtypes] : [thing.line.split("[")[0]];
      return own.length === 1 && names.includes(own[0]) ? colour(own[0]) : "var(--surface)";
    },
    swatches: names.map(name => [colour(name), name]),
  };
};

// A result is as bad as what it hands out.
explorer.isBad = thing =>
  thing.what === "result" ? Boolean(thing.reads[0].from?.sums.bad) : Boolean(thing.sums.bad);

explorer.nans = () => ({
  fill: thing => {
    if (!explorer.isBad(thing)) return "var(--surface)";
    return thing.sums.origin ? explorer.role("bad") : explorer.role("warn");
  },
  swatches: [[explorer.role("bad"), "first NaN or infinity"], [explorer.role("warn"), "spread from there"],
    ["var(--surface)", "finite"]],
});

explorer.role = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

explorer.amount = share => {
  const stops = explorer.book.ramps[gradloom.isDark() ? "dark" : "light"].amounts;
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const i = Math.min(Math.floor(place), stops.length - 2), t = place - i;
  const part = (stop, k) => parseInt(stop.slice(k, k + 2), 16);
  return "#" + [1, 3, 5].map(k =>
    Math.round(part(stops[i], k) * (1 - t) + part(stops[i + 1], k) * t).toString(16).padStart(2, "0")).join("");
};

// Black or white, whichever has the greater contrast (WCAG 2.2's relative luminance).
explorer.inkOn = colour => {
  const [r, g, b] = [1, 3, 5].map(k => {
    const c = parseInt(colour.slice(k, k + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
};

// The legend's elements.
explorer.legend = overlay => {
  const {html} = gradloom;
  if (overlay.ramp) {
    const stops = explorer.book.ramps[gradloom.isDark() ? "dark" : "light"].amounts;
    const bar = html("span", {class: "bar", style: `background:linear-gradient(90deg,${stops.join(",")})`});
    return [html("span", {}, overlay.ramp[0]), bar, html("span", {}, overlay.ramp[1]),
      html("span", {class: "muted"}, "log scale")];
  }
  if (!overlay.swatches) return [html("span", {class: "muted"}, "nothing was measured here")];
  return overlay.swatches.map(([colour, text]) =>
    html("span", {class: "key"}, html("span", {class: "swatch", style: `background:${colour}`}), text));
};
