/** Simulated daily series whose truth is known. */

const NOISE = 0.08;
const LARGEST_CORRELATION = 0.8;

/** Box and Muller 1958. */
export function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** AR(1) with a standard deviation of 1. */
export function autoregression(random, days, correlation, fresh = normal) {
  const values = [fresh(random)];
  while (values.length < days) {
    values.push(correlation * values.at(-1) + Math.sqrt(1 - correlation ** 2) * fresh(random));
  }
  return values;
}

/** Student's t with 3 degrees of freedom and a standard deviation of 1. */
function heavyTailed(random) {
  const squares = normal(random) ** 2 + normal(random) ** 2 + normal(random) ** 2;
  return normal(random) / Math.sqrt(squares);
}

function weekdays(random) {
  const effects = Array.from({ length: 7 }, () => 0.06 * normal(random));
  const mean = effects.reduce((sum, effect) => sum + effect, 0) / 7;
  return (day) => effects[day % 7] - mean;
}

/** One shift of 2 to 5 standard deviations, on a day before `end`. */
function shifted(random, days, end) {
  const first = Math.floor(random() * end);
  const height = sign(random) * (2 + 3 * random()) * NOISE;
  return around(random, days, (day) => (day >= first ? height : 0));
}

const sign = (random) => (random() < 0.5 ? -1 : 1);

/** Noise around what could be known of a day, both as logarithms; correlation, weekdays and level differ from series to series. */
function around(random, days, foreseen, { fresh = normal, noise = () => NOISE, unforeseen = () => 0 } = {}) {
  const values = autoregression(random, days, LARGEST_CORRELATION * random(), fresh);
  const weekday = weekdays(random);
  return priced(
    random,
    values.map((value, day) => foreseen(day) + weekday(day)),
    values.map((value, day) => noise(day) * value + unforeseen(day)),
  );
}

function priced(random, foreseen, noise) {
  const level = 2000 + 3000 * random();
  return { values: foreseen.map((each, day) => Math.max(1, Math.round(level * Math.exp(each + noise[day])))), noise };
}

/** Families of series for forecasts: `values` as prices in minor units, `noise` what nobody can foresee, as logarithms. */
export const FAMILIES = {
  stationary: (random, days) => around(random, days, () => 0),
  trend: (random, days) => {
    const slope = sign(random) * (0.0005 + 0.0025 * random());
    return around(random, days, (day) => slope * day);
  },
  // On any day: a series does not know where its history ends.
  'level shift': (random, days) => shifted(random, days, days),
  'heavy tail': (random, days) =>
    around(random, days, () => 0, {
      fresh: heavyTailed,
      unforeseen: () => (random() < 0.02 ? sign(random) * 6 * NOISE : 0),
    }),
};

/** Harder ones, which the requirement does not name. */
export const MORE_FAMILIES = {
  'level shift in the history': (random, days, history) => shifted(random, days, history),
  'a shift each 90 days': (random, days) => {
    let level = 0;
    const levels = Array.from({ length: days }, () => {
      if (random() < 1 / 90) level = sign(random) * (1 + 4 * random()) * NOISE;
      return level;
    });
    return around(random, days, (day) => levels[day]);
  },
  'steps each 25 days': (random, days) => {
    let level = 0;
    const levels = Array.from({ length: days }, () => {
      if (random() < 1 / 25) level = 0.1 * normal(random);
      return level;
    });
    return priced(random, Array(days).fill(0), levels);
  },
  'random walk': (random, days) => {
    let level = 0;
    const levels = Array.from({ length: days }, () => (level += 0.02 * normal(random)));
    return priced(random, Array(days).fill(0), levels);
  },
  'each weekday a random walk': (random, days) => {
    const week = Array(7).fill(0);
    const levels = Array.from({ length: days }, (_, day) => (week[day % 7] += 0.03 * normal(random)));
    return priced(random, Array(days).fill(0), levels);
  },
  'spread grows 2.5-fold': (random, days) => {
    const first = days * (0.25 + 0.5 * random());
    return around(random, days, () => 0, { noise: (day) => (day < first ? 0.04 : 0.1) });
  },
};
