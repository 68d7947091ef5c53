// Connect the map, the panel and the search once the papers are unpacked.
"use strict";
(async () => {
  const problem = document.getElementById("map-problem");
  const tell = (text) => { problem.textContent = text; problem.hidden = false; };
  if (typeof DecompressionStream === "undefined") {
    tell("This browser is too old for the map (it needs one of 2023 or later). The sections below work.");
    return;
  }
  const papers = await paperlake.load();
  if (!papers.count) { tell("There are no papers yet."); return; }
  document.getElementById("map-grid").hidden = false;
  document.getElementById("search-form").hidden = false;

  const announce = (text) => { document.getElementById("announcement").textContent = text; };
  const number = (count) => count.toLocaleString("en");
  const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;
  const broad = papers.topics.map((_, index) => index).filter((index) => papers.topics[index].level === 1);
  const map = new paperlake.TopicMap(papers);
  const panel = new paperlake.Panel(papers, choose, (paper) => map.mark(paper));
  const finder = new paperlake.Finder(papers);
  paperlake.map = map;

  const isSampled = papers.count < papers.lakeCount;
  const ofAll = (drawn, all) => isSampled ? `${number(drawn)} of ${plural(all, "paper")} drawn` : plural(drawn, "paper");

  function overview() {
    panel.show({ heading: "Topics", note: `${plural(papers.lakeCount, "paper")} in ${plural(broad.length, "topic")}. Choose one to see its papers.`, topics: broad, papers: [], back: false });
  }

  // Show a topic on the map and its papers in the panel; -1 for all topics.
  function choose(index, glide) {
    map.select(index);
    if (index < 0) {
      overview();
      announce("All topics");
      if (glide) map.showAll();
      document.getElementById("panel-heading").focus({ preventScroll: true });
      return;
    }
    const topic = papers.topics[index];
    const inside = (i) => papers.topic[i] === index || papers.topics[papers.topic[i]].parent === index;
    const found = [];
    let outliers = 0;
    for (let i = 0; i < papers.count; i++) if (inside(i)) { found.push(i); outliers += papers.outlier[i]; }
    const parts = papers.topics.map((_, part) => part).filter((part) => papers.topics[part].parent === index);
    const note = `${ofAll(found.length, topic.filed)}${outliers ? `, of which ${plural(outliers, "outlier")}` : ""}. ${topic.keywords.slice(0, 8).join(", ")}`;
    panel.show({ heading: topic.label, note, topics: parts, papers: found, back: true });
    announce(`${topic.label}, ${plural(found.length, "paper")}`);
    if (glide) glideTo(found);
  }

  // Move the map so that all given papers are in view.
  function glideTo(found) {
    if (!found.length) return;
    const range = (values) => found.reduce(([low, high], i) => [Math.min(low, values[i]), Math.max(high, values[i])], [Infinity, -Infinity]);
    const [left, right] = range(papers.x);
    const [bottom, top] = range(papers.y);
    const zoom = 0.55 * Math.min(map.width / (map.fit * Math.max(right - left, 1e-6)), map.height / (map.fit * Math.max(top - bottom, 1e-6)));
    map.glideTo((left + right) / 2, (bottom + top) / 2, Math.min(8, Math.max(1, zoom)));
  }

  function step(where) {
    const ordered = papers.topics.map((_, index) => index).filter((index) => papers.topics[index].level === 2);
    if (where === "none") choose(-1, true);
    else if (where === "open") {
      if (map.selected >= 0) document.getElementById("panel-heading").focus();
    } else {
      const at = ordered.indexOf(map.selected);
      const next = at < 0 ? (where === "next" ? 0 : ordered.length - 1) : (at + (where === "next" ? 1 : ordered.length - 1)) % ordered.length;
      choose(ordered[next], true);
    }
    if (where === "none") map.frame.focus({ preventScroll: true });
  }

  paperlake.gestures(map, { onPaper: (paper) => choose(papers.topic[paper], false), onTopic: step });
  for (const button of document.querySelectorAll(".show-topic")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      choose(papers.topics.findIndex((topic) => topic.id === button.dataset.topic), true);
      document.getElementById("map-section").scrollIntoView();
      document.getElementById("panel-heading").focus({ preventScroll: true });
    });
  }

  const field = document.getElementById("search");
  const look = () => {
    const found = finder.find(field.value);
    map.highlight(found ? found.matches : null);
    if (!found) { overview(); return; }
    if (map.zoom > 1) map.showAll(); // papers found may be anywhere on the map
    const scope = isSampled ? ` Titles of ${number(papers.count)} of ${plural(papers.lakeCount, "paper")} were searched; paperlake search searches all.` : "";
    const note = `Found in ${plural(found.papers.length, "title")} and ${plural(found.topics.length, "topic")}.${scope}`;
    panel.show({ heading: "Found", note, topics: found.topics, papers: found.papers, back: true });
    announce(note);
  };
  let asked = 0;
  field.addEventListener("input", () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(look);
  });
  document.getElementById("panel-back").addEventListener("click", () => { field.value = ""; });
  document.getElementById("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    document.getElementById("panel-heading").focus();
  });
  overview();
  document.documentElement.dataset.ready = "true";
})();
