// What a page does once it stands: change the range, fetch the charts, sort a table. It calculates no number;
// every text and every value was made when the page was built.
(() => {
  "use strict";
  const STALE_AFTER = 36 * 3600 * 1000;
  const shown = document.getElementById("shown");
  const island = document.getElementById("numbers");
  const chooser = document.querySelector(".ranges");
  const stale = document.querySelector("[data-as-of]");
  if (stale && Date.now() - Date.parse(stale.dataset.asOf) > STALE_AFTER) stale.hidden = false;
  for (const table of document.querySelectorAll("table[data-sortable]")) sortable(table);
  addEventListener("pagehide", leave);
  if (!shown || !island || !chooser) return;

  const numbers = JSON.parse(island.textContent);
  const kept = new Map();
  const near = new IntersectionObserver(drawSoon, { rootMargin: "64px" });
  let fetched = null;
  let charts = null;
  let drawing = Promise.resolve();
  // Who may take nothing along has no link to.
  const mayExport = document.querySelector("footer a[download]") !== null;
  if (chooser.tagName === "FIELDSET") chooser.hidden = false;
  chooser.addEventListener("change", (event) => choose(event.target.value));
  const wished = new URLSearchParams(location.hash.slice(1)).get("range");
  const input = wished && chooser.querySelector(`input[value="${CSS.escape(wished)}"]`);
  if (input) {
    input.checked = true;
    choose(wished);
  }
  prepare(shown);

  // After the first paint: numbers are there, pictures follow.
  const whenQuiet = (run) =>
    window.requestIdleCallback ? requestIdleCallback(run, { timeout: 500 }) : setTimeout(run, 60);
  if (document.querySelector("[data-chart]")) requestAnimationFrame(() => whenQuiet(fetchCharts));

  // How long a visit lasts ends with word that the page is left; turning to the portal's next page takes it back.
  function leave() {
    const home = location.pathname.match(/^\/(?:p|embed)\/[^/]+/);
    if (home) navigator.sendBeacon(`${home[0]}/leave`);
  }

  function choose(range) {
    const from = shown.dataset.range;
    const template = document.querySelector(`template[data-range="${CSS.escape(range)}"]`);
    if (range === from || (!template && !kept.has(range))) return;
    document.getElementById("vg-tooltip-element")?.classList.remove("visible");
    kept.set(from, [...shown.childNodes]);
    shown.replaceChildren(...(kept.get(range) || [document.importNode(template.content, true)]));
    shown.dataset.range = range;
    const chosen = chooser.querySelector(`input[value="${CSS.escape(range)}"]`);
    if (chosen) {
      document.querySelector("[data-span]").textContent = chosen.dataset.span;
      say(`${chosen.parentElement.textContent.trim()}: ${chosen.dataset.span}`);
    }
    history.replaceState(null, "", `#range=${range}`);
    prepare(shown);
    drawAll();
  }

  function prepare(place) {
    for (const table of place.querySelectorAll("table[data-sortable]")) sortable(table);
    for (const details of place.querySelectorAll("details.data")) {
      details.addEventListener("toggle", () => fill(details), { once: true });
    }
    for (const under of mayExport ? place.querySelectorAll("article:has([data-chart]) .under") : []) {
      if (under.querySelector(".save")) continue;
      const name = under.closest("article").querySelector("h3").textContent;
      const button = element("button", "Save as PNG", { type: "button", class: "save" });
      button.setAttribute("aria-label", `Save as PNG: ${name}`);
      button.addEventListener("click", () => save(button));
      under.append(button);
    }
  }

  // One short sentence for those who cannot see that the numbers have changed.
  function say(sentence) {
    document.querySelector("[data-said]").textContent = sentence;
  }

  async function save(button) {
    const article = button.closest("article");
    const plot = article.querySelector("[data-chart]");
    button.disabled = true;
    try {
      charts ||= loadCharts();
      await charts;
      const { card, buckets } = dataOf(article);
      const said = { ...wordsOf(article), legend: legendOf(plot) };
      const picture = await window.prooflinePicture(card, buckets, numbers.locale, said);
      const link = element("a", "", { download: fileName(said.title), href: URL.createObjectURL(picture) });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
      say(`Saved as a picture: ${said.title}`);
    } catch (fault) {
      say("The picture could not be saved");
      console.warn("a picture could not be saved", fault);
    } finally {
      button.disabled = false;
    }
  }

  // What stands around the chart, as the card and the page say it.
  function wordsOf(article) {
    const text = (place, selector) => place.querySelector(selector)?.textContent.trim() || "";
    return {
      title: text(article, "h3"),
      value: text(article, ".value data"),
      unit: text(article, ".value .unit"),
      change: text(article, ".change").replace(/\s+/g, " "),
      span: text(article, ".notes [data-own]") || text(document, "[data-span]"),
      portal: text(document, ".name h1"),
      as_of: text(document, ".as-of"),
    };
  }

  function legendOf(plot) {
    return [...plot.closest("article").querySelectorAll(".legend li")].map((item) => item.textContent);
  }

  function fileName(title) {
    const name = title.normalize("NFC").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "");
    return `${[...name].slice(0, 80).join("").toLowerCase() || "chart"}-${shown.dataset.range}.png`;
  }

  // A data table of a range that was not on the page at first: its texts are in the page's data.
  function fill(details) {
    const place = details.querySelector("[data-head]");
    if (!place) return;
    const { card, buckets } = dataOf(details.closest("[data-card]"));
    const labels = buckets ? buckets.label : card.label;
    const columns = card.before ? [labels, card.text, card.before] : [labels, card.text];
    const table = element("table");
    const head = element("tr");
    for (const text of JSON.parse(place.dataset.head)) head.append(element("th", text, { scope: "col" }));
    const body = element("tbody");
    for (let row = 0; row < labels.length; row += 1) {
      const line = element("tr");
      columns.forEach((column, i) => line.append(element(i ? "td" : "th", column[row], i ? {} : { scope: "row" })));
      body.append(line);
    }
    const thead = element("thead");
    thead.append(head);
    table.append(thead, body);
    const name = details.closest("[data-card]").querySelector("h3").textContent;
    const scroll = element("div", "", { class: "scroll narrow", tabindex: "0", role: "region", "aria-label": name });
    scroll.append(table);
    place.replaceWith(scroll);
  }

  function element(name, text = "", attributes = {}) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function dataOf(place) {
    const range = numbers.ranges[shown.dataset.range];
    const card = range.cards[place.dataset.card];
    return { card, buckets: card && card.buckets ? range.buckets[card.buckets] : null };
  }

  // Fetched as soon as it is quiet, but run only when a chart comes near the screen: running holds up a phone.
  function fetchCharts() {
    const { bundle, charts: own } = chooser.dataset;
    fetched = Promise.allSettled([bundle, own].map((address) => fetch(address).then((answer) => answer.blob())));
    drawAll();
  }

  async function loadCharts() {
    await fetched;
    await load(chooser.dataset.bundle);
    await load(chooser.dataset.charts);
    return window.prooflineCharts;
  }

  function load(address) {
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      Object.assign(script, { src: address, onload: done, onerror: failed });
      document.head.append(script);
    });
  }

  // What comes near the screen is drawn, one chart at a time, so that the page answers in between.
  function drawAll() {
    if (!fetched) return;
    near.disconnect();
    for (const plot of shown.querySelectorAll("[data-chart]")) near.observe(plot);
  }

  function drawSoon(seen) {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      drawing = drawing.then(() => new Promise(whenQuiet)).then(() => drawOne(target));
    }
  }

  async function drawOne(plot) {
    try {
      charts ||= loadCharts();
      const draw = await charts;
      if (!shown.contains(plot)) return;
      const { card, buckets } = dataOf(plot.closest("[data-card]"));
      if (card) await draw(plot, card, buckets, numbers.locale, legendOf(plot));
    } catch (fault) {
      console.warn("a chart could not be drawn", fault);
    }
  }

  function sortable(table) {
    if (table.querySelector("thead button")) return;
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const order = new Map(rows.map((row, place) => [row, place]));
    [...table.tHead.rows[0].cells].forEach((cell, column) => {
      const button = element("button", cell.textContent, { type: "button" });
      cell.replaceChildren(button);
      button.addEventListener("click", () => {
        const descending = cell.getAttribute("aria-sort") !== "descending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
        const key = (row) => {
          const text = row.cells[column].dataset.key;
          return text === undefined ? order.get(row) : text === "" ? null : Number(text);
        };
        const sorted = rows.slice().sort((a, b) => {
          const [x, y] = [key(a), key(b)];
          if (x === null || y === null) return (x === null) - (y === null);
          return descending ? y - x : x - y;
        });
        body.replaceChildren(...sorted);
      });
    });
  }
})();
