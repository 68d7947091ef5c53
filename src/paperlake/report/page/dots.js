// Draw all papers as dots, and find the paper under the pointer, by a grid over the map.
// Pixels are written directly: 100,000 dots take less than a frame, the arcs of the canvas five times as long.
"use strict";
(() => {
  const CELLS = 128; // per side of the grid: at 100,000 papers about 6 per cell
  const SHADES = 256;
  const MAX_SHADE = 0.45; // of the colour of the shading, in the cell with most papers

  paperlake.Dots = class {
    constructor(papers) {
      this.papers = papers;
      const { x, y, count, bounds } = papers;
      this.left = bounds.x[0];
      this.bottom = bounds.y[0];
      this.cellWidth = (bounds.x[1] - bounds.x[0]) / CELLS || 1;
      this.cellHeight = (bounds.y[1] - bounds.y[0]) / CELLS || 1;
      this.starts = new Uint32Array(CELLS * CELLS + 1);
      const cells = new Uint32Array(count);
      for (let i = 0; i < count; i++) {
        cells[i] = this.row(y[i]) * CELLS + this.column(x[i]);
        this.starts[cells[i] + 1]++;
      }
      for (let c = 0; c < CELLS * CELLS; c++) this.starts[c + 1] += this.starts[c];
      const next = this.starts.slice();
      this.items = new Uint32Array(count);
      for (let i = 0; i < count; i++) this.items[next[cells[i]]++] = i;
    }

    column(x) { return Math.min(CELLS - 1, Math.max(0, Math.floor((x - this.left) / this.cellWidth))); }
    row(y) { return Math.min(CELLS - 1, Math.max(0, Math.floor((y - this.bottom) / this.cellHeight))); }

    // Return the nearest paper within `reach` (in units of the map), or -1.
    nearest(x, y, reach) {
      let best = -1;
      let least = reach * reach;
      const right = this.column(x + reach);
      const top = this.row(y + reach);
      for (let row = this.row(y - reach); row <= top; row++) {
        for (let column = this.column(x - reach); column <= right; column++) {
          const cell = row * CELLS + column;
          for (let k = this.starts[cell]; k < this.starts[cell + 1]; k++) {
            const i = this.items[k];
            const dx = this.papers.x[i] - x;
            const dy = this.papers.y[i] - y;
            const distance = dx * dx + dy * dy;
            if (distance < least) { least = distance; best = i; }
          }
        }
      }
      return best;
    }

    // Return how many dots a box of canvas pixels touches, or any number of at least `enough`.
    countIn(view, [left, top, right, bottom], radius, enough) {
      const [low, high] = [view.x(left - radius), view.x(right + radius)];
      const [lowest, highest] = [view.y(bottom + radius), view.y(top - radius)];
      const [first, last] = [this.column(low), this.column(high)];
      const [from, to] = [this.row(lowest), this.row(highest)];
      const { x, y } = this.papers;
      let count = 0;
      const exact = (cell) => {
        for (let k = this.starts[cell]; k < this.starts[cell + 1]; k++) {
          const i = this.items[k];
          if (x[i] >= low && x[i] <= high && y[i] >= lowest && y[i] <= highest) count++;
        }
      };
      for (let row = from; row <= to && count < enough; row++) {
        const start = row * CELLS;
        if (row === from || row === to) for (let column = first; column <= last; column++) exact(start + column);
        else { // the cells between the edges are inside, one after another
          exact(start + first);
          if (last > first) exact(start + last);
          if (last > first + 1) count += this.starts[start + last] - this.starts[start + first + 1];
        }
      }
      return count;
    }

    // Draw the view into `pixels` (Uint32, width × height): matching papers over dimmed ones.
    draw(pixels, width, height, view, look) {
      pixels.fill(look.page);
      if (this.papers.density) this.shade(pixels, width, height, view, look);
      const mask = discOf(look.radius);
      if (look.matches) this.pass(pixels, width, height, view, mask, look, 0);
      this.pass(pixels, width, height, view, mask, look, 1);
    }

    // Shade the cells of a grid by how many of all papers are in them.
    shade(pixels, width, height, view, look) {
      const { columns, rows, shades } = this.papers.density;
      const { x, y } = this.papers.bounds;
      const colours = new Uint32Array(SHADES);
      for (let k = 0; k < SHADES; k++) colours[k] = mixed(look.page, look.shade, Math.round(k * MAX_SHADE));
      const cellOf = new Int16Array(width);
      for (let column = 0; column < width; column++) cellOf[column] = Math.floor((view.x(column) - x[0]) / (x[1] - x[0]) * columns);
      for (let row = 0; row < height; row++) {
        const line = Math.floor((view.y(row) - y[0]) / (y[1] - y[0]) * rows);
        if (line < 0 || line >= rows) continue;
        for (let column = 0, at = row * width; column < width; column++, at++) {
          const cell = cellOf[column];
          if (cell < 0 || cell >= columns) continue;
          const shade = shades[line * columns + cell];
          if (shade) pixels[at] = colours[shade];
        }
      }
    }

    pass(pixels, width, height, view, mask, look, wanted) {
      const { x, y, topic, outlier } = this.papers;
      const edge = mask.size;
      const reach = edge / view.scale;
      const firstColumn = this.column(view.x(-edge));
      const lastColumn = this.column(view.x(width + edge));
      const lastRow = this.row(view.y(-edge) + reach);
      for (let row = this.row(view.y(height + edge) - reach); row <= lastRow; row++) {
        const from = this.starts[row * CELLS + firstColumn];
        const to = this.starts[row * CELLS + lastColumn + 1];
        for (let k = from; k < to; k++) {
          const i = this.items[k];
          if (look.matches && look.matches[i] !== wanted) continue;
          const left = Math.round(view.column(x[i]) - edge / 2);
          const top = Math.round(view.row(y[i]) - edge / 2);
          if (left < 0 || top < 0 || left + edge > width || top + edge > height) continue;
          const strength = outlier[i] ? look.faint : look.strong;
          blend(pixels, width, left, top, mask, wanted ? look.colours[topic[i]] : look.dim, strength);
        }
      }
    }
  };

  const discs = new Map();

  // Return a disc of a radius in pixels: the coverage, 0 to 256, of each of size × size pixels.
  function discOf(radius) {
    const known = discs.get(radius);
    if (known) return known;
    const size = Math.max(1, Math.ceil(2 * radius));
    const cover = new Uint16Array(size * size);
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const distance = Math.hypot(column + 0.5 - size / 2, row + 0.5 - size / 2);
        cover[row * size + column] = Math.round(SHADES * Math.min(1, Math.max(0, radius + 0.5 - distance)));
      }
    }
    const disc = { size, cover };
    discs.set(radius, disc);
    return disc;
  }

  // Return the mixture of two pixels, `opacity` of 256 parts of the second one.
  function mixed(under, over, opacity) {
    const clear = SHADES - opacity;
    return (0xff000000
      | (((Math.imul(under & 0xff00ff, clear) + Math.imul(over & 0xff00ff, opacity)) >>> 8) & 0xff00ff)
      | (((Math.imul(under & 0x00ff00, clear) + Math.imul(over & 0x00ff00, opacity)) >>> 8) & 0x00ff00)) >>> 0;
  }

  function blend(pixels, width, left, top, mask, colour, strength) {
    const { size, cover } = mask;
    const redBlue = colour & 0xff00ff;
    const green = colour & 0x00ff00;
    for (let row = 0, k = 0; row < size; row++) {
      for (let at = (top + row) * width + left, end = at + size; at < end; at++, k++) {
        const opacity = (cover[k] * strength) >> 8;
        if (opacity === 0) continue;
        const clear = SHADES - opacity;
        const under = pixels[at];
        pixels[at] = 0xff000000
          | (((Math.imul(under & 0xff00ff, clear) + Math.imul(redBlue, opacity)) >>> 8) & 0xff00ff)
          | (((Math.imul(under & 0x00ff00, clear) + Math.imul(green, opacity)) >>> 8) & 0x00ff00);
      }
    }
  }
})();
