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

  const NARROW = matchMedia("(max-width: 56rem)"); // as in style.css
  const announce = (text) => { document.getElementById("announcement").textContent = text; };
  const number = (count) => count.toLocaleString("en");
  const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;
  const broad = papers.topics.map((_, index) => index).filter((index) => papers.topics[index].level === 1);
  const map = new paperlake.TopicMap(papers);
  const panel = new paperlake.Panel(papers, (index) => go(index < 0 ? "" : `topic=${papers.topics[index].id}`), (paper) => map.mark(paper));
  const card = new paperlake.Card(papers);
  const finder = new paperlake.Finder(papers);
  paperlake.map = map;

  const isSampled = papers.count < papers.lakeCount;
  const ofAll = (drawn, all) => isSampled ? `${number(drawn)} of ${plural(all, "paper")} drawn` : plural(drawn, "paper");

  // Every state has an address: #topic=… and #paper=… can be shared, and the back button works.
  function go(address) {
    if (location.hash.slice(1) !== address) history.pushState(null, "", address ? `#${address}` : location.pathname + location.search);
    route(true);
  }

  // Show the topic or paper in the address; other addresses, such as those of sections, change nothing.
  function route(glide) {
    const [kind, id] = location.hash.slice(1).split("=");
    if (kind === "topic") {
      const index = papers.topics.findIndex((topic) => topic.id === id);
      if (index >= 0) { choose(index, glide); return true; }
      announce("This topic is not on the page.");
    } else if (kind === "paper") {
      const paper = papers.numberOf(id);
      if (paper >= 0) { open(paper, glide); return true; }
      announce("This paper is not on the page.");
      panel.show({ heading: "Topics", note: `The paper ${id} is not on this page. ${isSampled ? "It may be one that is not drawn; paperlake serve shows all." : ""}`, topics: broad, papers: [], back: false });
      return true;
    } else if (!location.hash) choose(-1, glide);
    return false;
  }

  // Show a paper: its card, above the other papers of its subtopic.
  function open(paper, glide) {
    choose(papers.topic[paper], glide && !inView(paper), paper);
    card.show(paper);
    map.pin(paper);
    announce(papers.titles[paper]);
    document.getElementById("panel-paper-heading").focus({ preventScroll: true });
    const frame = document.getElementById("panel");
    frame.scrollTop = 0;
    if (glide && NARROW.matches) frame.scrollIntoView({ block: "nearest" }); // it is below the map
  }

  function inView(paper) {
    const view = map.view();
    const [left, top] = [view.column(papers.x[paper]), view.row(papers.y[paper])];
    return left > 0 && top > 0 && left < map.width && top < map.height;
  }

  function overview() {
    card.hide();
    map.pin(-1);
    panel.show({ heading: "Topics", note: `${plural(papers.lakeCount, "paper")} in ${plural(broad.length, "topic")}. Choose one to see its papers.`, topics: broad, papers: [], back: false });
  }

  // Show a topic on the map and its papers in the panel; -1 for all topics. `current` is the paper chosen, or -1.
  function choose(index, glide, current = -1) {
    card.hide();
    map.pin(-1);
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
    panel.show({ heading: topic.label, note, topics: parts, papers: found, back: true, current });
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
    if (where === "none") go("");
    else if (where === "open") {
      if (map.selected >= 0) document.getElementById("panel-heading").focus();
    } else {
      const at = ordered.indexOf(map.selected);
      const next = at < 0 ? (where === "next" ? 0 : ordered.length - 1) : (at + (where === "next" ? 1 : ordered.length - 1)) % ordered.length;
      go(`topic=${papers.topics[ordered[next]].id}`);
    }
    if (where === "none") map.frame.focus({ preventScroll: true });
  }

  paperlake.gestures(map, { onPaper: (paper) => go(`paper=${papers.idOf(paper)}`), onTopic: step });
  addEventListener("popstate", () => route(false));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#paper="]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(link.getAttribute("href").slice(1));
    if (!link.closest("#panel")) document.getElementById("map-section").scrollIntoView();
  });
  for (const link of document.querySelectorAll(".show-paper")) link.hidden = papers.numberOf(link.hash.slice("#paper=".length)) < 0;
  for (const button of document.querySelectorAll(".show-topic")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      go(`topic=${button.dataset.topic}`);
      document.getElementById("map-section").scrollIntoView();
      document.getElementById("panel-heading").focus({ preventScroll: true });
    });
  }

  const field = document.getElementById("search");
  const look = () => {
    const found = finder.find(field.value);
    map.highlight(found ? found.matches : null);
    if (!found) { overview(); return; }
    card.hide();
    map.pin(-1);
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
  if (!route(false)) overview();
  document.documentElement.dataset.ready = "true";
})();
