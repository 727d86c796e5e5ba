import { escapeHtml } from '../../common/text';
import { Chart } from './document';

const DAY_MS = 86_400_000;
const WIDTH = 720;
const HEIGHT = 220;
const LEFT = 84;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 26;
/** Told apart without telling red from green (Okabe and Ito 2008), and by their dashes. */
const STROKES = [
  ['#0072b2', ''],
  ['#d55e00', '6 3'],
  ['#009e73', '2 3'],
  ['#cc79a7', '8 3 2 3'],
  ['#666666', '1 3'],
] as const;

/** A chart as SVG that needs nothing else; null where there are not two values to see. */
export function drawChart({ title, from, lines, forecast, format, isLowerBetter }: Chart): string | null {
  const start = Date.parse(from);
  const values = lines.flatMap((line) => line.values).filter((value) => value !== null);
  if (values.length < 2) return null;
  const all = [...values, ...forecast.flatMap(({ lower, upper }) => [lower, upper])];
  const [lowest, highest] = [Math.min(...all), Math.max(...all)];
  const dayOf = (date: string) => Math.round((Date.parse(date) - start) / DAY_MS);
  const days = Math.max(...lines.map((line) => line.values.length - 1), ...forecast.map(({ date }) => dayOf(date)), 1);
  const x = (day: number) => fixed(LEFT + (day / days) * (WIDTH - LEFT - RIGHT));
  // Of ranks, twice as much is as far everywhere.
  const at = (value: number) => (isLowerBetter ? Math.log(Math.max(value, 1)) : value);
  const share = (value: number) => (highest === lowest ? 0.5 : (at(value) - at(lowest)) / (at(highest) - at(lowest)));
  const y = (value: number) => fixed(TOP + (isLowerBetter ? share(value) : 1 - share(value)) * (HEIGHT - TOP - BOTTOM));
  const label = (day: number, anchor: string) =>
    `<text x="${x(day)}" y="${String(HEIGHT - 8)}" text-anchor="${anchor}">${new Date(start + day * DAY_MS).toISOString().slice(0, 10)}</text>`;
  const parts = [lowest, highest].map(
    (value) =>
      `<line x1="${String(LEFT)}" x2="${String(WIDTH - RIGHT)}" y1="${y(value)}" y2="${y(value)}" stroke="#e5e7eb"/>` +
      `<text x="${String(LEFT - 6)}" y="${y(value)}" dy="4" text-anchor="end">${escapeHtml(format(value))}</text>`,
  );
  parts.push(label(0, 'start'), label(days, 'end'));
  if (forecast.length > 0) {
    const ends = [
      ...forecast.map(({ date, upper }) => `${x(dayOf(date))},${y(upper)}`),
      ...forecast.toReversed().map(({ date, lower }) => `${x(dayOf(date))},${y(lower)}`),
    ];
    const medians = forecast.map(({ date, median }) => `${x(dayOf(date))},${y(median)}`);
    parts.push(
      `<polygon points="${ends.join(' ')}" fill="#0072b2" fill-opacity="0.15"/>`,
      `<polyline points="${medians.join(' ')}" fill="none" stroke="#0072b2" stroke-width="1.5" stroke-dasharray="4 3"/>`,
    );
  }
  lines.forEach((line, index) => {
    const [stroke, dashes] = STROKES[index % STROKES.length] ?? STROKES[0];
    const path = pathOf(line.values, x, y);
    if (path !== '') {
      parts.push(
        `<path d="${path}" fill="none" stroke="${stroke}" stroke-width="1.5" stroke-dasharray="${dashes}"><title>${escapeHtml(line.name)}</title></path>`,
      );
    }
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" role="img" aria-label="${escapeHtml(title)}" ` +
    `font-family="system-ui, sans-serif" font-size="11" fill="#374151">${parts.join('')}</svg>`
  );
}

/** Names of the lines beside how they are drawn. */
export function legendOf({ lines }: Chart): { name: string; stroke: string }[] {
  return lines.map(({ name }, index) => ({ name, stroke: (STROKES[index % STROKES.length] ?? STROKES[0])[0] }));
}

/** Broken where nothing is known; a lone day is a dot. */
function pathOf(values: readonly (number | null)[], x: (day: number) => string, y: (value: number) => string): string {
  let path = '';
  values.forEach((value, day) => {
    if (value === null) return;
    const isJoined = day > 0 && values[day - 1] != null;
    path += `${isJoined ? 'L' : 'M'}${x(day)} ${y(value)}`;
    if (!isJoined && values[day + 1] == null) path += 'h1';
  });
  return path;
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}
