"use strict";
// The panel beside the graph: the node chosen, what a search found, the steps, the changes, the outline.
explorer.TABS = [
  ["node", "Node"], ["results", "Search"], ["steps", "Steps"], ["changes", "Changes"], ["outline", "Outline"],
];
explorer.MANY = 200; // entries of a list that get elements; more nobody scrolls through

explorer.Panel = class {
  constructor(app) {
    const {html} = gradloom;
    this.app = app;
    this.body = document.getElementById("panel-body");
    this.tabs = explorer.TABS.map(([name, label]) =>
      html("button", {
        type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "panel-body",
        onclick: () => app.show(name), onkeydown: event => this.along(event, name),
      }, label));
    document.getElementById("tabs").replaceChildren(...this.tabs);
  }

  // Arrow keys go from tab to tab, as in any list of tabs.
  along(event, name) {
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const names = explorer.TABS.map(([one]) => one);
    const next = names[(names.indexOf(name) + step + names.length) % names.length];
    this.app.show(next);
    document.getElementById(`tab-${next}`).focus();
  }

  refresh() {
    explorer.TABS.forEach(([name], i) => {
      const chosen = name === this.app.tab;
      this.tabs[i].setAttribute("aria-selected", chosen);
      this.tabs[i].tabIndex = chosen ? 0 : -1;
    });
    this.body.setAttribute("aria-labelledby", `tab-${this.app.tab}`);
    const focused = this.body.contains(document.activeElement) ? document.activeElement.dataset.go : null;
    this.body.replaceChildren(...this[this.app.tab]().flat().filter(Boolean));
    if (focused) this.body.querySelector(`[data-go="${CSS.escape(focused)}"]`)?.focus();
  }

  // A link to a thing of a chapter.
  link(thing, chapter = this.app.views.main.chapter, more = "") {
    const {html} = gradloom;
    const view = this.app.shown().find(one => one.chapter === chapter) ?? this.app.views.main;
    return html("button", {
      type: "button", class: "link m", "data-go": `${chapter.number}-${thing.id}`,
      "aria-label": `go to ${explorer.name(thing)}`, onclick: () => this.app.choose(thing, view),
    }, `${thing.items && thing.row < 0 ? thing.groupTitle : thing.title} `, html("span", {class: "muted"}, more || thing.id));
  }

  list(things, chapter) {
    const {html} = gradloom;
    const entries = things.slice(0, explorer.MANY).map(thing => html("li", {}, this.link(thing, chapter, explorer.shortened(thing.line))));
    if (things.length > explorer.MANY) entries.push(html("li", {class: "muted"}, `and ${things.length - explorer.MANY} more`));
    return html("ul", {class: "links"}, entries);
  }

  node() {
    return explorer.nodeCard(this);
  }

  results() {
    const {html} = gradloom;
    const {chapter} = this.app.views.main;
    const found = this.app.found(chapter);
    if (!found) return [html("p", {class: "muted"}, "Search for an op, a dtype, a line or any text; op:tanh, dtype:f32, line:12, file:model, note:transpose, kind:derivative ask for one fact. All words must be there.")];
    return [html("p", {role: "status"}, `${found.list.length} of ${chapter.order.length} nodes, inputs and results`),
      this.list(found.list, chapter)];
  }

  steps() {
    return explorer.stepCard(this);
  }

  changes() {
    const {html} = gradloom;
    const {app} = this;
    if (app.before === null)
      return [html("p", {class: "muted"}, "Choose a graph to compare with, above: it then stands on the left with what was removed, and what was added stands on the right.")];
    const before = explorer.Chapter.of(app.before), after = explorer.Chapter.of(app.main);
    const found = explorer.changes(before, after);
    const part = (name, sign, things, chapter) => [
      html("h3", {}, html("span", {class: `sign ${name}`}, sign), ` ${things.length} ${name === "rewired" ? "kept with other inputs" : name}`),
      things.length ? this.list(things, chapter) : null,
    ];
    return [html("p", {}, `${before.name} → ${after.name}: ${before.order.length} nodes became ${after.order.length}; ${found.kept} were kept as they are.`),
      ...part("removed", "−", found.removed, before), ...part("added", "+", found.added, after),
      ...part("rewired", "~", found.rewired, after)];
  }

  // The graph as a list, opened level by level: what the picture shows, for those who read it.
  outline() {
    const {html} = gradloom;
    const {app} = this;
    const entry = thing => {
      const inside = thing.items && (thing.parent === null || app.isOpen(thing));
      const sign = thing.items && thing.parent !== null
        ? html("button", {type: "button", class: "fold", "data-go": `fold-${thing.id}`, "aria-expanded": String(inside),
          "aria-label": `${inside ? "close" : "open"} ${thing.groupTitle}`, onclick: () => app.toggle(thing)}, inside ? "−" : "+")
        : null;
      const chosen = app.chosenIn(app.views.main) === thing;
      return html("li", {"aria-current": chosen ? "true" : null},
        sign, this.link(thing, app.views.main.chapter, explorer.shortened(thing.line)),
        inside ? html("ul", {}, thing.items.map(entry)) : null);
    };
    const {root} = app.views.main.chapter;
    return [html("ul", {class: "outline", "aria-label": `outline of ${root.groupTitle}`}, root.items.map(entry))];
  }
};
