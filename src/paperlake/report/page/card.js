// The card of one paper in the panel: authors, abstract, links and the nearest papers. Text is set as text.
"use strict";
(() => {
  const { element, external } = paperlake.elements;

  paperlake.Card = class {
    constructor(papers) {
      this.papers = papers;
      this.place = document.getElementById("panel-paper");
    }

    hide() {
      this.place.hidden = true;
      this.place.replaceChildren();
    }

    show(paper) {
      const { papers, place } = this;
      const heading = element("h4");
      heading.id = "panel-paper-heading";
      heading.tabIndex = -1;
      heading.append(external(papers.links[paper], papers.titles[paper]));
      const details = papers.details.get(paper);
      const known = [papers.date(paper), papers.voteText(paper), details?.organization];
      place.replaceChildren(heading, element("p", "muted small", known.filter(Boolean).join(" · ")));
      if (details) place.append(...this.details(details));
      else place.append(element("p", "muted small", "The abstract of this paper is not on this page; paperlake serve shows all."));
      place.hidden = false;
    }

    details({ abstract, authors, authorCount, code, similar }) {
      const parts = [];
      if (authors.length) {
        const more = authorCount > authors.length ? `, and ${(authorCount - authors.length).toLocaleString("en")} more` : "";
        const line = element("p", "small");
        line.append(element("bdi", "", authors.join(", ")), more);
        parts.push(line);
      } else if (authorCount) parts.push(element("p", "small", `${authorCount.toLocaleString("en")} ${authorCount === 1 ? "author" : "authors"}`));
      const text = element("p", "abstract");
      text.append(element("bdi", "", abstract || "The dumps have no abstract of this paper."));
      parts.push(text);
      if (code) {
        const line = element("p", "small");
        line.append(external(code, "Code"));
        parts.push(line);
      }
      if (similar.length) parts.push(element("h4", "", "Similar papers"), this.similar(similar));
      return parts;
    }

    similar(found) {
      const list = element("ul", "similar");
      for (const { percent, paper, title, link } of found) {
        const item = element("li");
        const known = paper >= 0;
        item.append(known ? paperlake.elements.inside(this.papers, paper) : external(link, title), " ", element("span", "muted number", `${percent} %`));
        list.append(item);
      }
      return list;
    }
  };
})();
