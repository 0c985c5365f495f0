"use strict";
// Moving through the run: wheel, drag and keys; choosing, measuring, jumping to what is related.
gradloom.moves = (() => {
  const {d, bars} = gradloom.run, run = gradloom.run, lanes = gradloom.lanes, {view, canvas, scroll} = lanes;
  const words = gradloom.words, map = gradloom.map;
  const LEAST = 1, MARGIN = 0.5;
  let isMeasuring = false, isDue = false, refill = () => {};

  function draw() {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => { isDue = false; lanes.draw(); map.draw(); });
  }

  function look(a, b) {
    const [begin, end] = d.window, room = Math.max(end - begin, LEAST);
    let long = Math.min(Math.max(b - a, LEAST), room * (1 + 2 * MARGIN));
    if (!Number.isFinite(long)) long = room;
    const middle = (a + b) / 2;
    a = Math.min(Math.max(middle - long / 2, begin - room * MARGIN), end + room * MARGIN - long);
    view.a = a;
    view.b = a + long;
    draw();
    clearTimeout(look.later);
    look.later = setTimeout(refill, 250);  // the table follows when the view has come to rest
  }

  const fit = () => look(...d.window);
  const zoom = (factor, at = (view.a + view.b) / 2) =>
    look(at - (at - view.a) * factor, at + (view.b - at) * factor);
  const pan = share => look(view.a + (view.b - view.a) * share, view.b + (view.b - view.a) * share);

  // Choose an item, and bring it into view.
  function go(item) {
    view.selected = item;
    view.measured = null;
    words.showDetails(item, go);
    if (item) {
      const [a, b] = run.at(item), long = view.b - view.a;
      if (b < view.a || a > view.b) look((a + b) / 2 - long / 2, (a + b) / 2 + long / 2);
      const band = lanes.bands[run.owner(item)];
      if (band.y < scroll.scrollTop || band.y + band.height > scroll.scrollTop + scroll.clientHeight)
        scroll.scrollTop = Math.max(0, band.y - 40);
      gradloom.say(`${run.kind(item)}: ${run.name(item)} at ${d.owners[run.owner(item)].name}`);
    }
    draw();
  }

  // The next bar: of those that match while filters are set, else of the lane of the chosen one.
  function next(step) {
    const count = bars.start.length;
    if (!count) return;
    const filtered = run.isFiltered();
    const current = view.selected && "bar" in view.selected ? view.selected.bar : -1;
    const start = current >= 0 ? current : step > 0 ? -1 : count;
    for (let k = 1; k <= count; k++) {
      const i = (((start + k * step) % count) + count) % count;
      const fits = filtered ? run.shown[i] : current < 0 || bars.lane[i] === bars.lane[current];
      if (fits) { go({bar: i}); return; }
    }
  }

  function measure(on = !isMeasuring) {
    isMeasuring = on;
    canvas.classList.toggle("measuring", on);
    document.getElementById("measure").setAttribute("aria-pressed", String(on));
    if (!on && view.measured) { view.measured = null; words.showDetails(view.selected, go); }
    draw();
  }

  function clear() {
    view.measured = null;
    if (isMeasuring) measure(false);
    go(null);
  }

  const place = event => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(sideways / 800);
    else zoom(Math.exp(Math.max(-300, Math.min(300, event.deltaY)) * 0.002), lanes.time(place(event)[0]));
  }, {passive: false});

  let drag = null;
  canvas.addEventListener("pointerdown", event => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    const [x, y] = place(event);
    drag = {x, y, clientY: event.clientY, top: scroll.scrollTop, a: view.a, b: view.b,
      moved: false, measures: isMeasuring || event.shiftKey};
    words.showTip(null);
  });
  canvas.addEventListener("pointermove", event => {
    const [x, y] = place(event);
    if (!drag) {
      const item = lanes.pick(x, y);
      const same = JSON.stringify(item) === JSON.stringify(view.hover);
      view.hover = item;
      words.showTip(item, event.clientX, event.clientY);
      if (!same) draw();
      return;
    }
    drag.moved ||= Math.abs(x - drag.x) + Math.abs(event.clientY - drag.clientY) > 4;
    if (!drag.moved) return;
    if (drag.measures) {
      view.measured = [lanes.time(drag.x), lanes.time(Math.max(x, lanes.GUTTER))];
      draw();
      return;
    }
    const by = (drag.x - x) / Math.max(lanes.width() - lanes.GUTTER, 1) * (drag.b - drag.a);
    look(drag.a + by, drag.b + by);
    scroll.scrollTop = drag.top + drag.clientY - event.clientY;
  });
  canvas.addEventListener("pointerup", event => {
    const done = drag;
    drag = null;
    if (!done) return;
    if (done.measures && done.moved) words.showSums(...view.measured);
    else if (!done.moved) go(lanes.pick(...place(event)));
  });
  canvas.addEventListener("pointerleave", () => { view.hover = null; words.showTip(null); draw(); });
  canvas.addEventListener("dblclick", event => {
    const item = lanes.pick(...place(event));
    if (!item) { fit(); return; }
    const [a, b] = run.at(item), margin = Math.max(b - a, LEAST);
    look(a - margin, b + margin);
  });
  scroll.addEventListener("scroll", draw);

  let isOnMap = false;
  const toMap = event => {
    const at = map.time(event.clientX - map.map.getBoundingClientRect().left), long = view.b - view.a;
    look(at - long / 2, at + long / 2);
  };
  map.map.addEventListener("pointerdown", event => { isOnMap = true; map.map.setPointerCapture(event.pointerId); toMap(event); });
  map.map.addEventListener("pointermove", event => isOnMap && toMap(event));
  map.map.addEventListener("pointerup", () => { isOnMap = false; });

  const KEYS = {
    w: () => zoom(0.7), s: () => zoom(1 / 0.7), "+": () => zoom(0.7), "-": () => zoom(1 / 0.7),
    a: () => pan(-0.2), d: () => pan(0.2), ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2),
    ArrowUp: () => { scroll.scrollTop -= 60; }, ArrowDown: () => { scroll.scrollTop += 60; },
    0: fit, Home: fit, n: () => next(1), p: () => next(-1), m: () => measure(),
    Escape: clear, t: () => document.getElementById("theme").click(),
    "/": () => document.getElementById("search").focus(),
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      if (event.key === "Enter" && event.target.id === "search") next(1);
      return;
    }
    const does = KEYS[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  });

  return {draw, look, fit, zoom, go, next, measure, clear, follow: f => { refill = f; }};
})();
