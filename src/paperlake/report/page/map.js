// The map: its visible part, and drawing it at most once per frame.
"use strict";
(() => {
  const MARGIN = 0.06; // of the width, left free around all papers
  const MAX_ZOOM = 60;
  const GLIDE_MILLISECONDS = 260;
  const MAX_RATIO = 2; // canvas pixels per CSS pixel; more cost time without a visible difference

  paperlake.TopicMap = class {
    constructor(papers) {
      this.papers = papers;
      this.frame = document.getElementById("map");
      this.dotsCanvas = document.getElementById("map-dots");
      this.marksCanvas = document.getElementById("map-marks");
      // kept in main memory, not on the graphics card, because scripts write every frame
      this.dotsContext = this.dotsCanvas.getContext("2d", { alpha: false, willReadFrequently: true });
      this.marksContext = this.marksCanvas.getContext("2d");
      this.dots = new paperlake.Dots(papers);
      this.labels = new paperlake.Labels(papers, this.dots);
      const { x, y } = papers.bounds;
      this.home = { x: (x[0] + x[1]) / 2, y: (y[0] + y[1]) / 2 };
      this.centre = { ...this.home };
      this.zoom = 1;
      this.matches = null;
      this.selected = -1;
      this.marked = -1;
      this.pinned = -1;
      this.still = matchMedia("(prefers-reduced-motion: reduce)");
      document.addEventListener("paperlake:theme", () => { this.readColours(); this.draw(); });
      this.readColours();
      new ResizeObserver(() => this.resize()).observe(this.frame);
      this.resize();
    }

    readColours() {
      const style = getComputedStyle(document.documentElement);
      const value = (name) => style.getPropertyValue(name).trim();
      const packed = (hex) => // a pixel of the canvas, lowest byte first: red, green, blue, opacity
        (0xff000000 | (parseInt(hex.slice(5, 7), 16) << 16) | (parseInt(hex.slice(3, 5), 16) << 8) | parseInt(hex.slice(1, 3), 16)) >>> 0;
      this.pageText = value("--page");
      this.inkText = value("--ink");
      this.mutedText = value("--muted");
      this.page = packed(this.pageText);
      this.dim = packed(value("--dim"));
      this.shade = packed(this.mutedText);
      this.colours = this.papers.topics.map((topic) => packed(value(`--topic-${topic.colour}`)));
    }

    resize() {
      this.ratio = Math.min(MAX_RATIO, devicePixelRatio || 1);
      this.width = Math.max(1, Math.round(this.frame.clientWidth * this.ratio));
      this.height = Math.max(1, Math.round(this.frame.clientHeight * this.ratio));
      for (const canvas of [this.dotsCanvas, this.marksCanvas]) {
        canvas.width = this.width;
        canvas.height = this.height;
      }
      this.image = this.dotsContext.createImageData(this.width, this.height);
      this.pixels = new Uint32Array(this.image.data.buffer);
      const { x, y } = this.papers.bounds;
      const room = 1 - 2 * MARGIN;
      this.fit = Math.min((this.width * room) / (x[1] - x[0]), (this.height * room) / (y[1] - y[0]));
      this.draw();
    }

    // Return the conversions between the map and the pixels of the canvas; y grows upwards on the map.
    view() {
      const scale = this.fit * this.zoom;
      const { centre, width, height } = this;
      return {
        scale, zoom: this.zoom,
        column: (x) => (x - centre.x) * scale + width / 2,
        row: (y) => height / 2 - (y - centre.y) * scale,
        x: (column) => (column - width / 2) / scale + centre.x,
        y: (row) => (height / 2 - row) / scale + centre.y,
      };
    }

    redraw() {
      if (this.waiting) return;
      this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.draw(); });
    }

    radius() {
      const spread = Math.sqrt((this.width * this.height) / Math.max(1, this.papers.count));
      const radius = Math.min(5.5 * this.ratio, Math.max(0.9 * this.ratio, spread * 0.11) * this.zoom ** 0.55);
      return Math.round(radius * 2) / 2;
    }

    draw() {
      const view = this.view();
      const look = {
        radius: this.radius(), page: this.page, dim: this.dim, shade: this.shade, colours: this.colours, matches: this.matches,
        strong: 205, faint: 105, ratio: this.ratio, selected: this.selected,
        pageText: this.pageText, inkText: this.inkText, mutedText: this.mutedText,
      };
      this.dots.draw(this.pixels, this.width, this.height, view, look);
      this.dotsContext.putImageData(this.image, 0, 0);
      this.marksContext.clearRect(0, 0, this.width, this.height);
      this.labels.draw(this.marksContext, this.width, this.height, view, look);
      if (this.pinned >= 0) this.drawMark(this.pinned, view, look);
      if (this.marked >= 0 && this.marked !== this.pinned) this.drawMark(this.marked, view, look);
    }

    drawMark(paper, view, look) {
      const context = this.marksContext;
      context.beginPath();
      context.arc(view.column(this.papers.x[paper]), view.row(this.papers.y[paper]), look.radius + 3 * this.ratio, 0, 2 * Math.PI);
      context.lineWidth = 2 * this.ratio;
      context.strokeStyle = this.inkText;
      context.stroke();
    }

    keepInside() {
      const { x, y } = this.papers.bounds;
      this.zoom = Math.min(MAX_ZOOM, Math.max(1, this.zoom));
      this.centre.x = Math.min(x[1], Math.max(x[0], this.centre.x));
      this.centre.y = Math.min(y[1], Math.max(y[0], this.centre.y));
      this.frame.classList.toggle("zoomed", this.zoom > 1);
    }

    // Move by CSS pixels.
    pan(right, down) {
      cancelAnimationFrame(this.gliding); // dragging ends the animation
      const scale = this.fit * this.zoom;
      this.centre.x -= (right * this.ratio) / scale;
      this.centre.y += (down * this.ratio) / scale;
      this.keepInside();
      this.redraw();
    }

    // Zoom by a factor around a fixed point, (left, top) in CSS pixels.
    zoomAt(factor, left = this.frame.clientWidth / 2, top = this.frame.clientHeight / 2) {
      cancelAnimationFrame(this.gliding);
      const before = this.view();
      const x = before.x(left * this.ratio);
      const y = before.y(top * this.ratio);
      this.zoom = Math.min(MAX_ZOOM, Math.max(1, this.zoom * factor));
      const scale = this.fit * this.zoom;
      this.centre.x = x - (left * this.ratio - this.width / 2) / scale;
      this.centre.y = y + (top * this.ratio - this.height / 2) / scale;
      if (this.zoom === 1) this.centre = { ...this.home };
      this.keepInside();
      this.redraw();
    }

    // Move to a position with an animation, or at once if the reader prefers reduced motion.
    glideTo(x, y, zoom) {
      cancelAnimationFrame(this.gliding);
      const from = { ...this.centre, zoom: this.zoom };
      const began = performance.now();
      const step = (now) => {
        const part = this.still.matches ? 1 : Math.min(1, Math.max(0, (now - began) / GLIDE_MILLISECONDS));
        const eased = part * part * (3 - 2 * part);
        this.centre = { x: from.x + (x - from.x) * eased, y: from.y + (y - from.y) * eased };
        this.zoom = from.zoom * (zoom / from.zoom) ** eased;
        this.keepInside();
        this.draw();
        if (part < 1) this.gliding = requestAnimationFrame(step);
      };
      this.gliding = requestAnimationFrame(step);
    }

    showAll() { this.glideTo(this.home.x, this.home.y, 1); }

    // Highlight the papers of a topic and dim the rest; -1 for no topic.
    select(index) {
      this.selected = index;
      if (index < 0) this.matches = null;
      else {
        const { topic, topics, count } = this.papers;
        this.matches = new Uint8Array(count);
        for (let i = 0; i < count; i++) this.matches[i] = topic[i] === index || topics[topic[i]].parent === index ? 1 : 0;
      }
      this.redraw();
    }

    highlight(matches) {
      this.selected = -1;
      this.matches = matches;
      this.redraw();
    }

    // Keep a mark on the paper chosen; -1 for none.
    pin(paper) {
      this.pinned = paper;
      this.redraw();
    }

    mark(paper) {
      if (paper === this.marked) return;
      this.marked = paper;
      this.redraw();
    }

    // Return the paper at a position in CSS pixels, or -1.
    paperAt(left, top, reachPixels) {
      const view = this.view();
      return this.dots.nearest(view.x(left * this.ratio), view.y(top * this.ratio), (reachPixels * this.ratio) / view.scale);
    }
  };
})();
