// Lines over the years from data in the page, drawn as SVG by ECharts. Load echarts.common.min.js first, both
// with "defer". Without script the table beside each chart says the same.
//
//   <div class="chart" data-chart="{…}" role="img" aria-label="…"></div>
//
// The attribute holds JSON:
//   categories [text], series [{name, values [number or null], labels [text], aside (bool)}],
//   thresholds [{value, label}], unit, min, max, ticks [{value, label}] (words, not numbers);
//   series that stand aside are grey points without a line, named only when pointed at.
// Every number that a reader sees as text comes ready-made in "label"; nothing is rounded here.
"use strict";

(() => {
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = new Intl.NumberFormat("vi-VN", { maximumFractionDigits: 2 });
  const SYMBOLS = ["circle", "rect", "triangle", "diamond"];

  const colours = () => [css("--active-fill"), "#7a4bb5", "#0e7c86", "#a3480f"];

  const text = () => ({ color: css("--ink"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 });

  const safe = (value) => {
    const box = document.createElement("span");
    box.textContent = value;
    return box.innerHTML;
  };

  const tooltip = (trigger, formatter) => ({
    trigger, formatter, confine: true, textStyle: text(),
    backgroundColor: css("--paper"), borderColor: css("--line"), transitionDuration: 0,
    axisPointer: { type: "line", lineStyle: { color: css("--locked-fill") }, animation: false },
  });

  const threshold = (mark) => ({
    yAxis: mark.value,
    name: mark.label,
    label: { formatter: mark.label, position: "end", color: css("--ink-soft"), fontSize: 11 },
  });

  const thresholds = (marks) => ({
    silent: true, animation: false, symbol: "none",
    lineStyle: { color: css("--warn-ink"), type: "dashed", width: 1.25 },
    data: (marks || []).map(threshold),
  });

  // Room for what is shown, never cutting off a line, and not all the way down to 0 when every
  // rate is near 100.
  const bounds = (data) => {
    const shown = [
      ...data.series.flatMap((each) => each.values.filter((value) => value !== null)),
      ...(data.thresholds || []).map((mark) => mark.value),
    ];
    const lowest = Math.min(...shown), highest = Math.max(...shown);
    const step = [1, 2, 5, 10, 20, 25].find((each) => (highest - lowest) / each <= 4) || 25;
    const top = Math.ceil(highest / step) * step;
    return {
      min: data.min ?? Math.max(0, Math.floor((lowest - step / 4) / step) * step),
      max: data.max ?? (highest <= 100 ? Math.min(100, top) : top),
      interval: data.ticks ? 1 : step,
    };
  };

  const overTime = (data) => {
    const { min, max, interval } = bounds(data);
    const words = new Map((data.ticks || []).map((tick) => [tick.value, tick.label]));
    const palette = colours();
    const lines = data.series.filter((each) => !each.aside);
    const several = lines.length > 1;
    const named = data.series.length > 1;
    const inTooltip = (points) => {
      const shown = points
        .filter((point) => typeof point.value === "number")
        .map((point) => `${point.marker} ${named ? `${safe(point.seriesName)}: ` : ""}<strong>${safe(data.series[point.seriesIndex].labels[point.dataIndex])}</strong>`);
      return shown.length ? [`Năm ${safe(points[0].axisValueLabel)}`, ...shown].join("<br>") : "";
    };
    const line = (each, index) => ({
      symbol: SYMBOLS[index % SYMBOLS.length], symbolSize: 8,
      lineStyle: { width: 2.5, color: palette[index % palette.length] },
      itemStyle: { color: palette[index % palette.length] },
      z: 3,
      label: {
        show: !several && !data.ticks, position: "top", color: css("--ink"), fontSize: 11,
        formatter: (point) => number.format(point.value),
      },
    });
    const aside = {
      symbol: "emptyDiamond", symbolSize: 8, z: 2,
      lineStyle: { width: 0 }, itemStyle: { color: css("--locked-fill") },
    };
    return {
      textStyle: text(),
      animation: false,
      // Beside the threshold lines, not on them, stands what they ask for.
      grid: { left: 8, right: data.thresholds?.length ? 84 : 16, top: 22, bottom: several ? 32 : 6, containLabel: true },
      legend: several ? { bottom: 0, type: "scroll", textStyle: text(), itemWidth: 18, data: lines.map((each) => each.name) } : undefined,
      tooltip: tooltip("axis", inTooltip),
      xAxis: {
        type: "category", data: data.categories, boundaryGap: true,
        axisLine: { lineStyle: { color: css("--line") } }, axisTick: { show: false }, axisLabel: text(),
      },
      yAxis: {
        type: "value", min, max, interval,
        axisLabel: { ...text(), formatter: (value) => words.get(value) ?? (data.ticks ? "" : `${number.format(value)}${data.unit ? ` ${data.unit}` : ""}`) },
        splitLine: { lineStyle: { color: css("--line") } },
      },
      series: data.series.map((each, index) => ({
        type: "line", name: each.name, data: each.values, connectNulls: false, showAllSymbol: true,
        ...(each.aside ? aside : line(each, lines.indexOf(each))),
        markLine: index === 0 ? thresholds(data.thresholds) : undefined,
      })),
    };
  };

  const draw = (box) => {
    let data;
    try {
      data = JSON.parse(box.dataset.chart);
    } catch {
      return;
    }
    if (!data.series.length || box.dataset.drawn) return;
    box.dataset.drawn = "1";
    box.classList.add("chart--drawn");
    const chart = echarts.init(box, null, { renderer: "svg" });
    chart.setOption(overTime(data));
    // The words of aria-label stand for the picture.
    box.querySelectorAll("svg").forEach((svg) => svg.setAttribute("aria-hidden", "true"));
    new ResizeObserver(() => chart.resize()).observe(box);
  };

  const drawAll = (root) => root.querySelectorAll("[data-chart]").forEach(draw);
  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
})();
