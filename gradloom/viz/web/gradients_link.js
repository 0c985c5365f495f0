"use strict";
// The way to Python: a socket of the page's own server, the notebook around the frame, or none.
gradients.RETRY_MS = [250, 500, 1000, 2000, 4000]; // waits between attempts to come back; then the last

gradients.link = (way, {got, state}) => {
  const busy = new gradients.Busy(() => link.ask({do: "cancel"}));
  const heard = message => busy.takes(message) || got(message);
  const turned = status => {
    if (status !== "live") busy.show(null);
    state(status);
  };
  let link = {ask: () => false};
  if (way === "socket") link = new gradients.Socket(heard, turned);
  else if (way === "frame") link = new gradients.Frame(heard, turned);
  else state("frozen");
  return link;
};

gradients.Socket = class {
  constructor(got, state) {
    Object.assign(this, {got, state, tries: 0});
    this.open();
  }

  open() {
    const address = new URL("socket", location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    address.hash = "";
    const socket = this.socket = new WebSocket(address);
    socket.addEventListener("open", () => {
      this.tries = 0;
      this.state("live");
    });
    socket.addEventListener("message", event => this.got(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      this.state("away");
      const wait = gradients.RETRY_MS[Math.min(this.tries++, gradients.RETRY_MS.length - 1)];
      setTimeout(() => this.open(), wait);
    });
  }

  ask(message) {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }
};

// Whoever shows the notebook may have no kernel: the page is live from the first answer on.
gradients.Frame = class {
  constructor(got, state) {
    let isLive = false;
    addEventListener("message", ({source, data}) => {
      if (source !== parent || parent === window || data?.gradloom !== "gradients") return;
      if (!isLive) state("live");
      isLive = true;
      got(data.message);
    });
    state("frozen");
    this.ask({do: "look"});
  }

  ask(message) {
    parent.postMessage({gradloom: "gradients", message}, "*");
    return true;
  }
};
