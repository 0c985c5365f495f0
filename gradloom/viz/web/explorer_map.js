"use strict";
// The whole graph in a corner, with what is in sight; a click or drag goes there.
explorer.Map = class {
  constructor(view) {
    this.view = view;
    this.canvas = gradloom.html("canvas", {
      class: "map", "aria-hidden": "true",
      onpointerdown: event => {
        this.canvas.setPointerCapture(event.pointerId);
        this.go(event);
        event.stopPropagation();
      },
      onpointermove: event => event.buttons && this.go(event),
    });
  }

  // Boxes are drawn once for each arrangement, and the window over them at every move.
  paint() {
    const {placed, scene} = this.view;
    const tall = placed.height > placed.width;
    const [w, h] = tall ? [200, 380] : [360, 240];
    this.canvas.classList.toggle("tall", tall);
    this.scale = Math.min((w - 8) / placed.width, (h - 8) / placed.height);
    this.still = document.createElement("canvas");
    for (const canvas of [this.still, this.canvas]) [canvas.width, canvas.height] = [w, h];
    const pen = this.still.getContext("2d");
    const style = getComputedStyle(document.documentElement);
    pen.strokeStyle = style.getPropertyValue("--line");
    pen.fillStyle = style.getPropertyValue("--edge");
    for (const {place} of scene.frames) pen.strokeRect(...this.spot(place));
    for (const {place} of scene.boxes) pen.fillRect(...this.spot(place));
    this.ink = style.getPropertyValue("--accent");
  }

  spot({x, y, w, h}) {
    return [4 + x * this.scale, 4 + y * this.scale, Math.max(w * this.scale, 1), Math.max(h * this.scale, 1)];
  }

  frame() {
    const sight = this.view.window(0), {placed} = this.view;
    const whole = sight.left <= 0 && sight.top <= 0 && sight.right >= placed.width && sight.bottom >= placed.height;
    this.canvas.classList.toggle("hidden", whole);
    if (whole) return;
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.drawImage(this.still, 0, 0);
    pen.strokeStyle = this.ink;
    pen.lineWidth = 3;
    const {left, top, right, bottom} = sight;
    pen.strokeRect(...this.spot({x: left, y: top, w: right - left, h: bottom - top}));
  }

  go(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) * (this.canvas.width / box.width) - 4) / this.scale;
    const y = ((event.clientY - box.top) * (this.canvas.height / box.height) - 4) / this.scale;
    const {w, h} = this.view.size;
    this.view.x = w / 2 - x * this.view.scale;
    this.view.y = h / 2 - y * this.view.scale;
    this.view.draw();
  }
};
