// Which topics' labels stand on the map, and where, so that none covers another: the largest topics first,
// subtopics as soon as their island is large enough on the screen.
"use strict";
(() => {
  const GAP = 6; // pixels between two labels
  const WRAP = 24; // characters of a line
  const LEAST_ISLAND = 34; // radius in pixels from which a subtopic is worth a label
  const MOST = 60;
  const BUTTONS = { width: 56, height: 156 }; // pixels of the top right corner

  const wrapped = (label) => {
    const lines = [""];
    for (const word of label.split(" ")) {
      const last = lines[lines.length - 1];
      if (last && last.length + word.length >= WRAP) lines.push(word);
      else lines[lines.length - 1] = last ? `${last} ${word}` : word;
    }
    return lines;
  };

  paperlake.Labels = class {
    constructor(topics, mapArea) {
      const total = topics.reduce((sum, topic) => sum + (topic.level === 2 ? topic.count : 0), 0) || 1;
      this.labels = topics.map((topic, index) => ({
        index, topic,
        lines: wrapped(topic.label),
        island: Math.sqrt((topic.count / total) * mapArea * 0.3 / Math.PI), // islands cover about 0.3 of the map
        sizes: new Map(),
      }));
      this.order = [...this.labels].sort((a, b) => b.topic.count - a.topic.count);
    }

    draw(context, width, height, view, look) {
      // where the zoom buttons stand
      const taken = [[width - BUTTONS.width * look.ratio, 0, width, BUTTONS.height * look.ratio]];
      const chosen = look.selected;
      const first = this.order.filter(({ index }) => index === chosen);
      const broad = this.order.filter(({ topic, index }) => topic.level === 1 && index !== chosen);
      const fine = this.order.filter(({ topic, index, island }) =>
        topic.level === 2 && index !== chosen && island * view.scale / look.ratio > LEAST_ISLAND);
      // close up, topics have left the screen or say less than their subtopics
      const ranked = view.zoom > 2.2 ? [...first, ...fine, ...broad] : [...first, ...broad, ...fine];
      for (const label of ranked) {
        if (taken.length >= MOST) break;
        this.place(context, label, width, height, view, look, taken);
      }
    }

    place(context, label, width, height, view, look, taken) {
      const { topic, lines, index } = label;
      const strong = topic.level === 1 || index === look.selected;
      const size = (strong ? 13.5 : 12) * look.ratio;
      context.font = `${strong ? 650 : 450} ${size}px system-ui, sans-serif`;
      const key = context.font;
      if (!label.sizes.has(key)) label.sizes.set(key, Math.max(...lines.map((line) => context.measureText(line).width)));
      const half = label.sizes.get(key) / 2;
      const high = lines.length * size * 1.2;
      const x = view.column(topic.x);
      const y = view.row(topic.y);
      const gap = GAP * look.ratio;
      const box = [x - half - gap, y - high / 2 - gap / 2, x + half + gap, y + high / 2 + gap / 2];
      if (x < 0 || y < 0 || x > width || y > height) return;
      const right = Math.max(0, -box[0]) - Math.max(0, box[2] - width); // what juts out moves inside
      const down = Math.max(0, -box[1]) - Math.max(0, box[3] - height);
      box[0] += right; box[2] += right; box[1] += down; box[3] += down;
      if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) return;
      taken.push(box);
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.lineJoin = "round";
      context.lineWidth = 4 * look.ratio;
      context.strokeStyle = look.pageText;
      context.fillStyle = look.matches && index !== look.selected ? look.mutedText : look.inkText;
      lines.forEach((line, number) => {
        const at = y + down + (number - (lines.length - 1) / 2) * size * 1.2;
        context.strokeText(line, x + right, at);
        context.fillText(line, x + right, at);
      });
    }
  };
})();
