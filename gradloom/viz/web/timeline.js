"use strict";
// The page of a timeline put together: title, tools, tables, and the first look.
(() => {
  const {html} = gradloom, run = gradloom.run, {d} = run, {moves, words, lanes} = gradloom;
  document.getElementById("title").textContent = d.name || "timeline";
  document.getElementById("summary").textContent = d.summary;
  document.getElementById("keys").textContent =
    "Wheel, w/s zoom · drag, a/d or arrows pan · shift-drag or m measures · click for details, n/p next and previous · / search · 0 fit · t theme · Esc clear";
  lanes.canvas.setAttribute("aria-label", `Lanes: ${d.summary}. The tables below say the same in words.`);

  let refill = () => {};
  function refilter() {
    const found = run.apply();
    document.getElementById("found").textContent = run.isFiltered() ? `${found} bars` : "";
    moves.draw();
    refill();
  }

  function choice(name, key, options) {
    const select = html("select", {"aria-label": name, onchange: event => {
      run.filter[key] = Number(event.target.value);
      refilter();
    }}, html("option", {value: -1}, `all ${name}s`), ...options.map(([value, words]) =>
      html("option", {value}, words)));
    select.id = `by-${key}`;
    return options.length > 1 ? select : null;
  }

  const button = (words, title, does, id = null) =>
    html("button", {type: "button", title, "aria-label": title, onclick: does, id}, words);
  const sessions = [...new Set(d.bars.session)].filter(s => s >= 0).sort((a, b) => a - b);
  document.getElementById("tools").append(...[
    html("input", {id: "search", type: "search", placeholder: "search", "aria-label": "Search programs, details, workers",
      oninput: event => { run.filter.text = event.target.value; refilter(); }}),
    choice("op", "kind", d.kinds.map((k, i) => [i, k.name])),
    choice("worker", "owner", d.owners.map((o, i) => [i, o]).filter(x => x[1].role === "worker").map(([i, o]) => [i, o.name])),
    choice("session", "session", sessions.map(s => [s, `session ${s}`])),
    html("span", {id: "found", class: "muted", role: "status"}),
    button("+", "Zoom in (w)", () => moves.zoom(0.7)),
    button("−", "Zoom out (s)", () => moves.zoom(1 / 0.7)),
    button("fit", "Show the run (0)", moves.fit, "fit"),
    button("measure", "Measure a stretch (m), then drag", () => moves.measure(), "measure"),
    gradloom.themeButton(() => { lanes.readColours(); moves.draw(); }),
  ].filter(Boolean));
  document.getElementById("measure").setAttribute("aria-pressed", "false");

  words.figures();
  refill = words.events(moves.go);
  moves.follow(refill);
  words.showDetails(null, moves.go);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { lanes.readColours(); moves.draw(); });
  addEventListener("beforeprint", () => { lanes.readColours(); lanes.draw(); gradloom.map.draw(); });
  new ResizeObserver(moves.draw).observe(document.getElementById("lanes"));
  moves.fit();
})();
