"use strict";
// The rest of the page of a gradient flow: its player, all steps at once, a layer's numbers, what was
// found.

(() => {
  const {data, html, svg, flow} = gradloom;
  const LABELS = 276, WIDTH = 600, ROW = 18, SECONDS_PER_STEP = 1 / 6, MOST_S = 12, DOTS_S = 1;
  const at = id => document.getElementById(id);
  const duration = flow.last ? Math.min((flow.last + 1) * SECONDS_PER_STEP, MOST_S) : 0;
  let chosenLayer = 0, now = null;

  at("title").textContent = `Gradients of ${data.title}`;
  at("about").textContent = `On ${data.backend}, step by step.${data.live ? " Training runs: this page reloads itself." : ""}`;
  const parts = flow.build(choose);
  at("board").append(parts.picture);

  // ---- all steps -----------------------------------------------------------------------------

  const height = ROW * data.layers.length;
  const canvas = html("canvas", {
    id: "cells", role: "img", width: WIDTH * 2, height: height * 2,
    style: `width:${WIDTH}px;height:${height}px`,
    "aria-label": "Lengths of the gradients of all layers, by step: the darker or brighter, the longer",
  });
  const head = svg("path", {stroke: "var(--accent)", "stroke-width": 2});
  const labels = svg("svg", {width: LABELS, height, role: "presentation"}, ...data.layers.map((layer, k) =>
    svg("text", {x: LABELS - 8, y: ROW * k + 13, "font-size": 11, class: "m", "text-anchor": "end",
      fill: layer.kind === "value" ? "var(--ink)" : "var(--muted)"}, layer.title)));
  const over = svg("svg", {width: WIDTH, height, role: "presentation", style: "position:absolute;left:0;top:0;pointer-events:none"}, head);
  at("map").style.cssText = "display:flex;min-width:max-content";
  at("map").append(labels, html("div", {style: "position:relative"}, canvas, over));
  canvas.addEventListener("click", event => {
    const box = canvas.getBoundingClientRect();
    player.pause();
    player.seek(duration * (event.clientX - box.left) / box.width);
    choose(Math.min(Math.floor((event.clientY - box.top) / ROW), data.layers.length - 1));
  });

  function paint() {
    const brush = canvas.getContext("2d"), cell = canvas.width / (flow.last + 1);
    const style = getComputedStyle(document.documentElement);
    const role = name => style.getPropertyValue(`--${name}`).trim();
    brush.clearRect(0, 0, canvas.width, canvas.height);
    for (let step = 0; step <= flow.last; step++)
      for (let k = 0; k < data.layers.length; k++) {
        const norm = flow.number(data.norms[step][k]), state = data.states[step][k];
        brush.fillStyle = !Number.isFinite(norm) ? role("bad") : norm === 0 ? role("sunken") : flow.tone(norm);
        brush.fillRect(cell * step, ROW * 2 * k + 1, cell + 1, ROW * 2 - 2);
        if (state >= 0 && Number.isFinite(norm)) {
          brush.fillStyle = role(data.paints[state]);
          brush.fillRect(cell * step, ROW * 2 * (k + 1) - 8, cell + 1, 7);
        }
      }
  }

  // ---- one layer -----------------------------------------------------------------------------

  function choose(k) {
    chosenLayer = k;
    parts.layers.forEach((part, i) => part.group.classList.toggle("chosen", i === k));
    const layer = data.layers[k], percent = x => `${Math.round(1000 * flow.number(x)) / 10} %`;
    const names = ["", "type", "length", "largest", "zeros", "dead units"];
    const rows = layer.places.map(p => html("tr", {}, ...[
      p.name, p.type, flow.text(flow.number(p.norm)), flow.text(flow.number(p.largest)), percent(p.zeros), percent(p.dead),
    ].map(cell => html("td", {class: "m"}, cell))));
    const source = layer.places[layer.places.length - 1].source;
    at("details").textContent = layer.title;
    at("layer").replaceChildren(
      html("p", {class: "muted"}, layer.where, source ? html("code", {}, `  ${source}`) : ""),
      curve(k),
      html("table", {}, html("caption", {class: "muted"}, "At the last step"),
        html("thead", {}, html("tr", {}, ...names.map(name => html("th", {scope: "col"}, name)))),
        html("tbody", {}, ...rows)));
  }

  function curve(k) {
    const width = 420, tall = 70, points = data.norms.map((row, i) => {
      const x = 4 + (width - 8) * (flow.last ? i / flow.last : 0);
      return `${x},${tall - 4 - (tall - 8) * flow.share(flow.number(row[k]))}`;
    });
    return svg("svg", {width, height: tall, role: "img", "aria-label": `Length by step, from ${flow.text(flow.number(data.norms[0][k]))} to ${flow.text(flow.number(data.norms[flow.last][k]))}`},
      svg("rect", {width, height: tall, rx: 4, fill: "var(--sunken)"}),
      svg("polyline", {points: points.join(" "), fill: "none", stroke: "var(--accent)", "stroke-width": 1.5}));
  }

  // ---- what was found ------------------------------------------------------------------------

  const items = data.findings.map(found => {
    const state = data.troubles.indexOf(found.trouble);
    return html("li", {},
      html("span", {class: "sign", style: `color:var(--${data.paints[state]})`}, `${data.signs[state]} ${found.trouble}`), " ",
      html("button", {type: "button", class: "m", onclick: () => choose(found.layer)}, found.name),
      ` ${found.text}`,
      found.where ? html("div", {class: "muted m"}, `${found.where}  ${found.source}`) : null);
  });
  at("findings").append(...(items.length ? items : [html("li", {}, "Nothing vanishes, explodes, is dead or not finite.")]));

  // ---- the player ----------------------------------------------------------------------------

  function words(t) {
    const m = flow.moment(duration ? flow.last * t / duration : 0);
    const loss = Number.isFinite(m.loss) ? +m.loss.toPrecision(4) : m.loss;
    return `step ${m.step} of ${data.steps[flow.last]}, loss ${loss}`;
  }

  function draw(t) {
    now = flow.moment(duration ? flow.last * t / duration : 0);
    flow.show(parts, now, gradloom.still() ? 0.25 : t / DOTS_S % 1);
    const x = WIDTH * (now.at + 0.5) / (flow.last + 1);
    head.setAttribute("d", `M${x} 0V${height}`);
  }

  paint();
  const player = gradloom.player({
    into: at("player"), duration, draw, told: words, rest: data.live ? duration : 0,
    stops: data.steps.map((_, i) => flow.last ? duration * i / flow.last : 0),
    clock: t => `step ${flow.moment(duration ? flow.last * t / duration : 0).step}`,
    themed: () => { paint(); draw(player.time); },
  });
  gradloom.flowPlayer = player;
  choose(0);
  if (data.live) {
    player.pause();
    player.seek(duration);
    setTimeout(() => location.reload(), 2000);
  }
})();
