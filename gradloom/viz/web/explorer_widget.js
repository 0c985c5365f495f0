// The explorer's page as a widget: in a frame, so that neither page nor notebook touches the other.
export default {
  render({model, el}) {
    const frame = document.createElement("iframe");
    frame.title = "gradloom explorer";
    frame.setAttribute("sandbox", "allow-scripts");
    frame.style.cssText = `width:100%;height:${model.get("height")}px;border:0`;
    frame.srcdoc = model.get("page");
    const heard = event => {
      if (event.source !== frame.contentWindow || event.data?.gradloom !== "chosen") return;
      model.set("chosen", String(event.data.id));
      model.save_changes();
    };
    const tell = () => frame.contentWindow.postMessage({gradloom: "choose", id: model.get("chosen")}, "*");
    addEventListener("message", heard);
    model.on("change:chosen", tell);
    el.append(frame);
    return () => {
      removeEventListener("message", heard);
      model.off("change:chosen", tell);
    };
  },
};
