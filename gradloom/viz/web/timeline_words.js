"use strict";
// All that is written: the tip, the details of what is chosen, sums of a stretch, tables of figures
// and events. Every text of the run becomes a text node.
gradloom.words = (() => {
  const {html} = gradloom, run = gradloom.run, {d, bars, marks, text} = run;
  const details = document.getElementById("details"), tip = document.getElementById("tip");
  const us = t => gradloom.time(t / 1e6);
  // As gradloom.runtime.logs.sizes has it: 1 KB is 1,024 bytes.
  function bytes(n) {
    const power = n >= 1024 ? Math.min(4, Math.floor(Math.log2(n) / 10)) : 0;
    return n ? power ? `${(n / 1024 ** power).toFixed(1)} ${["", "KB", "MB", "GB", "TB"][power]}` : `${n} B` : "";
  }
  const percent = share => `${(share * 100).toFixed(1)}%`;

  // What is known of an item: rows of a name and a text.
  function facts(item) {
    const table = "bar" in item ? bars : marks, i = "bar" in item ? item.bar : item.mark;
    const [a, b] = run.at(item);
    const shares = "bar" in item ? bars.shares[bars.parts[i]] : [];
    const rows = [
      ["event", run.kind(item)],
      ["at", d.owners[run.owner(item)].name],
      ["from", `${(d.zero + a / 1e6).toFixed(6)} s`],
      ["took", "bar" in item ? us(b - a) : ""],
      ["waited", "bar" in item && bars.wait[i] ? us(bars.wait[i]) : ""],
      ["session", table.session[i] >= 0 ? String(table.session[i]) : ""],
      ["number", table.number[i] >= 0 ? String(table.number[i]) : ""],
      ["value", table.value[i] >= 0 ? String(table.value[i]) : ""],
      ["program", text(table.program[i])],
      ["bytes", table.bytes[i] ? `${bytes(table.bytes[i])} (${table.bytes[i]})` : ""],
      ["other end", text(table.peer[i])],
      ["ops, estimated", shares.length > 1 || run.kind(item) === "run"
        ? shares.map(([k, s]) => `${d.kinds[k].name} ${percent(s)}`).join(", ") : ""],
      ["told", text(table.detail[i])],
    ];
    return rows.filter(row => row[1]);
  }

  function showTip(item, x, y) {
    tip.classList.toggle("hidden", !item);
    if (!item) return;
    const short = facts(item).filter(([name]) => ["at", "took", "waited", "bytes", "ops, estimated", "told"].includes(name));
    tip.textContent = [run.name(item), ...short.map(([name, value]) => `${name} ${value}`)].join("\n");
    tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${Math.max(4, Math.min(y + 14, innerHeight - tip.offsetHeight - 8))}px`;
  }

  function showDetails(item, go) {
    if (!item) {
      details.replaceChildren(html("p", {class: "muted"}, "Choose a bar or a mark to read about it."));
      return;
    }
    const list = html("dl", {}, ...facts(item).flatMap(([name, value]) =>
      [html("dt", {}, name), html("dd", {}, value)]));
    const others = run.related(item).map(other => html("button", {type: "button", onclick: () => go(other)},
      `→ ${run.kind(other)} at ${d.owners[run.owner(other)].name}`));
    details.replaceChildren(html("h2", {}, run.name(item)), list,
      others.length ? html("p", {class: "muted"}, "belongs to") : null, ...others);
    details.querySelectorAll("p:empty").forEach(p => p.remove());
  }

  // The sums of a stretch of time.
  function showSums(a, b) {
    const found = run.sums(Math.min(a, b), Math.max(a, b)), long = Math.abs(b - a);
    const rows = entries => [...entries].sort((p, q) => q[1] - p[1]).map(([name, t]) =>
      html("tr", {}, html("td", {}, name), html("td", {}, us(t)), html("td", {}, percent(t / (long || 1)))));
    const kinds = [...found.kinds].map(([k, t]) => [d.kinds[k].name, t]);
    const owners = [...found.owners].map(([o, t]) => [d.owners[o].name, t]);
    details.replaceChildren(
      html("h2", {id: "measured"}, `${us(long)} measured`),
      html("p", {}, `${found.runs} runs, ${found.transfers} transfers, ${bytes(found.bytes) || "0 B"} arrived`),
      html("table", {}, html("caption", {}, "Programs by worker, of the stretch"), ...rows(owners)),
      html("table", {}, html("caption", {}, "Programs by kind of op"), ...rows(kinds)));
    gradloom.say(`${us(long)} measured: ${found.runs} runs`);
  }

  function table(caption, heads, rows, left = 1) {
    const cell = (value, i) => html("td", {class: i < left ? "t" : null}, value);
    return html("table", {}, html("caption", {}, caption),
      html("thead", {}, html("tr", {}, ...heads.map((h, i) =>
        html("th", {scope: "col", class: i < left ? "t" : null}, h)))),
      html("tbody", {}, ...rows.map(row => html("tr", {}, ...row.map(cell)))));
  }

  const s = seconds => gradloom.time(seconds);
  const meter = share => html("span", {class: "meter"}, html("i", {style: `width:${Math.min(share, 1) * 100}%`}));

  function figures() {
    const f = d.figures, place = document.getElementById("words");
    const paint = Object.fromEntries(d.kinds.map(k => [k.name, k.paint]));
    const chain = {};
    for (const [sort, , , a, b] of d.chain) chain[sort] = (chain[sort] || 0) + b - a;
    const long = Object.values(chain).reduce((a, b) => a + b, 0);
    const swatch = role => html("span", {class: "swatch", style: `background:var(--${role})`});
    place.append(html("div", {class: "tables"},
      table("Workers", ["worker", "busy", "idle", "longest idle", "runs", "failed", "waited in the queue", "received", "sent", "transfers", "computed meanwhile"],
        f.workers.map(w => [w.name, html("span", {}, meter(w.busy), html("b", {}, percent(w.busy))), s(w.idle_s),
          s(w.longest_gap[1] - w.longest_gap[0]), w.runs, w.failed, s(w.wait_s), bytes(w.received) || "–",
          bytes(w.sent) || "–", w.transfer_s ? s(w.transfer_s) : "–", w.transfer_s ? percent(w.overlap) : "–"])),
      table("Time by kind of op", ["kind", "time", "share"],
        f.kinds.map(k => [html("span", {}, swatch(paint[k.kind] || "muted"), k.kind), s(k.seconds), percent(k.share)])),
      table("Programs", ["program", "digest", "runs", "time", "typical", "longest", "waited"],
        f.programs.slice(0, 50).map(p => [p.name, p.program, p.runs, s(p.seconds), s(p.median_s), s(p.longest_s), s(p.wait_s)]), 2),
      table("Critical path: what the end waited for", ["what", "time", "share"],
        Object.entries(chain).map(([sort, t]) => [html("span", {}, swatch(d.sorts[sort]), sort), us(t), percent(t / (long || 1))]))),
      ...f.stragglers.map(x => html("p", {}, `straggler: ${x.worker} takes ${x.times.toFixed(1)} times as long as the others for ${x.program}`)),
      ...d.notes.map(note => html("p", {class: "muted"}, note)));
  }

  // The events in view as a table, for those who read rather than look.
  const PAGE = 200;
  function events(go) {
    const place = html("details", {id: "events"}), inside = html("div");
    let first = 0, seen = "";
    place.append(html("summary", {}, "Events in view, as a table"), inside);
    function fill() {
      const {a, b} = gradloom.lanes.view, found = [];
      for (let i = 0; i < bars.start.length; i++)
        if (run.shown[i] && bars.end[i] >= a && bars.start[i] <= b) found.push({bar: i});
      for (let i = 0; i < marks.at.length && !run.isFiltered(); i++)
        if (marks.at[i] >= a && marks.at[i] <= b) found.push({mark: i});
      found.sort((p, q) => run.at(p)[0] - run.at(q)[0]);
      const now = `${a} ${b} ${found.length}`;  // other events begin with their first page
      first = now === seen ? Math.max(0, Math.min(first, found.length - 1)) : 0;
      seen = now;
      const rows = found.slice(first, first + PAGE).map(item => [
        d.owners[run.owner(item)].name, run.kind(item),
        html("button", {type: "button", onclick: () => go(item)}, run.name(item)),
        (d.zero + run.at(item)[0] / 1e6).toFixed(6), us(run.at(item)[1] - run.at(item)[0]),
        "bar" in item ? bytes(bars.bytes[item.bar]) : bytes(marks.bytes[item.mark])]);
      const turn = (words, by) => html("button", {type: "button", onclick: () => { first += by; fill(); },
        disabled: by < 0 ? first === 0 : first + PAGE >= found.length}, words);
      inside.replaceChildren(
        table(`${found.length} events in view, from number ${found.length ? first + 1 : 0}`,
          ["who", "event", "what", "from (s)", "took", "bytes"], rows, 3),
        html("p", {}, turn("earlier", -PAGE), " ", turn("later", PAGE)));
    }
    place.addEventListener("toggle", () => place.open && fill());
    document.getElementById("words").append(place);
    return () => { if (place.open) fill(); };
  }

  return {showTip, showDetails, showSums, figures, events};
})();
