import { parseArgs } from 'node:util';
import { DAYS, FAMILIES, keyOf, PAIRS, simulate } from './bench/causes.mjs';
import { built } from './built.mjs';
import { prepareBuild, prepareInstall } from './prepare.mjs';
import { main, Trouble } from './step.mjs';

const BAR = 0.9;
const NORMAL_975 = 1.96;
/** Days on each side that are compared. */
const WINDOW = 28;
/** And where a change is seen by eye. */
const SEEN = 10;
/** How far from where BSR changes a change point may lie to be the one that is asked about. */
const WITHIN_DAYS = [-3, 10];

/**
 * `npm run bench:attribution [-- --seed N --cases N --json]`: how often the cause that was injected into simulated series is told to be the top
 * one, of a fixed seed. The bars are for one cause at a time with five rivals; harder settings stand beside them, with a fifth of the cases.
 */
await main(async () => {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      cases: { type: 'string', default: '500' },
      json: { type: 'boolean', default: false },
    },
  });
  const [seed, cases] = [Number(values.seed), Number(values.cases)];
  if (!Number.isInteger(seed) || !Number.isInteger(cases) || cases < 25)
    throw new Trouble('--seed and --cases must be whole numbers, and 25 cases are the fewest');
  await prepareInstall();
  await prepareBuild();
  const single = Object.keys(FAMILIES).map((family) => [family]);
  const fewer = Math.floor(cases / 5);
  const settings = [
    { setting: 'five rivals', families: single, count: cases, barred: true },
    { setting: 'three rivals', families: single, count: fewer, options: { rivals: 3 } },
    { setting: 'noise × 1.75', families: single, count: fewer, options: { noise: 1.75 } },
    { setting: 'two causes', families: PAIRS, count: fewer },
    { setting: 'two rivals', families: single, count: Math.floor(fewer / 5), options: { rivals: 2 } },
  ];
  const rows = settings.flatMap(({ setting, families, count, options, barred }, number) =>
    families.map((names, place) => {
      const random = built('analytics/random.js').seededRandom(seed * 1_000_003 + number * 10_007 + place * 101);
      return rowOf(setting, names, count, () => simulate(random, names, options), barred === true);
    }),
  );
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else {
    console.table(
      rows.map(({ answers: _, ok, ...row }) => ({ ...rounded(row), ok: ok === null ? '' : ok ? 'ok' : 'MISSED' })),
    );
    console.log('What was told to be the top cause, with five rivals:');
    console.table(confusion(rows.filter(({ setting }) => setting === 'five rivals')));
  }
  if (rows.some(({ ok }) => ok === false)) process.exitCode = 1;
});

