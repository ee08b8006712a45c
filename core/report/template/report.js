"use strict";
const PRINT_WIDTH = 980; // drawn as on a screen; the style sheet makes it fit A4
const darkMode = matchMedia("(prefers-color-scheme: dark)");
const charts = new Map();
for (const told of document.querySelectorAll("script[data-chart]")) {
  charts.set(told.dataset.chart, JSON.parse(told.textContent));
}

function figureOf(told, isDark) {
  const figure = structuredClone(told.figure);
  for (const [path, value] of isDark ? told.dark : []) {
    const inner = path.slice(0, -1).reduce((at, key) => at[key], figure);
    inner[path.at(-1)] = value;
  }
  return figure;
}

function drawAll(isDark, width) {
  for (const [id, told] of charts) {
    const { data, layout } = figureOf(told, isDark);
    const image = { format: "svg", filename: `lossoscope-${told.name}` };
    Plotly.react(id, data, { ...layout, width, autosize: width === undefined },
      { ...CONFIG, toImageButtonOptions: image });
  }
}

function cellsOf(row, at) {
  return row.cells[at].textContent;
}

function sortBy(head) {
  const table = head.closest("table");
  const rising = head.getAttribute("aria-sort") !== "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", rising ? "ascending" : "descending");
  const at = head.cellIndex;
  const order = new Intl.Collator("en", { numeric: true });
  const rows = [...table.tBodies[0].rows].sort((one, other) => {
    const [a, b] = [cellsOf(one, at), cellsOf(other, at)];
    const isNumeric = a !== "" && b !== "" && !isNaN(a) && !isNaN(b);
    const ascending = isNumeric ? a - b : order.compare(a, b);
    return rising ? ascending : -ascending;
  });
  table.tBodies[0].append(...rows);
}

document.addEventListener("click", event => {
  const button = event.target.closest("button");
  if (button?.dataset.save) {
    const chart = document.getElementById(button.dataset.of);
    const { width, height } = chart.getBoundingClientRect();
    const filename = `lossoscope-${charts.get(chart.id).name}`;
    Plotly.downloadImage(chart, { format: button.dataset.save, width, height, filename, scale: 2 });
  } else if (button?.closest("th")) {
    sortBy(button.closest("th"));
  }
});
if (charts.size) {
  drawAll(darkMode.matches);
  darkMode.addEventListener("change", () => drawAll(darkMode.matches));
  addEventListener("beforeprint", () => drawAll(false, PRINT_WIDTH));
  addEventListener("afterprint", () => drawAll(darkMode.matches));
}
