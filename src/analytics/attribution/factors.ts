import { max, median, min } from 'simple-statistics';

/** A daily series, oldest first; null where nothing is known. */
export type Daily = readonly (number | null)[];

export type Cause =
  'own-price' | 'own-stock-out' | 'buy-box' | 'coupon' | 'rating' | 'rival-price' | 'rival-stock-out' | 'market';

export type Series = 'price' | 'inStock' | 'buyBox' | 'coupon' | 'rating' | 'bsr';

export interface OwnSeries {
  /** Item price in minor units; null also while there is no offer, which `inStock` tells. */
  price: Daily;
  /** Share of the day in which there was an offer, 0 to 1. */
  inStock: Daily;
  /** Share of the day in which the buy box was held, 0 to 1: by an own seller where it is known by whom, else by anybody. */
  buyBox: Daily;
  /** What the coupon takes off, in minor units; 0 where it is known that there was none. */
  coupon: Daily;
  /** Tenths of a star. */
  rating: Daily;
}

export interface RivalSeries {
  id: string;
  price: Daily;
  inStock: Daily;
  bsr: Daily;
}

/** What may have moved the outcome. */
export interface Factor {
  cause: Cause;
  rival: string | null;
  series: Series;
  values: Daily;
  /** What of it acts, for each day: one more makes log BSR rise (worse) by the effect. */
  signal: Float64Array;
  /** Standard deviation of the half-normal prior of the effect. */
  scale: number;
  /** Prior probability that it acts at all when it moves. */
  share: number;
  /** Moves of the signal that tell nothing. */
  wobble: number;
}

/**
 * Effects that are expected of one unit of a signal on log BSR. Weak: a half-normal prior allows twice its scale without much ado, and what lies far
 * beyond is no longer taken for the effect of so small a move. Prices: the mean elasticity of sales is −2.6 (Bijmolt, van Heerde and Pieters 2005,
 * "New empirical generalizations on the determinants of price elasticity"), the mean of a half-normal of 3.3. Across products the literature has
 * less (Sethuraman, Srinivasan and Kim 1999, "Asymmetric and neighborhood cross-price effects"); these are rivals of the same niche, and the
 * prior is as wide. What is there or not: a factor of 2.7; a star as much as a factor of 20, which no study is at hand for.
 */
const SCALE = { ownPrice: 3.3, rivalPrice: 3, star: 3, presence: 1 };
/** That a move acts at all. Without offers nothing is sold, and the rank must fall. */
const SHARE = { absence: 0.9, other: 0.6 };
/**
 * Logarithms of prices below which a step is not noticed (price thresholds: Gupta and Cooper 1992, "The discounting of discounts and promotion
 * thresholds", find some 15 % for well-known brands): of a rival's price more than of the own, which buyers see before them.
 */
const NOTICED = { own: 0.02, rival: 0.05 };
/** A rating is told in tenths: from one to the next it may have moved by a hundredth. */
const ROUNDING = 0.101;
/** Of the days of each window that have to be known. */
const FEWEST_KNOWN = 0.5;
/** Below that share of a day the product is out of stock, and nothing is told by who holds the buy box. */
const IN_STOCK = 0.5;
/** Of a price, whatever the coupon. */
const LEAST_LEFT = 0.1;

/** Days by place, without `to` itself. */
export interface Window {
  from: number;
  to: number;
}

/** `day` is the first day of the new level. */
export interface Change extends Window {
  day: number;
}

/** The factors that are known in both windows, and of the others what is missing. */
export function factorsOf(own: OwnSeries, rivals: readonly RivalSeries[], windows: readonly Window[]) {
  const factors: Factor[] = [];
  const missing: string[] = [];
  const add = (factor: Omit<Factor, 'signal'>, known: Daily, act: (value: number, day: number) => number) => {
    const isKnown = windows.every(
      ({ from, to }) => knownDays(known.slice(from, to)) >= Math.max(1, FEWEST_KNOWN * (to - from)),
    );
    if (isKnown) factors.push({ ...factor, signal: Float64Array.from(carried(known), act) });
    else {
      const name = factor.rival === null ? factor.series : `${factor.series} of rival ${factor.rival}`;
      missing.push(`${name}: needs to be known on half of the days before and after the change`);
    }
  };
  const ofOwn = { rival: null, share: SHARE.other, wobble: 0 };
  const { price, inStock, buyBox, coupon, rating } = own;
  const prices = carried(positive(price));
  add(
    { ...ofOwn, cause: 'own-price', series: 'price', values: price, scale: SCALE.ownPrice, wobble: NOTICED.own },
    whileThere(positive(price), inStock),
    Math.log,
  );
  add(
    {
      ...ofOwn,
      cause: 'own-stock-out',
      series: 'inStock',
      values: inStock,
      scale: SCALE.presence,
      share: SHARE.absence,
    },
    lasting(inStock),
    (share) => 1 - share,
  );
  add(
    { ...ofOwn, cause: 'buy-box', series: 'buyBox', values: buyBox, scale: SCALE.presence },
    lasting(whileThere(buyBox, inStock)),
    (share) => 1 - share,
  );
  add(
    { ...ofOwn, cause: 'coupon', series: 'coupon', values: coupon, scale: SCALE.ownPrice },
    prices.length > 0 ? coupon : [],
    (off, day) => Math.log(Math.max(LEAST_LEFT, 1 - off / (prices[day] ?? Infinity))),
  );
  add(
    { ...ofOwn, cause: 'rating', series: 'rating', values: rating, scale: SCALE.star, wobble: ROUNDING },
    lasting(rating),
    (tenths) => -tenths / 10,
  );
  for (const { id, ...series } of rivals) {
    const ofRival = { rival: id, share: SHARE.other };
    add(
      {
        ...ofRival,
        cause: 'rival-price',
        series: 'price',
        values: series.price,
        scale: SCALE.rivalPrice,
        wobble: NOTICED.rival,
      },
      whileThere(positive(series.price), series.inStock),
      (value) => -Math.log(value),
    );
    add(
      {
        ...ofRival,
        cause: 'rival-stock-out',
        series: 'inStock',
        values: series.inStock,
        scale: SCALE.presence,
        wobble: 0,
      },
      lasting(series.inStock),
      (share) => share,
    );
  }
  return { factors, missing };
}

/** While there is no offer there is no price to act, and the last one is carried on; where that is unknown, so is the price. */
function whileThere(values: Daily, inStock: Daily): Daily {
  if (knownDays(inStock) === 0) return values;
  let last: number | null = null;
  return values.map((value, day) => {
    const share = inStock[day] ?? null;
    if (share === null) return null;
    if (share >= IN_STOCK && value !== null) last = value;
    return share < IN_STOCK ? last : value;
  });
}

/** Medians of three days: what is otherwise for one day is no change. */
function lasting(values: Daily): Daily {
  const whole = carried(values);
  return values.map((value, day) =>
    value === null ? null : median([whole[day - 1] ?? value, value, whole[day + 1] ?? value]),
  );
}

function positive(values: Daily): Daily {
  return values.map((value) => (value !== null && value > 0 ? value : null));
}

export function knownDays(values: Daily): number {
  return values.reduce((count: number, value) => count + (value === null ? 0 : 1), 0);
}

/** How far a signal moves at most. */
export function range(signal: Float64Array): number {
  const values = [...signal];
  return max(values) - min(values);
}

/** The last known value carried forward, the first one back. */
function carried(values: Daily): number[] {
  let last = values.find((value) => value !== null) ?? null;
  return values.flatMap((value) => (last = value ?? last) ?? []);
}
