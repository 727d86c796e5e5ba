import { Marketplace, MARKETPLACES } from '../../common/marketplace';
import { between, unit } from './sandbox-hash';
import { nicheOf, rivalsOf } from './sandbox-niches';

const LEVEL_DAYS = 45;
const BLOCK_DAYS = 21;
/** A cut at least so deep makes some rivals follow. */
const DEEP_CUT = 0.16;
const REACTION_DELAY_DAYS = 2;
const REACTION = 0.06;

/** Minor units of a currency for one US cent: round figures, so that prices look right and nothing else. */
const PER_US_CENT: Record<string, number> = {
  USD: 1,
  CAD: 1.35,
  MXN: 18,
  BRL: 5.5,
  GBP: 0.8,
  EUR: 0.95,
  SEK: 10.5,
  PLN: 4,
  TRY: 40,
  AED: 3.7,
  SAR: 3.75,
  EGP: 48,
  ZAR: 18,
  INR: 84,
  JPY: 1.5,
  AUD: 1.5,
  SGD: 1.35,
};

interface Promotion {
  /** First day and day after the last. */
  start: number;
  end: number;
  /** Share taken off. */
  depth: number;
}

/** Prices of the simulated market by day, remembered for as long as the object lives. */
export class SandboxPrices {
  private readonly byDay = new Map<string, number>();
  private readonly rivalsByDay = new Map<string, number>();

  constructor(private readonly seed: string) {}

  /** Price on a day (since 1970) in US cents before rounding. */
  priceOn(asin: string, day: number): number {
    const key = `${asin}/${day}`;
    let price = this.byDay.get(key);
    if (price === undefined) {
      price = this.listLevel(asin, day) * (1 - this.cutOn(asin, day)) * (1 - this.reactionOn(asin, day));
      this.byDay.set(key, price);
    }
    return price;
  }

  /** The price to which a promotion returns: drifts every few weeks. */
  listLevel(asin: string, day: number): number {
    const base = nicheOf(asin).price * between(0.75, 1.35, this.seed, 'base', asin);
    const epoch = Math.floor((day + Math.floor(between(0, LEVEL_DAYS, this.seed, 'shift', asin))) / LEVEL_DAYS);
    return base * between(0.92, 1.08, this.seed, 'level', asin, epoch);
  }

  /** Mean price of the niche's other listings. */
  rivalPriceOn(asin: string, day: number): number {
    const key = `${asin}/${day}`;
    let mean = this.rivalsByDay.get(key);
    if (mean === undefined) {
      const rivals = rivalsOf(nicheOf(asin)).filter((rival) => rival !== asin);
      mean = rivals.reduce((sum, rival) => sum + this.priceOn(rival, day), 0) / rivals.length;
      this.rivalsByDay.set(key, mean);
    }
    return mean;
  }

  private cutOn(asin: string, day: number): number {
    const promotion = this.promotion(asin, Math.floor(day / BLOCK_DAYS));
    return promotion && day >= promotion.start && day < promotion.end ? promotion.depth : 0;
  }

  /** Some rivals answer a deep cut two days later, for as long as it lasts. */
  private reactionOn(asin: string, day: number): number {
    const block = Math.floor((day - REACTION_DELAY_DAYS) / BLOCK_DAYS);
    for (const rival of rivalsOf(nicheOf(asin))) {
      if (rival === asin) continue;
      const promotion = this.promotion(rival, block);
      if (!promotion || promotion.depth < DEEP_CUT) continue;
      const since = day - REACTION_DELAY_DAYS - promotion.start;
      const answers = unit(this.seed, 'answers', asin, rival, block) < 0.3;
      if (answers && since >= 0 && since < promotion.end - promotion.start) return REACTION;
    }
    return 0;
  }

  /** At most one promotion in three weeks, inside its block. */
  private promotion(asin: string, block: number): Promotion | null {
    if (unit(this.seed, 'promotes', asin, block) > 0.45) return null;
    const length = Math.floor(between(3, 8, this.seed, 'length', asin, block));
    const start = block * BLOCK_DAYS + Math.floor(between(0, BLOCK_DAYS - length, this.seed, 'start', asin, block));
    return { start, end: start + length, depth: between(0.08, 0.28, this.seed, 'depth', asin, block) };
  }
}

/** As a shop would write it: ending in 99, or in a round ten where the currency has no minor unit. */
export function toShopPrice(usCents: number, marketplace: Marketplace): number {
  const { currency, exponent } = MARKETPLACES[marketplace];
  const amount = usCents * (PER_US_CENT[currency] ?? 1);
  return exponent === 0 ? Math.max(10, Math.round(amount / 10) * 10) : Math.max(99, Math.round(amount / 100) * 100 - 1);
}
