import { useEffect, useRef } from 'preact/hooks';

/** Points from left to right; `y` from 0 on. */
export interface PlotData {
  readonly kind: 'line' | 'bars';
  readonly ys: readonly number[];
  /** Place of the point at which something changed; null: none. */
  readonly markAt: number | null;
}

/** Height in pixels. */
const HEIGHT = { line: 64, bars: 36 } as const;

/** A plot, drawn in the browser; what it says stands in words beside it, for readers and without a script. */
export function Plot({ data }: { readonly data: PlotData }) {
  const box = useRef<HTMLDivElement>(null);
  const text = JSON.stringify(data);
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    let isGone = false;
    let end = () => {};
    const draw = async () => {
      const { default: UPlot } = await import('uplot');
      if (isGone) return;
      const plot = new UPlot(optionsOf(UPlot, JSON.parse(text), current), pointsOf(JSON.parse(text)), current);
      const look = new ResizeObserver(() => plot.setSize({ width: current.clientWidth, height: plot.height }));
      look.observe(current);
      end = () => {
        look.disconnect();
        plot.destroy();
      };
    };
    draw().catch(() => {}); // the words are there
    return () => {
      isGone = true;
      end();
    };
  }, [text]);
  return <div ref={box} class={`plot ${data.kind}`} aria-hidden="true" />;
}

/** A bar of nothing is a line at the bottom: it is there. */
const LEAST_BAR = 0.06;

function pointsOf({ kind, ys }: PlotData): [number[], number[]] {
  return [ys.map((_, at) => at), kind === 'bars' ? ys.map((y) => Math.max(LEAST_BAR, y)) : [...ys]];
}

/** Colours are those of the page at this moment, as the browser works them out. */
function optionsOf(
  UPlot: typeof import('uplot'),
  { kind, ys, markAt }: PlotData,
  box: HTMLElement,
): import('uplot').Options {
  const bars = UPlot.paths.bars?.({ size: [0.7, 24] });
  const style = getComputedStyle(box);
  const stroke = style.color;
  const most = Math.max(1e-9, ...ys);
  const isBars = kind === 'bars';
  return {
    width: box.clientWidth,
    height: HEIGHT[kind],
    padding: [4, 0, 1, 0],
    legend: { show: false },
    cursor: { show: false },
    axes: [{ show: false }, { show: false }],
    scales: {
      x: { time: false, range: isBars ? [-0.6, ys.length - 0.4] : [0, Math.max(1, ys.length - 1)] },
      y: { range: isBars ? [0, 1] : [0, most * 1.1] },
    },
    series: [
      {},
      {
        stroke,
        width: isBars ? 0 : 1.5,
        fill: style.outlineColor,
        ...(isBars && bars !== undefined ? { paths: bars } : {}),
        points: { show: false },
      },
    ],
    hooks: {
      draw: [
        (plot) => {
          if (markAt === null) return;
          const x = plot.valToPos(markAt, 'x', true);
          plot.ctx.fillStyle = stroke;
          plot.ctx.fillRect(x, plot.bbox.top, 1, plot.bbox.height);
        },
      ],
    },
  };
}
