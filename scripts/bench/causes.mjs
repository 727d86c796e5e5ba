import { autoregression, normal } from './series.mjs';

/**
 * Daily series of a product and its rivals in which one cause, whose effect is known, moves the product's BSR.
 *
 * log BSR = level + loading × market + weekday + Σ effects + AR(1) noise, rounded to whole ranks.
 *
 * In every family, whatever the cause:
 * - noise: correlation 0.3–0.8, standard deviation 0.08–0.2, of each product its own
 * - market: AR(1) of 0.95 with standard deviation 0.06 and a drift of up to ±0.1 in all; loadings 0.7–1.3
 * - weekday effects of 4 %, half of them common to the category
 * - own price: moves of some 1.5 %, at most 4 %, each 20 days; they act with an elasticity of log BSR of 1–4
 * - rivals' prices: moves of some 2.5 %, at most 6 %, each 20 days; on their own BSR with 1–4, on the product's with 0–0.8
 * - rating: wobbles by a tenth each 15 days and returns; buy box: on one day in ten held for 70–100 % of it only;
 *   offers: on one day in fifty there for 80–100 % of it only
 * - past events, over 30 days before: in one case of five each a coupon, a promotion and a rival's stock-out that came and went
 * - 3 % of days unknown in each series, in three cases of ten a gap of 2–5 days of BSR besides
 *
 * The injected effect is 0.4–1.2 in log BSR; it begins 0–3 days after its cause and takes 1–5 days to unfold. Rivals other than the
 * one that acts feel up to 0.3 of what it does to the product, and up to 0.15 of what the product does, the other way round.
 */
export const DAYS = 160;

/** What a family injects, by the name of the cause that has to be found. */
export const FAMILIES = {
  'own price cut': ownPrice(-1),
  'own price raised': ownPrice(1),
  'rival price cut': rivalPrice(-1),
  'rival price raised': rivalPrice(1),
  'own stock-out, its beginning': ownStockOut('start'),
  'own stock-out, its end': ownStockOut('end'),
  'rival stock-out': rivalStockOut,
  'buy box lost': buyBoxLost,
  'coupon begun': couponBegun,
  'coupon ended': couponEnded,
  'rating drop': ratingDrop,
  'market drift': marketDrift,
  'unexplained shift': unexplainedShift,
  nothing: () => {},
};

/** Two causes within 3 days, the second of half to all of the effect of the first. */
export const PAIRS = [
  ['own price cut', 'rival price cut'],
  ['own price raised', 'market drift'],
  ['buy box lost', 'coupon ended'],
  ['rival stock-out', 'coupon begun'],
];

/**
 * @param families names of FAMILIES
 * @returns the series, what was injected, the day around which BSR changes (null of nothing), and the true effects on log BSR by cause
 */
export function simulate(random, families, { rivals = 5, noise = 1 } = {}) {
  const world = background(random, rivals, noise);
  const begins = 105 + Math.floor(25 * random());
  families.forEach((family, number) => {
    world.at = begins + (number > 0 ? Math.floor(4 * random()) : 0);
    world.share = number > 0 ? between(random, 0.5, 1) : 1;
    FAMILIES[family](world);
  });
  // What was injected into the market is part of it by now.
  world.effects.market = Float64Array.from(world.market, (value) => world.own.loading * value);
  return { ...observed(world), injected: world.injected, around: world.around ?? null, effects: world.effects };
}

function background(random, count, noise) {
  const drift = between(random, -0.1, 0.1);
  const market = autoregression(random, DAYS, 0.95).map((value, day) => 0.06 * value + (drift * day) / DAYS);
  const common = week(random, 0.04 * Math.SQRT1_2);
  const product = (shopPrice) => {
    const own = week(random, 0.04 * Math.SQRT1_2);
    const wobble = autoregression(random, DAYS, between(random, 0.3, 0.8));
    const deviation = noise * between(random, 0.08, 0.2);
    return {
      level: Math.log(500) + random() * Math.log(100),
      loading: between(random, 0.7, 1.3),
      noise: wobble.map((value, day) => deviation * value + common[day % 7] + own[day % 7]),
      effect: new Float64Array(DAYS),
      price: shopPrice,
      level0: between(random, 1500, 6000),
      inStock: Array.from({ length: DAYS }, () => (random() < 0.02 ? between(random, 0.8, 1) : 1)),
    };
  };
  const own = product(steps(random, 0.015, 0.04));
  const base = Math.round(between(random, 38, 47));
  const rating = [base];
  while (rating.length < DAYS) {
    const last = rating.at(-1);
    const moves = random() < 1 / 15 || (last !== base && random() < 0.1);
    rating.push(moves ? (last === base ? base + sign(random) : base) : last);
  }
  const rivals = Array.from({ length: count }, () => product(steps(random, 0.025, 0.06)));
  const world = {
    random,
    market,
    own: {
      ...own,
      rating,
      coupon: new Float64Array(DAYS),
      buyBox: Array.from({ length: DAYS }, () => (random() < 0.1 ? between(random, 0.7, 1) : 1)),
    },
    rivals,
    effects: {},
    injected: [],
  };
  pastEvents(world);
  // Of what the prices are before anything is injected: the effect of what is injected is drawn.
  acts(world, 'own-price', null, world.own.price, between(random, 1, 4));
  rivals.forEach((rival, number) => {
    addTo(rival.effect, rival.price, between(random, 1, 4));
    acts(world, 'rival-price', number, rival.price, -between(random, 0, 0.8));
  });
  return world;
}

