// The gradient debugger's page as a widget: in a frame; its messages go to the kernel and back.
export default {
  render({model, el}) {
    const frame = document.createElement("iframe");
    frame.title = "gradloom gradient debugger";
    frame.setAttribute("sandbox", "allow-scripts");
    frame.style.cssText = `width:100%;height:${model.get("height")}px;border:0`;
    frame.srcdoc = model.get("page");
    const heard = event => {
      if (event.source === frame.contentWindow && event.data?.gradloom === "gradients") model.send(event.data.message);
    };
    const tell = message => frame.contentWindow.postMessage({gradloom: "gradients", message}, "*");
    addEventListener("message", heard);
    model.on("msg:custom", tell);
    el.append(frame);
    return () => {
      removeEventListener("message", heard);
      model.off("msg:custom", tell);
    };
  },
};
