import { parseArgs } from 'node:util';
import { FAMILIES, MORE_FAMILIES } from './bench/series.mjs';
import { built } from './built.mjs';
import { prepareBuild, prepareInstall } from './prepare.mjs';
import { main, Trouble } from './step.mjs';

const HISTORIES = [180, 365];
const HORIZONS = [7, 14, 28];
const NOMINAL = 0.9;
const COVERAGE = [0.87, 0.93];
const MOST_MILLISECONDS = 20;

/**
 * `npm run bench:forecast [-- --seed N --series N --json]`: coverage, skill, width and time of forecasts on simulated series, of a fixed
 * seed. The bars are for the four families of the requirement; harder ones stand beside them, with a quarter of the series.
 */
await main(async () => {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      series: { type: 'string', default: '1000' },
      json: { type: 'boolean', default: false },
    },
  });
  const [seed, series] = [Number(values.seed), Number(values.series)];
  if (!Number.isInteger(seed) || !Number.isInteger(series) || series < 4)
    throw new Trouble('--seed and --series must be whole numbers, and 4 series are the fewest');
  await prepareInstall();
  await prepareBuild();
  const rows = [
    ...rowsOf(FAMILIES, series, seed),
    ...rowsOf(MORE_FAMILIES, Math.floor(series / 4), seed).map((row) => ({ ...row, bar: '', ok: '' })),
  ];
  if (values.json) console.log(JSON.stringify(rows.flatMap(measures), null, 2));
  else console.table(rows.map(({ ok, ...row }) => ({ ...rounded(row), ok: ok === '' ? '' : ok ? 'ok' : 'MISSED' })));
  if (rows.some(({ ok }) => ok === false)) process.exitCode = 1;
});

function rowsOf(families, series, seed) {
  return Object.entries(families).flatMap(([family, simulate], number) =>
    HISTORIES.flatMap((history) =>
      HORIZONS.map((horizon) => {
        const random = built('analytics/random.js').seededRandom(
          seed * 1_000_003 + number * 10_007 + history * 101 + horizon,
        );
        return row(family, history, horizon, () => simulate(random, history + horizon, history), series);
      }),
    ),
  );
}

function row(family, history, horizon, simulate, series) {
  const { forecast } = built('analytics/forecast.js');
  const noise = [];
  let [inside, error, reference, width, realised, skilled] = [0, 0, 0, 0, 0, 0];
  const times = [];
  for (let n = 0; n < series; n++) {
    const truth = simulate();
    const known = truth.values.slice(0, history);
    const begin = performance.now();
    const { days, backTest } = forecast(known, { quantity: 'price', horizon });
    times.push(performance.now() - begin);
    realised += backTest.coverage;
    skilled += backTest.hasSkill ? 1 : 0;
    for (const { day, median, lower, upper } of days) {
      const value = truth.values[history + day - 1];
      const lastWeek = known[history + day - 1 - 7 * Math.ceil(day / 7)];
      inside += value >= lower && value <= upper ? 1 : 0;
      error += Math.abs(value - median);
      reference += Math.abs(value - lastWeek);
      width += Math.log(upper / lower);
      noise.push(truth.noise[history + day - 1]);
    }
  }
  const count = series * horizon;
  const coverage = inside / count;
  const perFit = times.sort((a, b) => a - b)[Math.floor(series / 2)];
  noise.sort((a, b) => a - b);
  const spread = noise[Math.floor(0.95 * count)] - noise[Math.floor(0.05 * count)];
  return {
    family,
    history,
    horizon,
    coverage,
    'told coverage': realised / series,
    skill: 1 - error / reference,
    'skill found': skilled / series,
    'width / spread': width / count / spread,
    'median ms': perFit,
    bar: `${COVERAGE.join('–')}, ${MOST_MILLISECONDS} ms`,
    ok: coverage >= COVERAGE[0] && coverage <= COVERAGE[1] && perFit <= MOST_MILLISECONDS,
  };
}

/** One object for each number; a floor is what nothing can be below, or what it is compared with. */
function measures({ family, history, horizon, bar, ...row }) {
  const barred = bar !== '';
  const of = (name) => `${name}: ${family}, ${history} days known, ${horizon} ahead`;
  const { coverage, skill } = row;
  const ms = row['median ms'];
  const within = coverage >= COVERAGE[0] && coverage <= COVERAGE[1];
  return [
    {
      measure: of('coverage'),
      value: coverage,
      floor: NOMINAL,
      ratio: coverage / NOMINAL,
      bar: barred ? COVERAGE : null,
      ok: barred ? within : null,
      unit: 'share',
    },
    measure(of('coverage as told'), row['told coverage'], 'share'),
    measure(of('skill against same as last week'), skill, '1 − ratio of mean absolute errors'),
    measure(of('series with skill as told'), row['skill found'], 'share'),
    measure(of('width'), row['width / spread'], 'of the central 90 % of the noise'),
    {
      ...measure(of('time'), ms, 'median ms a fit'),
      bar: barred ? MOST_MILLISECONDS : null,
      ok: barred ? ms <= MOST_MILLISECONDS : null,
    },
  ];
}

function measure(name, value, unit) {
  return { measure: name, value, floor: null, ratio: null, bar: null, ok: null, unit };
}

function rounded(row) {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      typeof value === 'number' ? Math.round(value * 1000) / 1000 : value,
    ]),
  );
}
