// The panel beside the map: topics, or papers with their dates, votes and links. Text is set as text, never as HTML.
"use strict";
(() => {
  const PAGE_SIZE = 50; // papers shown at first, and added by each "Show more"

  const element = (tag, className, text) => {
    const created = document.createElement(tag);
    if (className) created.className = className;
    if (text !== undefined) created.textContent = text;
    return created;
  };

  paperlake.Panel = class {
    constructor(papers, onTopic, onHover) {
      this.papers = papers;
      this.onTopic = onTopic;
      this.onHover = onHover;
      const part = (name) => document.getElementById(`panel-${name}`);
      this.parts = { heading: part("heading"), back: part("back"), note: part("note"), orderLine: part("order-line"), order: part("order"), topics: part("topics"), papers: part("papers"), more: part("more") };
      this.parts.back.addEventListener("click", () => onTopic(-1, true));
      this.parts.order.addEventListener("change", () => this.listPapers());
      this.parts.more.addEventListener("click", () => this.more());
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

    show({ heading, note, topics, papers, back }) {
      const { parts } = this;
      parts.heading.textContent = heading;
      parts.note.textContent = note;
      parts.back.hidden = !back;
      this.showTopics(topics);
      this.found = papers;
      this.listPapers();
      document.getElementById("panel").scrollTop = 0;
    }

    listPapers() {
      const { parts, papers } = this;
      const byDate = (a, b) => papers.days[b] - papers.days[a] || papers.votes[b] - papers.votes[a] || a - b;
      const byVotes = (a, b) => papers.votes[b] - papers.votes[a] || papers.days[b] - papers.days[a] || a - b;
      this.ordered = Uint32Array.from(this.found).sort(parts.order.value === "votes" ? byVotes : byDate);
      parts.orderLine.hidden = this.found.length < 2;
      parts.papers.replaceChildren();
      this.more();
    }

    more() {
      const { parts, ordered } = this;
      const from = parts.papers.childElementCount;
      const added = Array.from(ordered.subarray(from, from + PAGE_SIZE), (paper) => this.paperItem(paper));
      parts.papers.append(...added);
      const left = ordered.length - from - added.length;
      parts.more.hidden = left <= 0;
      parts.more.textContent = `Show more (${left.toLocaleString("en")})`;
      if (from && added.length) (added[0].querySelector("a") ?? parts.more).focus({ preventScroll: true });
    }

    paperItem(paper) {
      const { papers } = this;
      const item = element("li");
      const title = element("bdi", "", papers.titles[paper]);
      const address = papers.links[paper];
      if (/^https?:\/\//.test(address)) {
        const link = element("a");
        link.href = address;
        link.rel = "noopener noreferrer";
        link.target = "_blank";
        link.append(title);
        item.append(link);
      } else item.append(title);
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
