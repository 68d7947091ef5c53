// Place the labels of topics on the map beside their papers, not on them, so that none covers another: largest
// topics first, subtopics as soon as their area is large enough on the screen.
"use strict";
(() => {
  const GAP = 6; // pixels between two labels
  const WRAP = { wide: 24, narrow: 17 }; // characters per line
  const NARROW = 500; // width in pixels; below it the narrow wrapping is used
  const LINE = 1.2; // height of a line, in font sizes
  const MIN_RADIUS = 34; // pixels; subtopics with a smaller area get no label
  const MAX_LABELS = 60;
  const BUTTONS = { width: 56, height: 156 }; // pixels of the top right corner
  const REACH = 0.9; // share of a topic's papers within its radius
  // Directions from the middle of a topic in which a place is tried, as (right, up), in order of preference.
  const DIRECTIONS = [[0, 1], [0, -1], [1, 0], [-1, 0], [0.7, 0.7], [-0.7, 0.7], [0.7, -0.7], [-0.7, -0.7]];
  const DISTANCES = [0, 0.35, 0.7, 1, 1.3, 1.7]; // in radii of the topic
  const MAX_RADIUS = 0.35; // of the shorter side of the map; a label of scattered papers stays near their middle
  // Dots that one radius of distance is worth: a label on few dots is better than one far off.
  const FAR = 0.4; // at least
  const FAR_SHARE = 0.15; // of the dots that a box of its size has on average

  const wrapped = (label, maxChars) => {
    const lines = [""];
    for (const word of label.split(" ")) {
      const last = lines[lines.length - 1];
      if (last && last.length + word.length >= maxChars) lines.push(word);
      else lines[lines.length - 1] = last ? `${last} ${word}` : word;
    }
    return lines;
  };

  // Return the radius of each topic: the distance from its middle within which most of its papers are.
  const radii = (papers) => {
    const distances = papers.topics.map(() => []);
    for (let i = 0; i < papers.count; i++) {
      for (const at of [papers.topic[i], papers.topics[papers.topic[i]].parent]) {
        if (at === null) continue;
        const { x, y } = papers.topics[at];
        distances[at].push(Math.hypot(papers.x[i] - x, papers.y[i] - y));
      }
    }
    return distances.map((found) => found.sort((a, b) => a - b)[Math.floor((found.length - 1) * REACH)] ?? 0);
  };

  paperlake.Labels = class {
    constructor(papers, dots) {
      const { x, y } = papers.bounds;
      const widest = MAX_RADIUS * Math.min(x[1] - x[0], y[1] - y[0]);
      const radius = radii(papers).map((found) => Math.min(found, widest));
      this.dots = dots;
      this.count = papers.count;
      this.labels = papers.topics.map((topic, index) => ({
        index, topic,
        wide: wrapped(topic.label, WRAP.wide),
        narrow: wrapped(topic.label, WRAP.narrow),
        radius: radius[index],
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
      this.boxes = [];
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
      const half = this.halfWidth(context, label, lines) + GAP * look.ratio;
      const high = (lines.length * size * LINE + GAP * look.ratio) / 2;
      const usual = (this.count * 4 * half * high * view.zoom ** -2) / (width * height);
      const far = Math.max(FAR, FAR_SHARE * usual);
      let best = null;
      let least = Infinity;
      for (const { column, row, distance } of places(x, y, label.radius * view.scale, half, high)) {
        const box = inside([column - half, row - high, column + half, row + high], width, height);
        if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
        const covered = this.dots.countIn(view, box, look.radius, least) + far * distance;
        if (covered < least) { least = covered; best = box; }
      }
      if (!best) return;
      taken.push(best);
      this.boxes.push(best);
      context.fillStyle = look.matches && index !== look.selected ? look.mutedText : look.inkText;
      write(context, lines, (best[0] + best[2]) / 2, (best[1] + best[3]) / 2, size, look);
    }

    halfWidth(context, label, lines) {
      const key = `${context.font} ${lines.length}`;
      if (!label.sizes.has(key)) label.sizes.set(key, Math.max(...lines.map((line) => context.measureText(line).width)) / 2);
      return label.sizes.get(key);
    }
  };

  // Return the middles of boxes that are tried: the middle of the topic, then around it, nearest first.
  function places(x, y, radius, half, high) {
    const found = [];
    for (const distance of DISTANCES) {
      for (const [right, up] of distance ? DIRECTIONS : [[0, 0]]) {
        // beyond the radius the box begins where the papers end, however wide it is
        const reach = distance >= 1 ? radius * (distance - 0.2) : radius * distance;
        found.push({
          column: x + right * (reach + (distance >= 1 ? half : 0)),
          row: y - up * (reach + (distance >= 1 ? high : 0)), distance,
        });
      }
    }
    return found;
  }

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
