// Search titles and topics: every word of the query must occur; case and accents are ignored.
"use strict";
(() => {
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  paperlake.Finder = class {
    constructor(papers) { this.papers = papers; }

    // Return papers whose title, and topics whose label or keywords, contain all words; null for an empty query.
    find(text) {
      const words = folded(text).split(/\s+/).filter(Boolean);
      if (!words.length) return null;
      this.titles ??= this.papers.titles.map(folded);
      this.topicTexts ??= this.papers.topics.map((topic) => folded([topic.label, ...topic.keywords].join(" ")));
      const containsAll = (text) => words.every((word) => text.includes(word));
      const matches = new Uint8Array(this.papers.count);
      const papers = [];
      for (let i = 0; i < this.papers.count; i++) if (containsAll(this.titles[i])) { matches[i] = 1; papers.push(i); }
      const topics = [];
      this.topicTexts.forEach((text, index) => { if (containsAll(text)) topics.push(index); });
      return { matches, papers, topics };
    }
  };
})();