/** Adds an effect to the product's BSR and to what is true of its cause. */
function acts({ own, effects }, cause, rival, values, factor = 1) {
  const key = keyOf(cause, rival);
  effects[key] ??= new Float64Array(DAYS);
  addTo(effects[key], values, factor);
  if (cause !== 'market') addTo(own.effect, values, factor);
}

export const keyOf = (cause, rival) => (rival === null ? cause : `${cause} of rival ${String(rival)}`);

function pastEvents(world) {
  const { random, own, rivals } = world;
  const past = () => {
    const from = 10 + Math.floor(40 * random());
    return [from, from + 5 + Math.floor(15 * random())];
  };
  if (random() < 0.2) {
    const [from, to] = past();
    own.coupon.fill(between(random, 0.05, 0.2), from, to);
    acts(world, 'coupon', null, unfolding(from, to, 0, 1, 1), -0.3);
  }
  if (random() < 0.2) {
    const [from, to] = past();
    const cut = between(random, 0.05, 0.15);
    for (let day = from; day < to; day++) own.price[day] -= cut;
  }
  if (random() < 0.2 && rivals.length > 0) {
    const [from, to] = past();
    const rival = pick(random, rivals);
    rival.inStock.fill(0, from, to);
    addTo(rival.effect, unfolding(from, to, 0, to - from, 4), 0.8);
    acts(world, 'rival-stock-out', rivals.indexOf(rival), unfolding(from, to, 1, 3, 3), -between(random, 0, 0.3));
  }
}

function ownPrice(direction) {
  return (world) => {
    const { random, own, at } = world;
    const shape = begun(world, 'own-price', direction);
    const move = direction * between(random, 0.1, 0.35);
    for (let day = at; day < DAYS; day++) own.price[day] += move;
    spill(world, shape, -direction);
  };
}

function rivalPrice(direction) {
  return (world) => {
    const { random, rivals, at } = world;
    const rival = pick(random, rivals);
    const shape = begun(world, 'rival-price', -direction, rivals.indexOf(rival));
    const move = direction * between(random, 0.12, 0.4);
    for (let day = at; day < DAYS; day++) rival.price[day] += move;
    addTo(rival.effect, shape.unit, direction * between(random, 0.4, 1.2));
    feel(world, shape, rival, -direction);
  };
}

/** BSR worsens steadily as long as nothing is there to sell, and recovers within 2–6 days. */
function ownStockOut(side) {
  return (world) => {
    const { random, own, at } = world;
    const length = 7 + Math.floor(14 * random());
    const end = Math.min(at + length, DAYS - 12);
    own.inStock.fill(0, at, end);
    own.buyBox.fill(0, at, end);
    const delay = Math.floor(2 * random());
    const unit = unfolding(at, end, delay, end - at, between(random, 2, 6));
    // A change is looked for in the middle of the way up, or where it goes down again.
    world.around = side === 'start' ? at + Math.floor((end - at) / 2) : end + 1;
    begun(world, 'own-stock-out', 1, null, unit);
  };
}

function rivalStockOut(world) {
  const { random, rivals, at } = world;
  const rival = pick(random, rivals);
  const end = Math.min(at + 7 + Math.floor(19 * random()), DAYS);
  rival.inStock.fill(0, at, end);
  const unit = unfolding(at, end, Math.floor(4 * random()), 1 + 4 * random(), 1 + 4 * random());
  const shape = begun(world, 'rival-stock-out', -1, rivals.indexOf(rival), unit);
  addTo(rival.effect, unfolding(at, end, 0, end - at, 4), between(random, 0.4, 1.2));
  feel(world, shape, rival, -1);
}

function buyBoxLost(world) {
  const { random, own, at } = world;
  const end = Math.min(at + 10 + Math.floor(40 * random()), DAYS);
  for (let day = at; day < end; day++) own.buyBox[day] = 0.15 * random();
  begun(world, 'buy-box', 1, null, unfolding(at, end, Math.floor(4 * random()), 1 + 4 * random(), 1 + 4 * random()));
}

