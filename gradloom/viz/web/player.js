"use strict";
// The controls of pages that move. A page gives what draws it at a time:
//
//   const player = gradloom.player({
//     into: element,             // where the controls go
//     duration: 6,               // seconds; 0 for a page that has one moment alone
//     draw: t => {},             // shows the page at t, 0 <= t <= duration
//     stops: [0, 1.5, 3],        // where steps begin; without any, a step is a twentieth
//     told: t => "Step 2 of 6",  // words for the moment, shown beside the time (optional)
//     clock: t => "2.1 ms",      // the time as text (optional: seconds of the page)
//     themed: () => {},          // called after light has become dark, or dark light (optional)
//     rest: 0,                   // where it stands at first (optional)
//   });
//   player.seek(t), player.play(), player.pause(), player.time, player.playing
//
// Keys: space plays and pauses, arrows step, Home and End jump, + and - change the speed, l loops,
// t changes the theme. Who wants less motion sees step after step, and nothing starts by itself.

gradloom.player = function(options) {
  const {into, duration, draw, told = () => "", themed = () => {}} = options;
  const clock = options.clock || (t => `${t.toFixed(1)} s`);
  const stops = gradloom.stops(options.stops || [], duration);
  const STILL_S = 1.2;  // how long a step stands for who wants less motion
  const player = {
    time: 0, playing: false, loop: true, speed: 1,
    duration, stops, seek, play, pause, toggle, step, setLoop, setSpeed,
  };
  const controls = gradloom.playerControls(player, themed);
  const {scrub, playButton, clockText, words} = controls;
  into.append(controls.bar);
  let last = null, held = 0, wasTold = null;

  // Show the moment t.
  function seek(t) {
    player.time = Math.min(Math.max(t, 0), duration);
    scrub.value = player.time;
    const text = told(player.time);
    clockText.textContent = `${clock(player.time)} / ${clock(duration)}`;
    scrub.setAttribute("aria-valuetext", [clock(player.time), text].filter(Boolean).join(", "));
    if (text !== wasTold) words.textContent = wasTold = text;
    draw(player.time);
  }

  // The next stop (1) or the one before (-1).
  function step(direction) {
    pause();
    const near = duration / 1e6;
    const later = stops.filter(s => s > player.time + near);
    const earlier = stops.filter(s => s < player.time - near);
    seek(direction > 0 ? later.length ? later[0] : duration : earlier.length ? earlier.pop() : 0);
    gradloom.say(told(player.time) || clock(player.time));
  }

  function play() {
    if (player.playing || duration <= 0) return;
    if (player.time >= duration) seek(0);
    player.playing = true;
    last = null;
    held = 0;
    controls.show();
    requestAnimationFrame(tick);
  }

  function pause() {
    player.playing = false;
    controls.show();
  }

  function toggle() {
    if (player.playing) pause(); else play();
  }

  function setLoop(on) {
    player.loop = on;
    controls.show();
  }

  function setSpeed(speed) {
    player.speed = speed;
    controls.show();
  }

  function tick(now) {
    if (!player.playing) return;
    const passed = last === null ? 0 : Math.min((now - last) / 1000, 0.25) * player.speed;
    last = now;
    if (gradloom.still()) stand(passed); else glide(passed);
    if (player.playing) requestAnimationFrame(tick);
  }

  function glide(passed) {
    const next = player.time + passed;
    if (next < duration) return seek(next);
    if (player.loop) return seek(next % duration);
    seek(duration);
    pause();
  }

  // From stop to stop, without anything between.
  function stand(passed) {
    held += passed;
    if (held < STILL_S) return;
    held = 0;
    const later = stops.filter(s => s > player.time + duration / 1e6);
    if (later.length) return seek(later[0]);
    if (player.loop) return seek(0);
    seek(duration);
    pause();
  }

  scrub.addEventListener("input", () => { pause(); seek(+scrub.value); });
  playButton.addEventListener("click", toggle);
  gradloom.playerKeys(player, controls);
  seek(options.rest || 0);
  if (!gradloom.still()) play();
  controls.show();
  return player;
};

