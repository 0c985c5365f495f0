"use strict";
// Which nodes a search means: words that all must be there, and `key:word` for one fact.
explorer.KEYS = {
  op: t => (t.items && t.row < 0 ? t.groupTitle : t.title),
  id: t => t.id,
  dtype: t => (t.row >= 0 ? explorer.word(t.row, "dtype") : t.line.split("[")[0]),
  type: t => t.line,
  shape: t => t.line,
  attr: t => explorer.word(t.row, "attrs"),
  note: t => explorer.word(t.row, "note"),
  kind: t => t.kind,
  file: t => (explorer.book.files[explorer.fact(t.row, "file")] ?? {name: ""}).name,
  function: t => explorer.word(t.row, "function"),
  text: t => explorer.sourceLine(t.row),
};

explorer.sourceLine = row => {
  const file = explorer.book.files[explorer.fact(row, "file")];
  return file ? (file.lines[explorer.fact(row, "line")] ?? "").trim() : "";
};

explorer.haystack = thing => {
  thing.hay ??= [thing.title, thing.id, thing.line, explorer.word(thing.row, "attrs"),
    explorer.word(thing.row, "function"), explorer.placeText(thing.row), explorer.sourceLine(thing.row)]
    .join("\n").toLowerCase();
  return thing.hay;
};

explorer.test = token => {
  const [, key, word] = token.match(/^(\w+):(.+)$/) ?? [];
  if (key === "line") return thing => String(explorer.fact(thing.row, "line")) === word;
  if (key === "id") return thing => thing.id === word;
  if (key in explorer.KEYS) return thing => explorer.KEYS[key](thing).toLowerCase().includes(word);
  return thing => explorer.haystack(thing).includes(token);
};

// The nodes, inputs and results that a search means: those of that name first, in order; null for no
// search.
explorer.search = (chapter, text) => {
  const tests = text.toLowerCase().split(/\s+/).filter(Boolean).map(explorer.test);
  if (!tests.length) return null;
  const found = [...chapter.things.values()].filter(
    thing => thing.what !== "group" && tests.every(test => test(thing)));
  const named = thing => thing.title.toLowerCase().includes(text.trim().toLowerCase());
  return [...found.filter(named), ...found.filter(thing => !named(thing))];
};