function couponBegun(world) {
  const { random, own, at } = world;
  own.coupon.fill(between(random, 0.08, 0.3), at);
  spill(world, begun(world, 'coupon', -1), 1);
}

function couponEnded(world) {
  const { random, own, at } = world;
  const from = at - 20 - Math.floor(20 * random());
  own.coupon.fill(between(random, 0.08, 0.3), from, at);
  const unit = unfolding(from, at, Math.floor(4 * random()), 1 + 4 * random(), 1 + 4 * random());
  world.around = at;
  begun(world, 'coupon', -1, null, unit);
}

function ratingDrop(world) {
  const { random, own, at } = world;
  const drop = Math.round(between(random, 3, 8));
  const takes = 1 + Math.floor(4 * random());
  for (let day = at; day < DAYS; day++)
    own.rating[day] = Math.max(10, own.rating[day] - Math.round(drop * Math.min(1, (day - at + 1) / takes)));
  begun(world, 'rating', 1);
}

function marketDrift(world) {
  const { random, at, market, own } = world;
  const unit = unfolding(at, DAYS, 0, 1 + 6 * random(), 1);
  const { effect } = begun(world, 'market', sign(random), null, unit);
  // The effect is of the product; who has another loading feels it in proportion.
  addTo(market, effect, 1 / own.loading);
}

function unexplainedShift(world) {
  begun(world, 'unexplained', sign(world.random));
}

/** Injects an effect into the product's BSR. */
function begun(world, cause, direction, rival = null, unit = null) {
  const { random, at, share } = world;
  const delay = Math.floor(4 * random());
  const shape = unit ?? unfolding(at, DAYS, delay, 1 + 4 * random(), 1);
  const size = share * between(random, 0.4, 1.2);
  const effect = shape.map((value) => direction * size * value);
  acts(world, cause, rival, effect);
  world.injected.push({ cause, rival });
  world.around ??= shape.findIndex((value, day) => day >= at && value !== shape[at - 1]);
  return { unit: shape, size, effect };
}

function feel({ random, rivals }, { unit, size }, acting, direction) {
  for (const rival of rivals) if (rival !== acting) addTo(rival.effect, unit, direction * size * 0.3 * random());
}

function spill({ random, rivals }, { unit, size }, direction) {
  for (const rival of rivals) addTo(rival.effect, unit, direction * size * 0.15 * random());
}

/** 0 until it begins, `delay` days after `from`; 1 after `rise` days; from `to` on back to 0 within `fall` days. */
function unfolding(from, to, delay, rise, fall) {
  return Float64Array.from({ length: DAYS }, (_, day) => {
    const up = Math.min(1, Math.max(0, (Math.min(day, to - 1) - from - delay + 1) / rise));
    return day < to ? up : up * Math.max(0, 1 - (day - to + 1) / fall);
  });
}

function observed({ random, market, own, rivals }) {
  const seen = (values) => [...values].map((value) => (random() < 0.03 ? null : value));
  const ranks = ({ level, loading, noise, effect }, gap) => {
    const from = random() < gap ? Math.floor(DAYS * random()) : DAYS;
    const length = 2 + Math.floor(4 * random());
    return seen(
      noise.map((value, day) => {
        const log = level + loading * market[day] + value + effect[day];
        return day >= from && day < from + length ? null : Math.max(1, Math.round(Math.exp(log)));
      }),
    );
  };
  const prices = ({ level0, price, inStock }) =>
    seen(price.map((log, day) => (inStock[day] === 0 ? null : Math.round(level0 * Math.exp(log)))));
  return {
    bsr: ranks(own, 0.3),
    own: {
      price: prices(own),
      inStock: seen(own.inStock),
      buyBox: seen(own.buyBox),
      coupon: seen([...own.coupon].map((off, day) => Math.round(off * own.level0 * Math.exp(own.price[day])))),
      rating: seen(own.rating),
    },
    rivals: rivals.map((rival, number) => ({
      id: `rival ${String(number)}`,
      price: prices(rival),
      inStock: seen(rival.inStock),
      bsr: ranks(rival, 0.3),
    })),
  };
}

/** A logarithm that stands still and moves now and then. */
function steps(random, deviation, most) {
  let level = 0;
  return Array.from({ length: DAYS }, () => {
    if (random() < 1 / 20) level += Math.min(most, Math.max(-most, deviation * normal(random)));
    return level;
  });
}

function week(random, deviation) {
  return Array.from({ length: 7 }, () => deviation * normal(random));
}

function addTo(target, values, factor) {
  for (let day = 0; day < DAYS; day++) target[day] += factor * values[day];
}

const between = (random, low, high) => low + (high - low) * random();
const sign = (random) => (random() < 0.5 ? -1 : 1);
const pick = (random, list) => list[Math.floor(random() * list.length)];
