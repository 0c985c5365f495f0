"use strict";
// The tools above the graph: search, colours, the history, the execution, help.
explorer.Tools = class {
  constructor(app) {
    this.app = app;
    const at = id => document.getElementById(id);
    Object.assign(this, {search: at("search"), only: at("only"), colour: at("colour"), legend: at("legend"),
      graphs: at("graphs"), graph: at("graph-name"), before: at("before"), step: at("step"), told: at("step-told")});
    this.wire();
    const {chapters} = explorer.book;
    this.colour.replaceChildren(...app.overlays.map(one => gradloom.html("option", {value: one.name}, one.label)));
    this.graphs.max = chapters.length - 1;
    this.before.replaceChildren(gradloom.html("option", {value: ""}, "nothing"),
      ...chapters.map((one, i) => gradloom.html("option", {value: i}, `${i}: ${one.name}`)));
    at("history").classList.toggle("hidden", chapters.length < 2);
    at("right").append(gradloom.themeButton(() => app.repaint()));
    document.getElementById("keys").append(explorer.keyTable());
  }

  wire() {
    const {app} = this;
    const click = (id, does) => document.getElementById(id).addEventListener("click", does);
    this.search.addEventListener("input", () => app.seek(this.search.value));
    this.search.addEventListener("keydown", event => event.key === "Enter" && explorer.nextHit(app, event.shiftKey ? -1 : 1));
    this.only.addEventListener("change", () => {
      app.only = this.only.checked;
      app.refresh();
    });
    this.colour.addEventListener("change", () => {
      app.colour = this.colour.value;
      app.repaint();
    });
    this.graphs.addEventListener("input", () => app.turn(Number(this.graphs.value)));
    this.before.addEventListener("change", () => app.compare(this.before.value === "" ? null : Number(this.before.value)));
    this.step.addEventListener("input", () => app.step(this.step.value === "0" ? null : Number(this.step.value) - 1));
    click("open-all", () => app.toggleAll(true));
    click("close-all", () => app.toggleAll(false));
    click("fit", () => app.shown().forEach(view => view.fit()));
    click("help", () => document.getElementById("keys").showModal());
    click("keys-close", () => document.getElementById("keys").close());
  }

  refresh() {
    const {app} = this, {chapter} = app.views.main;
    this.graphs.value = app.main;
    this.before.value = app.before ?? "";
    const spent = chapter.seconds ? `, ${gradloom.time(chapter.seconds)}` : "";
    const told = `${app.main}: ${chapter.name}, ${explorer.counted(chapter.order.length, "node")}${spent}`;
    this.graph.textContent = told;
    this.graphs.setAttribute("aria-valuetext", told);
    this.step.max = chapter.order.length;
    this.step.value = app.at === null ? 0 : app.at + 1;
    const node = app.at === null ? null : chapter.order[app.at];
    const bytes = node ? chapter.told.live[explorer.holder(node).position] ?? 0 : 0;
    const now = node ? `${app.at + 1} of ${chapter.order.length}: ${node.title}, live ${gradloom.short(bytes, "B")}` : explorer.counted(chapter.order.length, "step");
    this.told.textContent = now;
    this.step.setAttribute("aria-valuetext", now);
    this.legend.replaceChildren(...explorer.legend(app.overlay(app.views.main)),
      ...(app.before === null ? [] : explorer.changeLegend()));
  }
};

explorer.counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

explorer.changeLegend = () =>
  [["removed", "− removed"], ["added", "+ added"], ["rewired", "~ other inputs"]].map(([name, text]) =>
    gradloom.html("span", {class: "key"}, gradloom.html("span", {class: `swatch ring ${name}`}), text));
