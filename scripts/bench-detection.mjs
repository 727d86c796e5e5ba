import { parseArgs } from 'node:util';
import { autoregression } from './bench/series.mjs';
import { built } from './built.mjs';
import { prepareBuild, prepareInstall } from './prepare.mjs';
import { main, Trouble } from './step.mjs';

const DAYS = 180;
const SHIFT = 2.4;
/** How far from the true day a change may be found. */
const WITHIN_DAYS = 5;
/** Windows in which trends, weekday patterns and co-movement are looked for. */
const SHORT = [60, 90];
const LEVEL = 2000;
const NOISE = 0.08;
/** Weekday effects of 9 % at most. */
const WEEK = [0.09, 0.05, 0, -0.04, -0.09, -0.04, 0.03];
const CORRELATIONS = [0, 0.2, 0.4, 0.6, 0.8];

/**
 * `npm run bench:detection [-- --seed N --series N --json]`: false and found changes, trends, weekday patterns and co-movement on simulated
 * series, of a fixed seed.
 */
await main(async () => {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      series: { type: 'string', default: '2000' },
      json: { type: 'boolean', default: false },
    },
  });
  const [seed, series] = [Number(values.seed), Number(values.series)];
  if (!Number.isInteger(seed) || !Number.isInteger(series) || series < 1)
    throw new Trouble('--seed and --series must be whole numbers');
  await prepareInstall();
  await prepareBuild();
  const { changePoints } = built('analytics/change-points.js');
  const { trend } = built('analytics/trend.js');
  const { weekdayPattern } = built('analytics/weekday.js');
  const { coMovement } = built('analytics/co-movement.js');
  const random = built('analytics/random.js').seededRandom(seed);
  const results = CORRELATIONS.flatMap((correlation) => {
    const share = (holds) => Array.from({ length: series }, holds).filter(Boolean).length / series;
    const noise = (days) => autoregression(random, days, correlation).map((value) => NOISE * value);
    const priced = (logarithms) => logarithms.map((value) => Math.round(LEVEL * Math.exp(value)));
    const prices = (days) => priced(noise(days));
    const weekly = (days) => priced(noise(days).map((value, day) => value + WEEK[day % 7]));
    const together = (days) => {
      const first = noise(days);
      return [priced(first), priced(noise(days).map((value, day) => value + 0.7 * first[day]))];
    };
    const isTrend = (values) => trend(values).direction !== 'none';
    const hasWeek = (values) => weekdayPattern(values, { firstWeekday: 1, scale: 'ratio' }).found;
    const moves = (first, second) => coMovement(first, second).direction !== 'none';
    let falseChanges = 0;
    let found = 0;
    for (let n = 0; n < series; n++) {
      falseChanges += changePoints(autoregression(random, DAYS, correlation)).length;
      const day = 30 + Math.floor(random() * (DAYS - 60));
      const shifted = autoregression(random, DAYS, correlation).map(
        (value, index) => value + (index >= day ? SHIFT : 0),
      );
      if (changePoints(shifted).some(({ index }) => Math.abs(index - day) <= WITHIN_DAYS)) found += 1;
    }
    return [
      line(correlation, 'false changes a series', falseChanges / series, 0.05, false),
      line(correlation, `shifts of ${SHIFT} sd found within ${WITHIN_DAYS} days`, found / series, 0.8, true),
      ...SHORT.flatMap((days) => [
        line(
          correlation,
          `false trends of flat ${days}-day series`,
          share(() => isTrend(prices(days))),
          0.08,
          false,
        ),
        line(
          correlation,
          `false weekday patterns of ${days} days`,
          share(() => hasWeek(prices(days))),
          0.05,
          false,
        ),
        line(
          correlation,
          `false co-movement of ${days} days`,
          share(() => moves(prices(days), prices(days))),
          0.06,
          false,
        ),
      ]),
      line(
        correlation,
        `weekday patterns of 9 % in noise of 8 %, 90 days`,
        share(() => hasWeek(weekly(90))),
        0.8,
        true,
      ),
      line(
        correlation,
        'co-movement of 0.57, 90 days',
        share(() => moves(...together(90))),
        0.8,
        true,
      ),
    ];
  });
  if (values.json) console.log(JSON.stringify(results, null, 2));
  else console.table(results);
  if (results.some(({ ok }) => !ok)) process.exitCode = 1;
});

function line(autocorrelation, measure, value, bar, atLeast) {
  return { autocorrelation, measure, value, bar, ok: atLeast ? value >= bar : value <= bar };
}
