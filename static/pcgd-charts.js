// Charts from data in the page, drawn as SVG by ECharts. Load echarts.common.min.js first, both
// with "defer". Without script the table beside each chart says the same.
//
//   <div class="chart" data-chart="{…}" role="img" aria-label="…"></div>
//
// The attribute holds JSON:
//   kind "line":
//     categories [text], series [{name, values [number or null], labels [text], aside (bool)}],
//     thresholds [{value, label}], min, max, ticks [{value, label}] (words instead of numbers);
//     series that stand aside are grey points without a line, named only when pointed at
//   kind "distribution" (how many units have which rate):
//     values [{name, value, label}], thresholds [{value, label}], unit "%", noun "xã, phường"
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

  const threshold = (mark, axis) => ({
    [axis]: mark.value,
    name: mark.label,
    label: { formatter: mark.label, position: "end", color: css("--ink-soft"), fontSize: 11 },
  });

  const thresholds = (marks, axis) => ({
    silent: true, animation: false, symbol: "none",
    lineStyle: { color: css("--warn-ink"), type: "dashed", width: 1.25 },
    data: (marks || []).map((mark) => threshold(mark, axis)),
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
        markLine: index === 0 ? thresholds(data.thresholds, "yAxis") : undefined,
      })),
    };
  };

  // Columns of equal width, one edge of which is the threshold: no column stands on both sides.
  const columns = (data) => {
    const rates = data.values.map((each) => each.value);
    const anchor = data.thresholds?.[0]?.value ?? 100;
    const spread = Math.max(...rates, anchor) - Math.min(...rates, anchor);
    const width = [0.25, 0.5, 1, 2, 2.5, 5, 10].find((each) => spread / each <= 16) || 20;
    const found = new Map();
    for (const each of data.values) {
      // 100 % belongs to the column that ends there, not to one of its own beyond.
      const place = Math.floor((each.value - anchor) / width);
      const index = each.value >= 100 && anchor + place * width >= 100 && anchor < 100 ? place - 1 : place;
      if (!found.has(index)) found.set(index, []);
      found.get(index).push(each);
    }
    return [...found].sort(([one], [other]) => one - other).map(([index, units]) => ({
      from: anchor + index * width, to: anchor + (index + 1) * width, units, width,
    }));
  };

  const distribution = (data) => {
    const bars = columns(data);
    const least = data.thresholds?.[0]?.value;
    const width = bars[0]?.width ?? 1;
    const unit = data.unit ? ` ${data.unit}` : "";
    const inTooltip = (point) => {
      const bar = bars[point.dataIndex];
      const named = bar.units.slice(0, 8).map((each) => `${safe(each.name)}: ${safe(each.label)}`);
      const more = bar.units.length - named.length;
      return [
        `<strong>${number.format(bar.units.length)} ${safe(data.noun || "")}</strong> từ ${number.format(bar.from)} đến ${number.format(bar.to)}${unit}`,
        ...named, ...(more > 0 ? [`và ${number.format(more)} đơn vị khác`] : []),
      ].join("<br>");
    };
    return {
      textStyle: text(),
      animation: false,
      grid: { left: 8, right: 24, top: 26, bottom: 6, containLabel: true },
      tooltip: tooltip("item", inTooltip),
      xAxis: {
        type: "value",
        min: Math.min(bars[0]?.from ?? 0, least ?? 100),
        max: Math.max(bars.at(-1)?.to ?? 100, least ?? 0),
        axisLabel: { ...text(), hideOverlap: true, formatter: (value) => `${number.format(value)}${unit}` },
        splitLine: { show: false }, axisLine: { show: true, lineStyle: { color: css("--line") } },
      },
      yAxis: { type: "value", minInterval: 1, axisLabel: text(), splitLine: { lineStyle: { color: css("--line") } } },
      series: [{
        type: "bar", barCategoryGap: "6%", barMinWidth: 3,
        data: bars.map((bar) => ({
          value: [bar.from + width / 2, bar.units.length],
          itemStyle: { color: least !== undefined && bar.to <= least + 1e-9 ? css("--warn-fill") : css("--ok-fill") },
        })),
        label: { show: true, position: "top", color: css("--ink"), fontSize: 11, formatter: (point) => number.format(point.value[1]) },
        markLine: thresholds(data.thresholds, "xAxis"),
      }],
    };
  };

  const draw = (box) => {
    let data;
    try {
      data = JSON.parse(box.dataset.chart);
    } catch {
      return;
    }
    const isEmpty = data.kind === "distribution" ? !data.values.length : !data.series.length;
    if (isEmpty || box.dataset.drawn) return;
    box.dataset.drawn = "1";
    box.classList.add("chart--drawn");
    const chart = echarts.init(box, null, { renderer: "svg" });
    chart.setOption(data.kind === "distribution" ? distribution(data) : overTime(data));
    // The words of aria-label stand for the picture.
    box.querySelectorAll("svg").forEach((svg) => svg.setAttribute("aria-hidden", "true"));
    new ResizeObserver(() => chart.resize()).observe(box);
  };

  const drawAll = (root) => root.querySelectorAll("[data-chart]").forEach(draw);
  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
})();
