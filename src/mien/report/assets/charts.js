"use strict";
// Draws the charts whose data stands in the page, with uPlot; asks nothing of anybody.
(() => {
  const charts = JSON.parse(document.getElementById("chart-data").textContent);
  const root = document.documentElement;
  const COLOURS = 6;
  const DASHES = [[], [8, 4], [2, 3], [10, 4, 2, 4], [5, 2], [1, 4]];
  const border = (dash = []) => (dash.length === 0 ? "solid" : dash[0] > 2 ? "dashed" : "dotted");
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const written = (value) => (value === null || value === undefined ? "–" : String(+value.toPrecision(4)));

  // The points that can stand on these axes, x rising strictly.
  function points(line, chart) {
    const width = Math.abs(line.x[line.x.length - 1] - line.x[0]) || 1;
    const floor = Math.min(...line.y.concat(line.low).filter((value) => value > 0));
    const kept = { x: [], y: [], low: [], high: [] };
    line.x.forEach((given, at) => {
      if ((chart.x_log && given <= 0) || (chart.y_log && line.y[at] <= 0)) return;
      const last = kept.x.length ? kept.x[kept.x.length - 1] : -Infinity;
      kept.x.push(given > last ? given : last + Math.max(Math.abs(last), width * 1e-3) * 1e-9);
      kept.y.push(line.y[at]);
      if (line.low.length) {
        kept.low.push(chart.y_log ? Math.max(line.low[at], floor) : line.low[at]);
        kept.high.push(line.high[at]);
      }
    });
    return kept;
  }

  // Values at other places of x: on the straight line between neighbours, as it is drawn.
  function resampled(x, values, places, chart) {
    const across = chart.x_log ? Math.log : (value) => value;
    const up = chart.y_log ? Math.log : (value) => value;
    const back = chart.y_log ? Math.exp : (value) => value;
    let after = 0;
    return places.map((place) => {
      if (!x.length || place < x[0] || place > x[x.length - 1]) return null;
      while (x[after] < place) after += 1;
      if (x[after] === place) return values[after];
      const share = (across(place) - across(x[after - 1])) / (across(x[after]) - across(x[after - 1]));
      return back(up(values[after - 1]) + share * (up(values[after]) - up(values[after - 1])));
    });
  }

  function contents(chart) {
    const lines = chart.lines.map((line) => points(line, chart));
    const places = [...new Set(lines.flatMap((line) => line.x))].sort((a, b) => a - b);
    const data = [places];
    const series = [{ label: chart.x_label, value: (_, value) => written(value) }];
    const bands = [];
    const banded = {};
    chart.lines.forEach((line, index) => {
      const stroke = colour(`--line-${(index % COLOURS) + 1}`);
      const kept = lines[index];
      const main = data.length;
      data.push(resampled(kept.x, kept.y, places, chart));
      const band = kept.low.length ? [main + 1, main + 2] : [];
      series.push({
        label: line.name, stroke, width: 2, dash: DASHES[index % DASHES.length],
        points: { show: kept.x.length < 30, size: 5, fill: stroke },
        value: (plot, value, _, at) =>
          band.length && at !== null && value !== null
            ? `${written(value)} (${written(plot.data[band[0]][at])} to ${written(plot.data[band[1]][at])})`
            : written(value),
      });
      if (!band.length) return;
      for (const edge of [kept.low, kept.high]) {
        data.push(resampled(kept.x, edge, places, chart));
        series.push({ label: "", class: "band", stroke: "transparent", width: 0,
          points: { show: false } });
      }
      bands.push({ series: [band[1], band[0]], fill: `${stroke}2e` });
      banded[main] = band;
    });
    if (chart.diagonal) {
      data.push(places);
      series.push({ label: "y = x", class: "diagonal", stroke: colour("--soft"), width: 1, dash: [4, 4], auto: false,
        points: { show: false }, value: () => "" });
    }
    return { data, series, bands, banded };
  }

  function range(low, high) {
    if (low === null) return [0, 1];
    const room = (high - low || Math.abs(high) || 1) * 0.06;
    const share = low >= 0 && high <= 1;
    return [share ? Math.max(0, low - room) : low - room, share ? Math.min(1, high + room) : high + room];
  }

  function axis(label, size) {
    return {
      label, size, labelSize: 26, labelGap: 2, gap: 4, stroke: colour("--soft"),
      font: "12px system-ui, sans-serif", labelFont: "13px system-ui, sans-serif",
      grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--line"), width: 1, size: 5 },
      values: (_, splits) => splits.map((value) => (value === null ? "" : written(value))),
    };
  }

  function draw(place, chart) {
    const { data, series, bands, banded } = contents(chart);
    const width = Math.max(240, Math.floor(place.clientWidth));
    return new uPlot({
      width, height: Math.round(Math.min(400, Math.max(250, width * 0.68))), series, bands,
      scales: {
        x: chart.x_log ? { time: false, distr: 3 } : { time: false },
        y: chart.y_log ? { distr: 3 } : { range: (_, low, high) => range(low, high) },
      },
      axes: [axis(chart.x_label, 34), axis(chart.y_label, 54)],
      legend: { markers: { width: 3, fill: "transparent", stroke: (_, index) => series[index].stroke,
        dash: (_, index) => border(series[index].dash) } },
      cursor: { points: { size: 7 }, y: false },
      hooks: {
        setSeries: [(plot, index, change) => {
          if (change.show === undefined) return;
          (banded[index] || []).forEach((edge) => plot.setSeries(edge, { show: change.show }));
        }],
      },
    }, data, place);
  }

  const places = [...document.querySelectorAll(".plot")];
  let drawn = [];
  let widths = "";
  function redraw() {
    drawn.forEach((plot) => plot.destroy());
    drawn = places.map((place) => draw(place, charts[Number(place.dataset.chart)]));
    widths = places.map((place) => place.clientWidth).join();
  }
  function onPaper(paper) {
    root.classList.toggle("on-paper", paper);
    redraw();
  }

  redraw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("beforeprint", () => onPaper(true));
  addEventListener("afterprint", () => onPaper(false));
  new ResizeObserver(() => {
    if (!matchMedia("print").matches && places.map((place) => place.clientWidth).join() !== widths) redraw();
  }).observe(document.querySelector(".charts"));
  root.dataset.ready = "yes";
})();
