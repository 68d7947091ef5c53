// Searching titles and topics: every word of the query must occur, whatever the case or accents.
"use strict";
(() => {
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  paperlake.Finder = class {
    constructor(papers) { this.papers = papers; }

    // Papers whose title, and topics whose label or keywords, hold all words; null for an empty query.
    find(text) {
      const words = folded(text).split(/\s+/).filter(Boolean);
      if (!words.length) return null;
      this.titles ??= this.papers.titles.map(folded);
      this.topicTexts ??= this.papers.topics.map((topic) => folded([topic.label, ...topic.keywords].join(" ")));
      const holds = (hay) => words.every((word) => hay.includes(word));
      const matches = new Uint8Array(this.papers.count);
      const papers = [];
      for (let i = 0; i < this.papers.count; i++) if (holds(this.titles[i])) { matches[i] = 1; papers.push(i); }
      const topics = [];
      this.topicTexts.forEach((hay, index) => { if (holds(hay)) topics.push(index); });
      return { matches, papers, topics };
    }
  };
})();
