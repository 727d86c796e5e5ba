import { parseArgs } from 'node:util';
import { built } from './built.mjs';
import { prepareBuild, prepareInstall } from './prepare.mjs';
import { main, Trouble } from './step.mjs';

const DAYS = 180;
const SHIFT = 2.4;
/** How far from the true day a change may be found. */
const WITHIN_DAYS = 5;
const CORRELATIONS = [0, 0.2, 0.4, 0.6, 0.8];

/** `npm run bench:detection [-- --seed N --series N --json]`: false and found changes on simulated series, of a fixed seed. */
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
  const random = mulberry32(seed);
  const results = CORRELATIONS.flatMap((correlation) => {
    let falseChanges = 0;
    let found = 0;
    for (let n = 0; n < series; n++) {
      falseChanges += changePoints(simulate(random, correlation)).length;
      const day = 30 + Math.floor(random() * (DAYS - 60));
      const shifted = simulate(random, correlation).map((value, index) => value + (index >= day ? SHIFT : 0));
      if (changePoints(shifted).some(({ index }) => Math.abs(index - day) <= WITHIN_DAYS)) found += 1;
    }
    return [
      line(correlation, 'false changes a series', falseChanges / series, 0.05, false),
      line(correlation, `shifts of ${SHIFT} sd found within ${WITHIN_DAYS} days`, found / series, 0.8, true),
    ];
  });
  if (values.json) console.log(JSON.stringify(results, null, 2));
  else console.table(results);
  if (results.some(({ ok }) => !ok)) process.exitCode = 1;
});

function line(autocorrelation, measure, value, bar, atLeast) {
  return { autocorrelation, measure, value, bar, ok: atLeast ? value >= bar : value <= bar };
}

/** AR(1) with normal innovations and a standard deviation of 1. */
function simulate(random, correlation) {
  const values = [normal(random)];
  while (values.length < DAYS) {
    values.push(correlation * values.at(-1) + Math.sqrt(1 - correlation ** 2) * normal(random));
  }
  return values;
}

/** Box and Muller 1958. */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A small generator of good quality, so that a seed gives the same series everywhere. */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
