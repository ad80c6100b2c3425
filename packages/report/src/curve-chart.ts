import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** Numbers along a run. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Marks for measured numbers, a line for what they are compared with. */
  readonly mark: 'line' | 'marks';
}

export interface Panel {
  readonly title: string;
  readonly curves: readonly Curve[];
}

export interface CurveChartOptions {
  readonly title: string;
  /** What the horizontal axis counts. */
  readonly x: string;
  /** Panels side by side, with one legend. */
  readonly panels: readonly Panel[];
}

const rowsOf = ({ curves }: Panel, mark: Curve['mark']) =>
  curves
    .filter((curve) => curve.mark === mark)
    .flatMap(({ name, points }) => points.filter(([, y]) => y > 0).map(([at, value]) => ({ curve: name, at, value })));

function panelSpec(panel: Panel, x: string, names: readonly string[]) {
  const encoding = {
    x: { field: 'at', type: 'quantitative', title: x },
    y: { field: 'value', type: 'quantitative', title: panel.title, scale: { type: 'log', nice: false } },
    color: { field: 'curve', type: 'nominal', title: null, scale: { domain: names, scheme: 'tableau10' } },
  };
  const shape = { field: 'curve', type: 'nominal', title: null, scale: { domain: names } };
  return {
    width: 340,
    height: 260,
    layer: [
      { data: { values: rowsOf(panel, 'line') }, mark: { type: 'line', strokeWidth: 1.5 }, encoding },
      { data: { values: rowsOf(panel, 'marks') }, mark: { type: 'point', size: 28 }, encoding: { ...encoding, shape } },
    ],
  };
}

/** Curves on a logarithmic scale as an SVG; what is not above zero is left out. */
export async function curveChart({ title, x, panels }: CurveChartOptions): Promise<string> {
  const names = [...new Set(panels.flatMap(({ curves }) => curves.map(({ name }) => name)))];
  const config = { legend: { labelLimit: 300 } };
  const spec = { title, config, background: 'white', hconcat: panels.map((panel) => panelSpec(panel, x, names)) };
  return new View(parse(compile(spec as TopLevelSpec).spec), { renderer: 'none' }).toSVG();
}
