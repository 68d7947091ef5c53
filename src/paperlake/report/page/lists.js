// The panel beside the map: topics, or papers with their dates, votes and links. Text is set as text, never as HTML.
"use strict";
(() => {
  const PAGE_SIZE = 50; // papers shown at first, and added by each "Show more"
  const MAX_PAGES = 20; // shown at once so that the paper chosen is among them

  const element = (tag, className, text) => {
    const created = document.createElement(tag);
    if (className) created.className = className;
    if (text !== undefined) created.textContent = text;
    return created;
  };

  // A link to another site, or the text alone where the address is no web address.
  const external = (address, text) => {
    const title = element("bdi", "", text);
    if (!/^https?:\/\//.test(address)) return title;
    const link = element("a");
    link.href = address;
    link.rel = "noopener noreferrer";
    link.target = "_blank";
    link.append(title);
    return link;
  };

  // A link to the card of a paper.
  const inside = (papers, paper) => {
    const link = element("a");
    link.href = `#paper=${papers.idOf(paper)}`;
    link.append(element("bdi", "", papers.titles[paper]));
    return link;
  };

  paperlake.elements = { element, external, inside };

  paperlake.Panel = class {
    constructor(papers, onTopic, onHover) {
      this.current = -1;
      this.papers = papers;
      this.onTopic = onTopic;
      this.onHover = onHover;
      const part = (name) => document.getElementById(`panel-${name}`);
      this.parts = { heading: part("heading"), back: part("back"), note: part("note"), orderLine: part("order-line"), order: part("order"), topics: part("topics"), papers: part("papers"), more: part("more") };
      this.parts.back.addEventListener("click", () => onTopic(-1, true));
      this.parts.order.addEventListener("change", () => this.listPapers());
      this.parts.more.addEventListener("click", () => this.more(true));
    }

    // Show topics by their indexes.
    showTopics(indexes) {
      const { parts } = this;
      parts.topics.replaceChildren(...indexes.map((index) => this.topicItem(index)));
    }

    topicItem(index) {
      const topic = this.papers.topics[index];
      const button = element("button", topic.level === 2 ? "part" : "");
      button.type = "button";
      const swatch = element("span", `swatch c${topic.colour}`);
      swatch.setAttribute("aria-hidden", "true");
      button.append(swatch, element("span", "topic-name", topic.label), element("span", "muted number", topic.count.toLocaleString("en")));
      button.addEventListener("click", () => this.onTopic(index, true));
      const item = element("li");
      item.append(button);
      return item;
    }

    // Show a list; `current` is a paper that is marked in it, or -1.
    show({ heading, note, topics, papers, back, current = -1 }) {
      const { parts } = this;
      parts.heading.textContent = heading;
      parts.note.textContent = note;
      parts.back.hidden = !back;
      this.showTopics(topics);
      this.found = papers;
      this.current = current;
      this.listPapers();
      document.getElementById("panel").scrollTop = 0;
    }

    listPapers() {
      const { parts, papers } = this;
      const byDate = (a, b) => papers.days[b] - papers.days[a] || papers.votes[b] - papers.votes[a] || a - b;
      const byVotes = (a, b) => papers.votes[b] - papers.votes[a] || papers.days[b] - papers.days[a] || a - b;
      this.ordered = Uint32Array.from(this.found).sort(parts.order.value === "votes" ? byVotes : byDate);
      const at = this.ordered.indexOf(this.current);
      const pages = at < 0 ? 1 : Math.ceil((at + 1) / PAGE_SIZE); // as many as show the paper chosen
      parts.orderLine.hidden = this.found.length < 2;
      parts.papers.replaceChildren();
      for (let page = 0; page < Math.min(pages, MAX_PAGES); page++) this.more(false);
    }

    more(takeFocus = true) {
      const { parts, ordered } = this;
      const from = parts.papers.childElementCount;
      const added = Array.from(ordered.subarray(from, from + PAGE_SIZE), (paper) => this.paperItem(paper));
      parts.papers.append(...added);
      const left = ordered.length - from - added.length;
      parts.more.hidden = left <= 0;
      parts.more.textContent = `Show more (${left.toLocaleString("en")})`;
      if (takeFocus && from && added.length) (added[0].querySelector("a") ?? parts.more).focus({ preventScroll: true });
    }

    paperItem(paper) {
      const { papers } = this;
      const item = element("li");
      const link = inside(papers, paper);
      if (paper === this.current) {
        item.className = "current";
        link.setAttribute("aria-current", "true");
      }
      item.append(link);
      const known = [papers.date(paper), papers.voteText(paper), papers.topics[papers.topic[paper]].label];
      item.append(element("div", "muted small", known.filter(Boolean).join(" · ")));
      item.addEventListener("pointerenter", () => this.onHover(paper));
      item.addEventListener("pointerleave", () => this.onHover(-1));
      item.addEventListener("focusin", () => this.onHover(paper));
      item.addEventListener("focusout", () => this.onHover(-1));
      return item;
    }
  };
})();
