// One small chart of the last hour.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { theme } from "../state/preferences.ts";

interface ChartProps {
  title: string;
  value: string; // as it is now
  unit?: string;
  time: number[]; // seconds since 1970
  series: (number | null)[][];
  most: number | null; // the scale's upper end; null: as the values need it
  line?: number; // a threshold
  steps?: boolean; // of whole numbers: the lines at their heights, the axis without fractions
  format(value: number): string;
}

const height = 88;
// Seconds. A daemon that has just started has no hour to show.
const hour = 3600;
const least = 300;
// Between two times below it. uPlot knows no two minutes, without which a small chart may show none at all.
const timeSteps = [60, 120, 300, 600, 900, 1800];

function colour(element: HTMLElement, name: string): string {
  element.style.color = `var(${name})`;
  const resolved = getComputedStyle(element).color;
  element.style.color = "";
  return resolved;
}

// Of "rgb(13, 122, 111)".
function faded(rgb: string): string {
  return rgb.replace("rgb(", "rgba(").replace(")", ", 0.13)");
}

function timeOfDay(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

// One that would be cut off at the right edge is left out.
function timeLabels(plot: uPlot, ticks: number[]): string[] {
  const widest = plot.bbox.width / devicePixelRatio - 20;
  return ticks.map((tick) => (plot.valToPos(tick, "x") > widest ? "" : timeOfDay(tick)));
}

// Not what uPlot offers, which is a day of room behind a single point.
function shownTimes({ data: [time] }: uPlot): [number, number] {
  const to = time.at(-1) ?? Date.now() / 1000;
  return [to - Math.min(hour, Math.max(least, to - (time[0] ?? to))), to];
}

function options(host: HTMLElement, chart: ChartProps): uPlot.Options {
  const accent = colour(host, "--accent");
  const muted = colour(host, "--muted");
  const grid = { stroke: colour(host, "--line"), width: 1 };
  const warn = colour(host, "--warn");
  const axis = { stroke: muted, grid, ticks: { show: false }, font: "11px system-ui, sans-serif" };
  const paths = chart.steps && uPlot.paths.stepped ? uPlot.paths.stepped({ align: 1 }) : undefined;
  return {
    width: Math.max(80, host.clientWidth),
    height,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: shownTimes },
      y: { range: (_plot, _from, to) => [0, chart.most ?? Math.max(1, to * 1.15)] },
    },
    axes: [
      { ...axis, size: 20, gap: 6, grid: { show: false }, space: 56, incrs: timeSteps, values: timeLabels },
      { ...axis, size: 30, gap: 4, space: 28, ...(chart.steps ? { incrs: [1, 2, 5, 10, 20, 50, 100] } : {}), values: (_plot, ticks) => ticks.map((tick) => chart.format(tick)) },
    ],
    series: [
      {},
      ...chart.series.map((): uPlot.Series => ({ stroke: accent, width: 1.5, fill: faded(accent), points: { show: (plot) => plot.data[0].length === 1 }, ...(paths ? { paths } : {}) })),
    ],
    hooks: {
      draw: [
        (plot) => {
          if (!chart.line) return;
          const y = Math.round(plot.valToPos(chart.line, "y", true));
          const { ctx, bbox } = plot;
          ctx.save();
          ctx.strokeStyle = warn;
          ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
          ctx.lineWidth = devicePixelRatio;
          ctx.beginPath();
          ctx.moveTo(bbox.left, y);
          ctx.lineTo(bbox.left + bbox.width, y);
          ctx.stroke();
          ctx.restore();
        },
      ],
    },
  };
}

export function LineChart(chart: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const empty = chart.time.length === 0;
  // As they are now, for when the chart is made anew later.
  const latest = useRef(chart);
  latest.current = chart;
  const data = (): uPlot.AlignedData => [latest.current.time, ...latest.current.series];

  // Made anew with other colours or another scale; new values are cheaper.
  useEffect(() => {
    const element = host.current;
    if (!element || empty) return;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const make = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element, latest.current), data(), element);
    };
    make();
    dark.addEventListener("change", make);
    const resized = new ResizeObserver(() => {
      const width = Math.max(80, element.clientWidth);
      if (plot.current && plot.current.width !== width) plot.current.setSize({ width, height });
    });
    resized.observe(element);
    return () => {
      resized.disconnect();
      dark.removeEventListener("change", make);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [theme.value, empty, chart.most, chart.line]);

  useEffect(() => {
    plot.current?.setData(data());
  }, [chart.time]);

  return (
    <figure class="chart card">
      <figcaption>
        <span class="muted">{chart.title}</span> <b>{empty ? "–" : chart.value}</b>
      </figcaption>
      {/* The picture adds nothing that a screen reader could use: its present value is above. */}
      <div ref={host} class="plot" aria-hidden="true" />
    </figure>
  );
}
