// Streamlit makes a chart anew whenever its figure changes. What a reader did to the one before
// (zoom, camera, lines that are hidden) goes over to it, as long as their uirevision is the same.
window.keptViews ??= (() => {
  const kept = new Map(); // by the key of the chart
  const watched = new WeakSet();

  const keyOf = chart =>
    chart.closest('[class*="st-key-chart-"]')?.className.match(/st-key-chart-[^ ]+/)?.[0];

  const isHome = axis => axis.autorange || // a range that the figure asks for is nobody's zoom
    (axis.range[0] === axis._rangeInitial0 && axis.range[1] === axis._rangeInitial1);

  const zoom = chart => Object.entries(chart._fullLayout)
    .filter(([name, axis]) => /^[xy]axis\d*$/.test(name) && !isHome(axis))
    .map(([name, axis]) => [`${name}.range`, [...axis.range]]);

  const cameras = change => Object.entries(change).filter(([name]) => /^scene\d*\.camera$/.test(name));

  function restore(chart, key) {
    if (!chart._fullLayout) return; // taken away before its frame came
    const before = kept.get(key);
    const revision = chart._fullLayout.uirevision;
    const view = before?.revision === revision ? before : { revision, cameras: {}, layout: {}, seen: {} };
    const given = chart._fullData.map(trace => trace.visible);
    kept.set(key, view);
    chart.on('plotly_relayout', change => {
      Object.assign(view.cameras, Object.fromEntries(cameras(change)));
      view.layout = { ...Object.fromEntries(zoom(chart)), ...view.cameras };
    });
    chart.on('plotly_restyle', () => chart._fullData.forEach((trace, i) => {
      if (trace.visible === given[i]) delete view.seen[trace.name];
      else view.seen[trace.name] = trace.visible;
    }));
    const changed = chart._fullData.filter(trace => trace.name in view.seen);
    const visible = changed.map(trace => view.seen[trace.name]);
    if (changed.length) Plotly.restyle(chart, { visible }, changed.map(trace => trace.index));
    if (Object.keys(view.layout).length) Plotly.relayout(chart, { ...view.layout });
  }

  function look() {
    for (const chart of document.querySelectorAll('.stPlotlyChart .js-plotly-plot')) {
      if (watched.has(chart) || !chart._fullLayout?.uirevision) continue;
      watched.add(chart);
      const key = keyOf(chart);
      if (key) requestAnimationFrame(() => restore(chart, key)); // still before it is painted
    }
  }

  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  look();
  return kept;
})();
