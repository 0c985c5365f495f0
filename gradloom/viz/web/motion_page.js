"use strict";
// The page of a film: cards, wires and dots as SVG, words, a curve below, and the player.

(() => {
  const {data, svg, motion} = gradloom;
  const at = id => document.getElementById(id);
  const hue = kind => `var(--${data.hues[kind]})`;
  const mixed = (a, b, share) => `color-mix(in srgb, ${b} ${100 * share}%, ${a})`;
  const TOP = 84;  // the header of a picture, which this page writes as text
  const picture = svg("svg", {
    viewBox: `0 ${TOP} ${data.width} ${data.height - TOP}`, width: data.width, height: data.height - TOP,
    role: "img", "aria-label": `${data.title}: ${data.about}`,
  });

  at("title").textContent = data.title;
  at("about").textContent = data.about;
  at("film").append(picture);
  const wires = data.wires.map(() => svg("path", {fill: "none", stroke: "var(--edge)", "stroke-width": 1.3}));
  const cards = data.cards.map(build);
  const dots = data.dots.map(([, , , isCotangent, size]) =>
    svg("circle", {r: size, fill: hue(isCotangent ? "backward" : "forward"), stroke: "var(--paper)", "stroke-width": 1.5}));
  const curve = data.curve && buildCurve();
  picture.append(...wires, ...cards.map(card => card.group), ...dots);

  function build(card) {
    const size = card.height >= 28 ? 12 : 11, most = Math.max(Math.floor((card.width - 19) / (7.3 * size / 12)), 1);
    const title = card.title.length <= most ? card.title : `${card.title.slice(0, Math.max(most - 1, 1))}…`;
    const {width, height} = card, left = -width / 2, top = -height / 2;
    const fill = svg("rect", {x: left, y: top, width, height, rx: 5});
    const group = svg("g", {class: "card"},
      svg("title", {}, card.tip ? `${card.title}\n${card.tip}` : card.title), fill,
      svg("rect", {x: left, y: top, width: 6, height, rx: 3, fill: hue(card.kind)}),
      svg("text", {x: left + 14, y: size / 3, "font-size": size, class: "m", fill: "var(--ink)"}, title));
    return {card, group, fill};
  }

  function buildCurve() {
    const {left, height, points, peak, foot} = data.curve;
    const right = data.width - left, bottom = data.height - foot;
    const x = t => left + (right - left) * t / data.seconds, y = v => bottom - height * v / (peak || 1);
    let d = `M${x(points[0][0])} ${bottom}`;
    for (const [t, v] of points) d += `H${x(t)}V${y(v)}`;
    const head = svg("path", {stroke: "var(--accent)", "stroke-width": 1.5});
    const value = svg("text", {x: left - 12, y: bottom - height / 2 + 13, "font-size": 13, class: "b", fill: "var(--ink)", "text-anchor": "end"});
    const small = {"font-size": 12, fill: "var(--muted)"};
    picture.append(
      svg("path", {d: `${d}H${right}V${bottom}Z`, fill: mixed("var(--paper)", "var(--hue2)", 0.28), stroke: "var(--hue2)", "stroke-width": 1.2}),
      svg("text", {...small, x: left - 12, y: bottom - height / 2 - 4, "text-anchor": "end"}, data.curve.title), value,
      svg("text", {...small, x: right + 12, y: bottom - height / 2 - 4}, "most"),
      svg("text", {x: right + 12, y: bottom - height / 2 + 13, "font-size": 13, fill: "var(--ink)"}, data.curve.most), head);
    return {head, value, x, top: bottom - height - 6, bottom: bottom + 4};
  }

  function showCard({card, group, fill}, seen) {
    group.style.display = seen ? "" : "none";
    if (!seen) return;
    group.setAttribute("transform", `translate(${seen.x} ${seen.y})`);
    group.setAttribute("opacity", seen.opacity);
    fill.setAttribute("fill", mixed("var(--surface)", hue(card.kind), data.tint * seen.light));
    fill.setAttribute("stroke", mixed("var(--line)", hue(card.kind), Math.min(seen.light * 1.5, 1)));
    fill.setAttribute("stroke-width", 1 + seen.light);
  }

  function showWire(element, seen) {
    element.style.display = seen ? "" : "none";
    if (!seen) return;
    element.setAttribute("d", `M${seen.path[0]}C${seen.path.slice(1).map(p => p.join(" ")).join(" ")}`);
    element.setAttribute("opacity", seen.opacity * 0.75);
  }

  function showDot(element, seen) {
    element.style.display = seen ? "" : "none";
    if (!seen) return;
    element.setAttribute("cx", seen[0]);
    element.setAttribute("cy", seen[1]);
  }

  function draw(t) {
    const now = motion.frame(t);
    cards.forEach((card, k) => showCard(card, now.cards[k]));
    wires.forEach((wire, k) => showWire(wire, now.wires[k]));
    dots.forEach((dot, k) => showDot(dot, now.dots[k]));
    if (!curve) return;
    curve.head.setAttribute("d", `M${curve.x(now.time)} ${curve.top}V${curve.bottom}`);
    curve.value.textContent = data.curve.texts[now.point];
  }

  gradloom.filmPlayer = gradloom.player({
    into: at("player"), duration: data.seconds, draw, stops: data.stops,
    told: t => {
      const [, title, detail] = motion.frame(t).caption;
      return detail ? `${title}: ${detail}` : title;
    },
    themed: () => draw(gradloom.filmPlayer.time),
  });
})();
