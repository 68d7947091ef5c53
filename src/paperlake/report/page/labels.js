// Place the labels of topics on the map so that none covers another: largest topics first, subtopics as soon as
// their area is large enough on the screen.
"use strict";
(() => {
  const GAP = 6; // pixels between two labels
  const WRAP = { wide: 24, narrow: 17 }; // characters per line
  const NARROW = 500; // width in pixels; below it the narrow wrapping is used
  const LINE = 1.2; // height of a line, in font sizes
  const SHIFTS = [0, 0.75, -0.75]; // vertical offsets that are tried, in heights of the label
  const MIN_RADIUS = 34; // pixels; subtopics with a smaller area get no label
  const MAX_LABELS = 60;
  const BUTTONS = { width: 56, height: 156 }; // pixels of the top right corner

  const wrapped = (label, maxChars) => {
    const lines = [""];
    for (const word of label.split(" ")) {
      const last = lines[lines.length - 1];
      if (last && last.length + word.length >= maxChars) lines.push(word);
      else lines[lines.length - 1] = last ? `${last} ${word}` : word;
    }
    return lines;
  };

  paperlake.Labels = class {
    constructor(topics, mapArea) {
      const total = topics.reduce((sum, topic) => sum + (topic.level === 2 ? topic.count : 0), 0) || 1;
      this.labels = topics.map((topic, index) => ({
        index, topic,
        wide: wrapped(topic.label, WRAP.wide),
        narrow: wrapped(topic.label, WRAP.narrow),
        radius: Math.sqrt((topic.count / total) * mapArea * 0.3 / Math.PI), // topics cover about 0.3 of the map
        sizes: new Map(),
      }));
      this.order = [...this.labels].sort((a, b) => b.topic.count - a.topic.count);
    }

    draw(context, width, height, view, look) {
      // the zoom buttons
      const taken = [[width - BUTTONS.width * look.ratio, 0, width, BUTTONS.height * look.ratio]];
      const chosen = look.selected;
      const first = this.order.filter(({ index }) => index === chosen);
      const broad = this.order.filter(({ topic, index }) => topic.level === 1 && index !== chosen);
      const fine = this.order.filter(({ topic, index, radius }) =>
        topic.level === 2 && index !== chosen && radius * view.scale / look.ratio > MIN_RADIUS);
      // zoomed in, the labels of subtopics tell more than those of topics
      const ranked = view.zoom > 2.2 ? [...first, ...fine, ...broad] : [...first, ...broad, ...fine];
      for (const label of ranked) {
        if (taken.length >= MAX_LABELS) break;
        this.place(context, label, width, height, view, look, taken);
      }
    }

    place(context, label, width, height, view, look, taken) {
      const { topic, index } = label;
      const x = view.column(topic.x);
      const y = view.row(topic.y);
      if (x < 0 || y < 0 || x > width || y > height) return;
      const lines = width / look.ratio < NARROW ? label.narrow : label.wide;
      const strong = topic.level === 1 || index === look.selected;
      const size = (strong ? 13.5 : 12) * look.ratio;
      context.font = `${strong ? 650 : 450} ${size}px system-ui, sans-serif`;
      const half = this.halfWidth(context, label, lines);
      const high = lines.length * size * LINE;
      const gap = GAP * look.ratio;
      for (const shift of SHIFTS) {
        const box = inside([x - half - gap, y + shift * high - (high + gap) / 2, x + half + gap, y + shift * high + (high + gap) / 2], width, height);
        if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
        taken.push(box);
        context.fillStyle = look.matches && index !== look.selected ? look.mutedText : look.inkText;
        write(context, lines, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, size, look);
        return;
      }
    }

    halfWidth(context, label, lines) {
      const key = `${context.font} ${lines.length}`;
      if (!label.sizes.has(key)) label.sizes.set(key, Math.max(...lines.map((line) => context.measureText(line).width)) / 2);
      return label.sizes.get(key);
    }
  };

  // Return the box, moved inside the map.
  function inside(box, width, height) {
    const right = Math.max(0, -box[0]) - Math.max(0, box[2] - width);
    const down = Math.max(0, -box[1]) - Math.max(0, box[3] - height);
    return [box[0] + right, box[1] + down, box[2] + right, box[3] + down];
  }

  function write(context, lines, x, y, size, look) {
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 4 * look.ratio;
    context.strokeStyle = look.pageText;
    lines.forEach((line, number) => {
      const at = y + (number - (lines.length - 1) / 2) * size * LINE;
      context.strokeText(line, x, at);
      context.fillText(line, x, at);
    });
  }
})();
