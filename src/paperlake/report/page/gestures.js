// Handle pointer, wheel and keyboard on the map.
"use strict";
(() => {
  const TAP_PIXELS = 5; // a pointer that moved this far or less is a tap
  const STEP_PIXELS = 60; // per press of an arrow key
  const REACH = { mouse: 12, pen: 16, touch: 24 }; // pixels around the pointer in which a paper is found

  paperlake.gestures = (map, { onPaper, onTopic }) => {
    const frame = map.frame;
    const tip = document.getElementById("map-tip");
    const pointers = new Map();
    let moved = 0;

    const place = (event) => {
      const box = frame.getBoundingClientRect();
      return { left: event.clientX - box.left - frame.clientLeft, top: event.clientY - box.top - frame.clientTop };
    };
    const hideTip = () => { tip.hidden = true; map.mark(-1); frame.classList.remove("over-paper"); };
    const hover = (event) => {
      const { left, top } = place(event);
      const paper = map.paperAt(left, top, REACH[event.pointerType] ?? REACH.mouse);
      frame.classList.toggle("over-paper", paper >= 0);
      map.mark(paper);
      tip.hidden = paper < 0;
      if (paper >= 0) showTip(tip, map, paper, left, top);
    };
    const spread = () => {
      const [one, other] = [...pointers.values()];
      return { distance: Math.hypot(one.left - other.left, one.top - other.top), left: (one.left + other.left) / 2, top: (one.top + other.top) / 2 };
    };

    frame.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      if (pointers.size === 0) moved = 0;
      pointers.set(event.pointerId, place(event));
      frame.setPointerCapture(event.pointerId);
    });
    frame.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (!before) { if (event.pointerType === "mouse") hover(event); return; }
      const pinchBefore = pointers.size === 2 ? spread() : null;
      const now = place(event);
      pointers.set(event.pointerId, now);
      moved += Math.hypot(now.left - before.left, now.top - before.top);
      if (moved > TAP_PIXELS) { frame.classList.add("moving"); hideTip(); }
      if (pinchBefore) {
        const pinch = spread();
        map.zoomAt(pinch.distance / (pinchBefore.distance || 1), pinch.left, pinch.top);
        map.pan(pinch.left - pinchBefore.left, pinch.top - pinchBefore.top);
      } else map.pan(now.left - before.left, now.top - before.top);
    });
    const release = (event) => {
      const tapped = pointers.delete(event.pointerId) && moved <= TAP_PIXELS && event.type === "pointerup";
      if (pointers.size === 0) frame.classList.remove("moving");
      if (!tapped) return;
      const { left, top } = place(event);
      const paper = map.paperAt(left, top, REACH[event.pointerType] ?? REACH.mouse);
      if (paper >= 0) {
        hover(event);
        onPaper(paper);
      }
    };
    frame.addEventListener("pointerup", release);
    frame.addEventListener("pointercancel", release);
    frame.addEventListener("pointerleave", () => { if (pointers.size === 0) hideTip(); });
    frame.addEventListener("wheel", (event) => {
      // without Ctrl or Cmd the wheel scrolls the page, unless the map has the focus
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== frame) return;
      event.preventDefault();
      const { left, top } = place(event);
      hideTip();
      map.zoomAt(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), left, top);
    }, { passive: false });

    const keys = {
      ArrowLeft: () => map.pan(STEP_PIXELS, 0), ArrowRight: () => map.pan(-STEP_PIXELS, 0),
      ArrowUp: () => map.pan(0, STEP_PIXELS), ArrowDown: () => map.pan(0, -STEP_PIXELS),
      "+": () => map.zoomAt(1.4), "=": () => map.zoomAt(1.4), "-": () => map.zoomAt(1 / 1.4),
      0: () => map.showAll(), n: () => onTopic("next"), p: () => onTopic("previous"),
      Enter: () => onTopic("open"), Escape: () => onTopic("none"),
    };
    frame.addEventListener("keydown", (event) => {
      const act = event.ctrlKey || event.metaKey || event.altKey ? null : keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!act) return;
      event.preventDefault();
      hideTip();
      act();
    });
    document.getElementById("zoom-in").addEventListener("click", () => map.zoomAt(1.6));
    document.getElementById("zoom-out").addEventListener("click", () => map.zoomAt(1 / 1.6));
    document.getElementById("zoom-all").addEventListener("click", () => map.showAll());
  };

  function showTip(tip, map, paper, left, top) {
    const { papers } = map;
    const title = document.createElement("bdi");
    title.textContent = papers.titles[paper];
    const known = document.createElement("div");
    known.className = "muted";
    known.textContent = [papers.date(paper), papers.topics[papers.topic[paper]].label, papers.voteText(paper)].filter(Boolean).join(" · ");
    tip.replaceChildren(title, known);
    const right = left + 16 + tip.offsetWidth > map.frame.clientWidth ? Math.max(0, left - 12 - tip.offsetWidth) : left + 16;
    const below = top + 16 + tip.offsetHeight > map.frame.clientHeight ? Math.max(0, top - 12 - tip.offsetHeight) : top + 16;
    tip.style.transform = `translate(${right}px, ${below}px)`;
  }
})();