function rowOf(setting, names, count, make, barred) {
  const { attribute } = built('analytics/attribution/attribution.js');
  const answers = {};
  const times = [];
  let [right, joint, coincidences, refused, found, covered, told] = [0, 0, 0, 0, 0, 0, 0];
  for (let n = 0; n < count; n++) {
    const { bsr, own, rivals, injected, around, effects } = make();
    const change = changeOf(bsr, around);
    found += change.found ? 1 : 0;
    const begin = performance.now();
    const answer = attribute({ quantity: 'bsr', outcome: bsr, change, own, rivals });
    times.push(performance.now() - begin);
    if (answer.status === 'coincidences') coincidences += 1;
    if (answer.status === 'refused') refused += 1;
    if (answer.status !== 'attributed') continue;
    const expected =
      injected.length === 0 || injected[0].cause === 'unexplained' ? [{ cause: 'unexplained', rival: null }] : injected;
    const matches = (top) =>
      expected.some(({ cause, rival }) => top.cause === cause && (rival === null || top.rival === rivals[rival].id));
    const isRight = answer.top.every(matches);
    if (isRight) right += 1;
    else if (answer.top.some(matches)) joint += 1;
    const name = answer.top.map(({ cause }) => cause).join(' + ');
    const key = isRight ? name : matches(answer.top[0]) || answer.top[0].rival === null ? name : `${name} (another)`;
    answers[key] = (answers[key] ?? 0) + 1;
    const known = bsr.flatMap((value, day) => (value === null ? [] : [day]));
    const mean = (values, from, to) =>
      average(known.filter((day) => day >= from && day < to).map((day) => values[day]));
    for (const { cause, rival } of expected.filter(({ cause }) => cause !== 'unexplained')) {
      const effect = effects[keyOf(cause, rival)];
      const truth = mean(effect, change.day, change.to) - mean(effect, change.from, change.day);
      const part = answer.parts.find(
        (each) => each.cause === cause && (rival === null || each.rival === rivals[rival].id),
      );
      told += 1;
      if (truth >= (part?.lower ?? 0) && truth <= (part?.upper ?? 0)) covered += 1;
    }
  }
  // What is refused counts as wrong.
  const noneTold = coincidences + refused === count;
  const [lower, upper] = wilson(right, count);
  return {
    setting,
    family: names.join(' and '),
    cases: count,
    'change found': found / count,
    'top right': noneTold ? null : right / count,
    lower: noneTold ? null : lower,
    upper: noneTold ? null : upper,
    'right among inseparable': joint / count,
    'interval covers': told > 0 ? covered / told : null,
    coincidences: coincidences / count,
    refused: refused / count,
    'median ms': times.sort((a, b) => a - b)[Math.floor(count / 2)],
    bar: barred ? BAR : null,
    ok: barred ? right / count >= BAR : null,
    answers,
  };
}

/**
 * The change that somebody asks about: the change point nearest to where BSR changes; where none is found, the largest step that can be seen
 * about there, and of nothing the largest anywhere in 40 days.
 */
function changeOf(bsr, around) {
  const { changePoints } = built('analytics/change-points.js');
  const logarithms = bsr.map((value) => (value === null ? null : Math.log(value)));
  const [first, last] = around === null ? [95, 135] : [around + WITHIN_DAYS[0], around + WITHIN_DAYS[1]];
  const days = changePoints(logarithms).map(({ index }) => index);
  const centre = around ?? 115;
  const near = days.filter((day) => day >= first && day <= last);
  const found = near.sort((a, b) => Math.abs(a - centre) - Math.abs(b - centre))[0];
  if (found === undefined) {
    const day = largestStep(logarithms, first, last);
    return { from: day - SEEN, day, to: Math.min(DAYS, day + SEEN), found: false };
  }
  const [before, after] = [days.filter((each) => each < found).at(-1) ?? 0, days.find((each) => each > found) ?? DAYS];
  return { from: Math.max(before, found - WINDOW), day: found, to: Math.min(after, found + WINDOW), found: true };
}

function largestStep(values, first, last) {
  const level = (from, to) => average(values.slice(from, to).filter((value) => value !== null));
  const days = Array.from({ length: Math.min(last, DAYS - SEEN) - first + 1 }, (_, index) => first + index);
  const step = (day) => Math.abs(level(day, day + SEEN) - level(day - SEEN, day));
  return days.reduce((best, day) => (step(day) > step(best) ? day : best));
}

function confusion(rows) {
  return Object.fromEntries(
    rows.map(({ family, answers }) => [
      family,
      Object.entries(answers)
        .sort(([, a], [, b]) => b - a)
        .slice(0, 6)
        .map(([name, count]) => `${name} ${String(count)}`)
        .join(', '),
    ]),
  );
}

/** Wilson 1927: 95 % interval of a share. */
function wilson(hits, count) {
  const square = NORMAL_975 ** 2;
  const centre = (hits + square / 2) / (count + square);
  const reach = (NORMAL_975 / (count + square)) * Math.sqrt((hits * (count - hits)) / count + square / 4);
  return [centre - reach, centre + reach];
}

function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function rounded(row) {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      typeof value === 'number' ? Math.round(value * 1000) / 1000 : value,
    ]),
  );
}
