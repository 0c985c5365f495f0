"use strict";
// Beside the pictures: the chosen cell, where its gradient goes and comes from, the line of code.
gradients.MANY = 12; // links of a list; more nobody reads

gradients.KINDS = {
  exact: "computed by derivatives", given: "read from the file", pairs: "connected, says the file",
  interpolated: "made up from the gradients at both ends (vnittest's rule)", reached: "made up from the gradients at both ends",
};

gradients.panel = (app, place) => {
  const {html} = gradloom, {model, state} = app;
  const layer = model.layers[state.layer];
  if (!layer) return place.replaceChildren(html("p", {class: "muted"}, "There is no layer."));
  const fact = (name, ...what) => html("tr", {}, html("th", {scope: "row"}, name), html("td", {}, what));
  const number = x => html("span", {class: Number.isFinite(x) ? "m" : "m bad"}, gradients.text(x));
  const at = layer.where, changed = gradients.VERSUS[state.versus] ?? "";
  const facts = html("table", {class: "facts"},
    fact("cell", html("span", {class: "m"}, layer.grid.size ? layer.grid.name(state.node) : "none: the layer is empty")),
    layer.activation && layer.grid.size ? fact(`value${changed}`, number(layer.activation[state.node])) : null,
    layer.gradient && layer.grid.size ? fact(`gradient${changed}`, number(layer.gradient[state.node])) : null,
    fact("shape", layer.shape.join(" × ") || "a number"),
    layer.op ? fact("op", html("span", {class: "m"}, layer.op)) : null,
    layer.node ? fact("graph node", html("span", {class: "m", id: "graph-node"}, layer.node), gradients.toProgram(layer)) : null,
    at ? fact("line", `${at.file}:${at.line}${at.function ? ` in ${at.function}` : ""}`) : null);
  place.replaceChildren(html("h2", {class: "m"}, layer.name), facts, at ? gradients.code(at) : "",
    gradients.sure(app),
    ...gradients.links(app, "goes to", model.after(state.layer), "out", "target", "columns"),
    ...gradients.links(app, "comes from", model.before(state.layer), "into", "source", "rows"));
};

// The way to the node in the explorer's page of the program; its address tells nodes as n3.
gradients.toProgram = layer => gradloom.data.explorer
  ? gradloom.html("a", {id: "explore", href: `${gradloom.data.explorer}#n${layer.node.slice(1)}`, target: "gradloom-explorer", rel: "noopener"}, "show in the program") : "";

// Whether the links below are all that there are.
gradients.sure = app => {
  const {model, state} = app;
  if (!model.isPartial) return "";
  const exact = model.exact === `${state.layer}:${state.node}`;
  const text = !exact ? app.status === "live" && state.versus === "now" ? "The strongest links; all are asked for." : "This page holds the strongest links alone."
    : model.unsure ? "All links that leave; of those that come, the ones that are held." : "All links of this cell.";
  return gradloom.html("p", {class: "muted kind", id: "sure"}, text);
};

gradients.code = at => {
  const {html} = gradloom;
  const lines = Object.entries(at.around ?? {}).map(([n, text]) => [Number(n), text]).sort((a, b) => a[0] - b[0]);
  if (!lines.length) lines.push([at.line, at.text ?? ""]);
  return html("pre", {class: "code", tabindex: 0, "aria-label": `${at.file}, line ${at.line}`}, lines.map(([n, text]) =>
    html("span", {class: n === at.line ? "own" : null}, `${String(n).padStart(4)}  ${text}`)));
};

// The links of the chosen cell to one side, the strongest first, each leading to its other end.
gradients.links = (app, words, flows, key, end, cells) => {
  const {html} = gradloom, {model, state} = app;
  const linked = flows.filter(flow => flow[key].has(state.node)), without = flows.filter(flow => !linked.includes(flow));
  const isKnown = without.every(flow => flow.isWhole) || (model.exact === `${state.layer}:${state.node}` && !model.unsure);
  const names = without.map(flow => model.layers[flow[end]].name).join(", ");
  const none = without.length ? [html("p", {class: "muted kind"}, isKnown ? `${words} nothing in ${names}` : `${words} ${names}: no link is held here`)] : [];
  return [...linked.flatMap(flow => {
    const links = [...flow[key].get(state.node)], size = k => Number.isFinite(flow.values[k]) ? Math.abs(flow.values[k]) : Infinity;
    links.sort((a, b) => size(b) - size(a));
    const other = model.layers[flow[end]], passed = links.filter(k => app.passes(flow.values[k])).length;
    const entries = links.slice(0, gradients.MANY).map(k => html("li", {class: app.passes(flow.values[k]) ? null : "below"},
      html("button", {type: "button", class: "link m", onclick: () => app.choose(flow[end], flow[cells][k])}, `${other.name} ${other.grid.name(flow[cells][k])}`),
      html("span", {class: "m"}, ` ${gradients.text(flow.values[k])}`)));
    const left = links.length - entries.length;
    return [html("h3", {}, `${words} ${other.name}: ${links.length} ${links.length === 1 ? "link" : "links"}, ${passed} above the threshold`),
      html("p", {class: "muted kind"}, `${gradients.KINDS[flow.kind] ?? flow.kind}; ${flow.isSlope ? "derivatives" : "gradients"}`),
      html("ul", {class: "links"}, entries, left > 0 ? html("li", {class: "muted"}, `and ${left} weaker`) : null)];
  }), ...none];
};