// Where steps begin, in order: those inside the duration, or twenty where none are given.
gradloom.stops = function(stops, duration) {
  const inside = stops.filter(s => s >= 0 && s <= duration).sort((a, b) => a - b);
  if (inside.length) return inside;
  return duration > 0 ? Array.from({length: 20}, (_, i) => i * duration / 20) : [0];
};

// The bar with its buttons; `show` brings them up to what the player does.
gradloom.playerControls = function(player, themed) {
  const {html} = gradloom;
  const icon = gradloom.playerIcon;
  const button = (id, name, sign, onclick) =>
    html("button", {type: "button", id, title: name, "aria-label": name, onclick}, sign);
  const playButton = button("play", "Play (space)", icon("play"));
  const loopButton = button("loop", "Loop (l)", "⟳", () => player.setLoop(!player.loop));
  const scrub = html("input", {
    type: "range", id: "scrub", min: 0, max: player.duration || 1, step: "any", value: 0,
    "aria-label": "Time", disabled: player.duration <= 0,
  });
  const speed = html("select", {
    id: "speed", "aria-label": "Speed", title: "Speed (+ and -)",
    onchange: () => player.setSpeed(+speed.value),
  }, ...gradloom.SPEEDS.map(s => html("option", {value: s}, `${s}×`)));
  const clockText = html("output", {id: "clock", class: "m", for: "scrub"});
  const words = html("div", {id: "words"});
  const theme = gradloom.themeButton(themed);
  const bar = html("div", {class: "player tools", role: "group", "aria-label": "Player"},
    button("back", "Step back (left arrow)", icon("back"), () => player.step(-1)),
    playButton,
    button("forward", "Step forward (right arrow)", icon("forward"), () => player.step(1)),
    scrub, clockText, speed, loopButton, theme, words);
  function show() {
    playButton.replaceChildren(icon(player.playing ? "pause" : "play"));
    const name = player.playing ? "Pause (space)" : "Play (space)";
    playButton.setAttribute("aria-label", name);
    playButton.title = name;
    playButton.disabled = player.duration <= 0;
    loopButton.setAttribute("aria-pressed", String(player.loop));
    speed.value = player.speed;
  }
  return {bar, playButton, scrub, clockText, words, theme, show};
};

// Signs that no font need have.
gradloom.playerIcon = function(name) {
  const paths = {
    play: "M4 2l10 6-10 6z", pause: "M3 2h4v12H3zM9 2h4v12H9z",
    back: "M2 2h2v12H2zM14 2L5 8l9 6z", forward: "M12 2h2v12h-2zM2 2l9 6-9 6z",
  };
  return gradloom.svg("svg", {viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true"},
    gradloom.svg("path", {d: paths[name], fill: "currentColor"}));
};

gradloom.SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4];

// The keys, but for those that a focused control takes for itself.
gradloom.playerKeys = function(player, controls) {
  const faster = by => {
    const next = gradloom.SPEEDS[gradloom.SPEEDS.indexOf(player.speed) + by];
    if (next) player.setSpeed(next);
  };
  const keys = {
    " ": player.toggle, Home: () => { player.pause(); player.seek(0); },
    End: () => { player.pause(); player.seek(player.duration); },
    ArrowLeft: () => player.step(-1), ArrowRight: () => player.step(1),
    "+": () => faster(1), "-": () => faster(-1),
    l: () => player.setLoop(!player.loop), t: () => controls.theme.click(),
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    const at = event.target.closest("button, select, textarea, input, [contenteditable]");
    const isOwn = at && at.id === "scrub";
    if (at && !isOwn && (at.tagName !== "BUTTON" || event.key === " ")) return;
    event.preventDefault();
    keys[event.key]();
  });
};
