"use strict";
// What Python is busy with, and for how long, to be given up; and files that others have changed.
gradients.TICK_MS = 500; // of the clock that counts its seconds

gradients.Busy = class {
  constructor(cancel) {
    this.place = document.getElementById("busy");
    this.place.querySelector("button").addEventListener("click", cancel);
  }

  // Whether a message was of such matters alone.
  takes(message) {
    if ("busy" in message) this.show(message.busy);
    if ("news" in message) this.news(message.news);
    return !["document", "state", "links", "error", "saved"].some(key => key in message);
  }

  show(busy) {
    clearInterval(this.clock);
    if (busy && this.place.hidden) gradloom.say(busy.what);
    this.place.hidden = !busy;
    const text = this.place.querySelector("span");
    text.textContent = "";
    if (!busy) return;
    const start = performance.now() - 1000 * busy.seconds;
    const tick = () => {
      const seconds = Math.floor((performance.now() - start) / 1000);
      text.textContent = `${busy.what} for ${seconds} s`;
    };
    tick();
    this.clock = setInterval(tick, gradients.TICK_MS);
  }

  news(text) {
    const place = document.getElementById("news");
    place.textContent = text;
    place.hidden = !text;
  }
};
