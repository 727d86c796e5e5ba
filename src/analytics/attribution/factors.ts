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
  /** Share of the day in which the product held the buy box, 0 to 1. */
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
 * Effects expected of one unit of a signal on log BSR. Weak: a half-normal prior allows twice its scale without much ado, and what lies far
 * beyond is no longer taken for an effect of so small a move.
 * Prices: the mean elasticity of sales is −2.6 (Bijmolt, van Heerde and Pieters 2005, "New empirical generalizations on the determinants of price
 * elasticity"), and log sales fall by 0.87 for each unit of log rank (Brynjolfsson, Hu and Smith 2003, "Consumer surplus in the digital economy"), so
 * that log rank is expected to follow log price by 3: the mean of a half-normal of 3.75. Across products half of that, a generous reading of
 * Sethuraman, Srinivasan and Kim 1999, "Asymmetric and neighborhood cross-price effects". One star: up to some two units. What is there or not: one
 * unit, a factor of 2.7.
 */
const SCALE = { ownPrice: 3.75, rivalPrice: 3, star: 2, presence: 1 };
/** Without offers nothing is sold, and the rank must fall; of many rivals few matter. */
const SHARE = { absence: 0.9, own: 0.6, rivalAbsence: 0.5, rivalPrice: 0.4 };
/** A rating is told in tenths: from one to the next it may have moved by a hundredth. */
const ROUNDING = 0.101;
/** Of the days of each window that have to be known. */
const FEWEST_KNOWN = 0.5;
/** Below that share of a day the product is out of stock, and nothing is told by who holds the buy box. */
const IN_STOCK = 0.5;

export interface Window {
  from: number;
  to: number;
}

/** The factors that are known in both windows, and of the others what is missing. */
export function factorsOf(own: OwnSeries, rivals: readonly RivalSeries[], windows: readonly Window[]) {
  const factors: Factor[] = [];
  const missing: string[] = [];
  const add = (factor: Omit<Factor, 'signal'>, known: Daily, act: (value: number, day: number) => number) => {
    const name = factor.rival === null ? factor.series : `${factor.series} of rival ${factor.rival}`;
    const unknown = windows.some(
      ({ from, to }) => knownDays(known.slice(from, to)) < Math.max(1, FEWEST_KNOWN * (to - from)),
    );
    if (unknown) missing.push(`${name}: needs to be known on half of the days before and after the change`);
    else {
      const signal = Float64Array.from(carried(known), act);
      factors.push({
        ...factor,
        signal: factor.series === 'price' || factor.series === 'coupon' ? signal : medians(signal),
      });
    }
  };
  const prices = carried(own.price);
  // While there is no offer there is no price to act, and the last one is carried on.
  const whileThere = (values: Daily, inStock: Daily) =>
    knownDays(inStock) === 0
      ? values
      : values.map((value, day) => {
          const share = inStock[day] ?? null;
          if (share === null) return null;
          return share < IN_STOCK ? lastBefore(values, inStock, day) : value;
        });
  const price = (inStock: Daily, values: Daily) => whileThere(values, inStock);
  add(
    {
      cause: 'own-price',
      rival: null,
      series: 'price',
      values: own.price,
      scale: SCALE.ownPrice,
      share: SHARE.own,
      wobble: 0,
    },
    price(own.inStock, own.price),
    Math.log,
  );
  add(
    {
      cause: 'own-stock-out',
      rival: null,
      series: 'inStock',
      values: own.inStock,
      scale: SCALE.presence,
      share: SHARE.absence,
      wobble: 0,
    },
    own.inStock,
    (share) => 1 - share,
  );
  add(
    {
      cause: 'buy-box',
      rival: null,
      series: 'buyBox',
      values: own.buyBox,
      scale: SCALE.presence,
      share: SHARE.own,
      wobble: 0,
    },
    whileThere(own.buyBox, own.inStock),
    (share) => 1 - share,
  );
  add(
    {
      cause: 'coupon',
      rival: null,
      series: 'coupon',
      values: own.coupon,
      scale: SCALE.ownPrice,
      share: SHARE.own,
      wobble: 0,
    },
    prices.length > 0 ? own.coupon : [],
    (off, day) => Math.log(Math.max(0.1, 1 - off / (prices[day] ?? Infinity))),
  );
  add(
    {
      cause: 'rating',
      rival: null,
      series: 'rating',
      values: own.rating,
      scale: SCALE.star,
      share: SHARE.own,
      wobble: ROUNDING,
    },
    own.rating,
    (tenths) => -tenths / 10,
  );
  for (const rival of rivals) {
    add(
      {
        cause: 'rival-price',
        rival: rival.id,
        series: 'price',
        values: rival.price,
        scale: SCALE.rivalPrice,
        share: SHARE.rivalAbsence,
        wobble: 0,
      },
      price(rival.inStock, rival.price),
      (value) => -Math.log(value),
    );
    add(
      {
        cause: 'rival-stock-out',
        rival: rival.id,
        series: 'inStock',
        values: rival.inStock,
        scale: SCALE.presence,
        share: SHARE.rivalAbsence,
        wobble: 0,
      },
      rival.inStock,
      (share) => share,
    );
  }
  return { factors, missing };
}

export function knownDays(values: Daily): number {
  return values.reduce((count: number, value) => count + (value === null ? 0 : 1), 0);
}

/** Of three days each: what is otherwise for one day is no change. */
function medians(signal: Float64Array): Float64Array {
  return signal.map((value, day) => median([signal[day - 1] ?? value, value, signal[day + 1] ?? value]));
}

/** How far a signal moves at most. */
export function range(signal: Float64Array): number {
  const values = [...signal];
  return max(values) - min(values);
}

/** The value of the last day known with an offer. */
function lastBefore(values: Daily, inStock: Daily, day: number): number | null {
  for (let before = day - 1; before >= 0; before--) {
    const value = values[before] ?? null;
    if (value !== null && (inStock[before] ?? 0) >= IN_STOCK) return value;
  }
  return null;
}

/** The last known value carried forward, the first one back. */
function carried(values: Daily): number[] {
  let last = values.find((value) => value !== null);
  if (last === undefined || last === null) return [];
  return values.map((value) => (last = value ?? last ?? 0));
}
