"use strict";
// What all pages share: their data, making elements without any text becoming markup, the theme.
const gradloom = {
  data: JSON.parse(document.getElementById("data").textContent),

  // An element of HTML, with attributes ("on..." are listeners) and children (texts or elements).
  html(tag, attributes = {}, ...children) {
    return gradloom.fill(document.createElement(tag), attributes, children);
  },

  // The same of SVG.
  svg(tag, attributes = {}, ...children) {
    return gradloom.fill(
      document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
  },

  fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && value !== false)
        element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat().filter(child => child !== null && child !== undefined));
    return element;
  },

  // Whether the reader wants things to stand still.
  still: () => matchMedia("(prefers-reduced-motion: reduce)").matches,

  // Say something to those who listen to the page.
  say(text) {
    let place = document.getElementById("spoken");
    if (!place) {
      place = gradloom.html("div", {id: "spoken", class: "spoken", role: "status", "aria-live": "polite"});
      document.body.append(place);
    }
    place.textContent = text;
  },

  isDark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  },

  // A button that turns light into dark and back; `changed` is called afterwards.
  themeButton(changed = () => {}) {
    const button = gradloom.html("button", {
      type: "button", id: "theme", title: "Light or dark (t)", "aria-label": "Light or dark theme",
      onclick: () => {
        document.documentElement.dataset.theme = gradloom.isDark() ? "light" : "dark";
        changed();
      },
    }, "◐");
    return button;
  },

  // Bytes, counts and seconds in a few characters.
  short(number, unit = "") {
    if (typeof number !== "number") return String(number);
    const steps = [[1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
    for (const [size, letter] of steps)
      if (Math.abs(number) >= size) return `${+(number / size).toPrecision(3)} ${letter}${unit}`;
    return unit ? `${+number.toPrecision(3)} ${unit}` : `${+number.toPrecision(3)}`;
  },

  time(seconds) {
    if (typeof seconds !== "number") return String(seconds);
    const at = Math.abs(seconds);
    if (at >= 1) return `${+seconds.toPrecision(3)} s`;
    if (at >= 1e-3) return `${+(seconds * 1e3).toPrecision(3)} ms`;
    return `${+(seconds * 1e6).toPrecision(3)} µs`;
  },
};
