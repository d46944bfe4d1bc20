// Draws charts from specs that were made when the site was built, with the page's colours and numbers in them.
(() => {
  "use strict";
  const SPECS = "@specs";
  const OPTIONS = {
    ast: true,
    actions: false,
    defaultStyle: false,
    renderer: "svg",
    mode: "vega-lite",
    logLevel: 1,
    tooltip: { disableDefaultStyle: true, formatTooltip: tip },
  };
  // Where the name of a target may stand, at the ends of its rule.
  const PLACES = [
    { align: "right", baseline: "bottom", dy: -5, end: "width" },
    { align: "right", baseline: "top", dy: 5, end: "width" },
    { align: "left", baseline: "bottom", dy: -5, end: 0 },
    { align: "left", baseline: "top", dy: 5, end: 0 },
  ];
  const drawn = new WeakMap();

  window.prooflineCharts = async (place, card, buckets, locale, words) => {
    // By name, so that another theme and paper need no other drawing.
    const spec = specOf(card, buckets, words, (name) => `var(--${name})`, place.clientWidth, place.clientHeight);
    const canvas = document.createElement("div");
    canvas.className = "vega-embed";
    // The place says in words what the picture shows; its lines and dots are not read out.
    canvas.setAttribute("aria-hidden", "true");
    if (drawn.has(place)) drawn.get(place).finalize();
    place.replaceChildren(canvas);
    const view = await window.vegaEmbed(canvas, spec, optionsOf(card, buckets, locale));
    drawn.set(place, view);
  };

  // The chart as a picture that can stand alone: its name and number above, whose it is and of when below.
  window.prooflinePicture = async (card, buckets, locale, said) => {
    const [width, height, edge, scale] = [960, 540, 40, 2];
    const [chartWidth, chartHeight] = [width - 2 * edge, height - 232];
    // A canvas knows no names of colours: it is drawn in those of the theme that is seen.
    const styles = getComputedStyle(document.documentElement);
    const colour = (name) => styles.getPropertyValue(`--${name}`).trim();
    const spec = specOf(card, buckets, said.legend, colour, chartWidth, chartHeight);
    Object.assign(spec, { width: chartWidth, height: chartHeight });
    await document.fonts.ready;
    const options = { ...optionsOf(card, buckets, locale), renderer: "canvas", tooltip: false };
    const made = await window.vegaEmbed(document.createElement("div"), spec, options);
    const chart = await made.view.toCanvas(scale);
    made.finalize();
    const picture = Object.assign(document.createElement("canvas"), { width: width * scale, height: height * scale });
    const pen = picture.getContext("2d");
    pen.scale(scale, scale);
    pen.fillStyle = colour("surface");
    pen.fillRect(0, 0, width, height);
    const write = (text, x, y, size, ink, weight = 400, align = "left") => {
      pen.font = `${weight} ${size}px Inter, system-ui, sans-serif`;
      [pen.fillStyle, pen.textAlign] = [colour(ink), align];
      pen.fillText(text, x, y, chartWidth);
      return x + Math.min(chartWidth, pen.measureText(text).width);
    };
    write(said.title, edge, 56, 16, "ink2");
    const after = write(said.value, edge, 104, 40, "ink", 600);
    write(said.unit, after + 8, 104, 16, "ink2");
    write(said.change, edge, 132, 14, "ink2");
    write(said.span, width - edge, 56, 14, "ink2", 400, "right");
    said.legend.reduceRight((x, text, place) => {
      write(text, x, 132, 14, "ink2", 400, "right");
      const start = x - pen.measureText(text).width - 22;
      pen.fillStyle = colour(place ? "faint" : "accent");
      pen.fillRect(start, 126, 14, 2);
      return start - 16;
    }, width - edge);
    pen.drawImage(chart, edge, 152, chart.width / scale, chart.height / scale);
    write(`${said.portal} · ${said.as_of}`, edge, height - 32, 12, "ink3");
    return new Promise((done, failed) => {
      picture.toBlob((blob) => (blob ? done(blob) : failed(new Error("nothing was drawn"))), "image/png");
    });
  };

  function specOf(card, buckets, words, colour, width, height) {
    const names = ["accent", "faint", "shade", "hair", "ink2", "surface"];
    const tokens = Object.fromEntries(names.map((name) => [name, colour(name)]));
    Object.assign(tokens, { this: words[0] || "Value", before: words[1] || "", unit: "" });
    const data = card.kind === "histogram" ? histogram(card, tokens) : series(card, buckets, tokens);
    if (card.target) Object.assign(tokens, free(card, width, height));
    const spec = filled(SPECS[card.kind], tokens);
    spec.datasets = data;
    return spec;
  }

  function optionsOf(card, buckets, locale) {
    return {
      ...OPTIONS,
      formatLocale: locale.number,
      timeFormatLocale: locale.time,
      patch: (made) => withMarks(made, buckets && marks(card, buckets).map(([at]) => at)),
    };
  }

  // Where the axis of time has marks, and their words; a bar is named below its middle.
  function marks(card, buckets) {
    const { edges, ticks } = buckets;
    const last = card.kind === "bar" ? edges[edges.length - 1] : edges[edges.length - 2];
    const middle = (at) => {
      const i = card.kind === "bar" ? edges.indexOf(at) : -1;
      return i < 0 || i + 1 >= edges.length ? at : (at + edges[i + 1]) / 2;
    };
    return ticks.map(([at, label]) => [middle(at), label]).filter(([at]) => at <= last);
  }

  function series(card, buckets, tokens) {
    const { edges } = buckets;
    [tokens.x0, tokens.x1] = [edges[0], card.kind === "bar" ? edges[edges.length - 1] : edges[edges.length - 2]];
    tokens.xlabels = Object.fromEntries(marks(card, buckets));
    upright(card, tokens);
    Object.assign(tokens, PLACES[0]);
    const last = card.value.length - 1;
    const points = card.value.map((value, i) => {
      const [start, end] = [edges[i], edges[i + 1]];
      const isOpen = card.partial && i === last;
      const isAlone = value !== null && card.value[i - 1] == null && card.value[i + 1] == null;
      const width = end - start;
      return {
        t: start,
        e: end,
        ca: Math.max(start - width / 2, tokens.x0),
        cb: Math.min(start + width / 2, tokens.x1),
        ba: start + width * (card.previous ? 0.3 : 0.14),
        bb: end - width * 0.14,
        pa: start + width * 0.1,
        pb: end - width * 0.34,
        v: value,
        p: card.previous ? card.previous[i] : null,
        a: isOpen ? null : value,
        d: isOpen ? null : value,
        r: card.partial && i >= last - 1 ? value : null,
        w: isOpen ? value : null,
        o: isAlone ? value : null,
        label: buckets.label[i] + (isOpen ? " (not over yet)" : ""),
        text: card.text[i],
        before: card.before ? card.before[i] : "",
      };
    });
    const target = card.target ? [{ v: card.target[0], label: card.target[1] }] : [];
    const weekends = buckets.weekends
      .map(([a, b]) => ({ a: Math.max(a, tokens.x0), b: Math.min(b, tokens.x1) }))
      .filter(({ a, b }) => a < b);
    return { points, target, weekends };
  }

  function upright(card, tokens) {
    [tokens.y0, tokens.y1] = card.domain;
    [tokens.yticks, tokens.ylabels] = [card.ticks.map(([at]) => at), Object.fromEntries(card.ticks)];
  }

  function withMarks(made, xticks) {
    const axes = made.axes || [];
    if (!xticks) return made;
    return { ...made, axes: axes.map((axis) => (axis.scale === "x" ? { ...axis, values: xticks } : axis)) };
  }

  // The first place where no line runs through the name, else the one with the fewest.
  function free(card, width, height) {
    const [low, high] = card.domain;
    const [at, label] = card.target;
    const tall = ((high - low) * 22) / Math.max(60, height - 30);
    const part = Math.min(1, (label.length * 7 + 12) / Math.max(60, width - 60));
    const count = card.value.length;
    const reach = Math.max(1, Math.ceil(part * count));
    const crossed = ({ baseline, end }) => {
      const [from, to] = baseline === "bottom" ? [at, at + tall] : [at - tall, at];
      if (from < low || to > high) return count * 2;
      const start = end === 0 ? 0 : Math.max(0, count - reach - 1);
      return [card.value, card.previous || []].reduce((sum, line) => {
        const seen = line.slice(start, start + reach + 1);
        const hits = seen.filter((v, i) => {
          const next = card.kind === "bar" || seen[i + 1] == null ? v : seen[i + 1];
          if (v == null) return false;
          const least = card.kind === "bar" ? 0 : Math.min(v, next);
          return Math.max(v, next) >= from && least <= to;
        });
        return sum + hits.length;
      }, 0);
    };
    return PLACES.reduce((best, place) => (crossed(place) < crossed(best) ? place : best));
  }

  function histogram(card, tokens) {
    const { lower, upper } = card;
    // One value alone has no width of its own: it is a bar in the middle of a tenth around it.
    const isAlone = lower.length === 1;
    const width = isAlone ? Math.abs(lower[0]) / 100 || 0.1 : upper[0] - lower[0];
    const [first, end] = isAlone
      ? [lower[0] - width * 10, lower[0] + width * 10]
      : [lower[0], lower[lower.length - 1] + width];
    [tokens.x0, tokens.x1, tokens.unit] = [first, end, card.unit || ""];
    tokens.xlabels = {};
    upright(card, tokens);
    const gap = width * (isAlone ? -0.5 : 0.06);
    const points = card.value.map((count, i) => ({
      a: lower[i] + gap,
      b: (isAlone ? lower[i] : (upper[i] ?? end)) - gap,
      v: count,
      label: card.label[i],
      text: card.text[i],
    }));
    return { points };
  }

  function filled(value, tokens) {
    if (typeof value === "string" && value[0] === "@") return tokens[value.slice(1)];
    if (Array.isArray(value)) return value.map((item) => filled(item, tokens));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, tokens)]));
  }

  // The library writes the tooltip as HTML; every text in it is escaped here.
  function tip(value, sanitize) {
    const rows = Object.entries(value).filter(([key, text]) => key.trim() !== "" && text !== "" && text !== undefined);
    const title = value[" "] === undefined ? "" : `<strong>${sanitize(value[" "])}</strong>`;
    const cells = rows.map(([k, v]) => `<tr><td>${sanitize(k)}</td><td>${sanitize(v)}</td></tr>`);
    return `${title}<table>${cells.join("")}</table>`;
  }
})();
