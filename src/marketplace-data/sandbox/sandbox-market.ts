import { Marketplace } from '../../common/marketplace';
import { Metric } from '../../common/metric';
import { Availability } from '../marketplace-data';
import { between, pick, unit } from './sandbox-hash';
import { bulletsOf, nicheOf, titleOf } from './sandbox-niches';
import { SandboxPrices, toShopPrice } from './sandbox-price';

const HOURS_PER_DAY = 24;
const YEAR_DAYS = 365.25;
const OFFER_DAYS = 11;
const COUPON_DAYS = 8;
const RATING_DAYS = 60;
const TITLE_DAYS = 12;
const BULLETS_DAYS = 17;
/** What makers try in a title; mostly nothing. */
const ADDITIONS = ['', '', '', ', Improved Edition', ', Gift Boxed', ', Set of 2'];
/** Places of the claims that makers leave out for a while; mostly none. */
const DROPPED = [-1, -1, 1, 2];
const SOLD_STEPS = [50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 2000, 3000, 4000, 5000];

/** What a shopper would see of a listing in one hour. */
export interface SandboxState {
  values: Partial<Record<Metric, number | null>>;
  availability: Availability;
  buyBoxSellerId: string | null;
}

/**
 * The simulated market. Every number is a function of seed, marketplace, ASIN and hour alone (hours since 1970):
 * nothing is stepped through, so any hour can be asked for in any order, on any machine.
 * Demand = season x weekday x hour of day x attraction (own price against the rivals', rating); demand drives rank and
 * sell-through; an empty shelf has no offer and lets the rank slide.
 */
export class SandboxMarket {
  private readonly prices: SandboxPrices;

  constructor(
    private readonly seed: string,
    private readonly marketplace: Marketplace,
  ) {
    this.prices = new SandboxPrices(`${seed}/${marketplace}`);
  }

  stateAt(asin: string, hour: number): SandboxState {
    const stock = asin === NEVER_OFFERED ? { left: 0, hoursOut: HOURS_PER_DAY * 30 } : this.stockAt(asin, hour);
    const day = this.priceDay(asin, hour);
    const offers = 1 + Math.floor(between(0, 5, this.seed, 'offers', asin, Math.floor(day / OFFER_DAYS)));
    const values: SandboxState['values'] = {
      list_price: toShopPrice(this.prices.listLevel(asin, Math.floor(day / 300) * 300) * 1.25, this.marketplace),
      ...this.ranksAt(asin, hour, stock.hoursOut),
      ...this.feedbackAt(asin, hour),
      monthly_sold: this.monthlySoldAt(asin, day),
      stock: stock.left,
    };
    if (stock.left === 0) {
      const absent = { price: null, buy_box_price: null, buy_box_shipping: null, offer_count: 0, coupon: null };
      if (soldByAmazon(asin)) Object.assign(absent, { amazon_price: null });
      return { values: { ...values, ...absent }, availability: 'out_of_stock', buyBoxSellerId: null };
    }
    const price = toShopPrice(this.prices.priceOn(asin, day), this.marketplace);
    const outsider = offers > 1 && unit(this.seed, 'outsider', asin, Math.floor(day / 9)) < 0.25;
    const undercut = toShopPrice(this.prices.priceOn(asin, day) * 0.96, this.marketplace);
    return {
      values: {
        ...values,
        price: outsider ? Math.min(price, undercut) : price,
        buy_box_price: outsider ? Math.min(price, undercut) : price,
        buy_box_shipping: 0,
        offer_count: offers,
        coupon: this.couponAt(asin, day, price),
        ...(soldByAmazon(asin) ? { amazon_price: price } : {}),
      },
      availability: 'in_stock',
      buyBoxSellerId: outsider ? `SIMSELLER${String(1 + (Math.floor(day / 9) % 7))}` : `SIMOWNER${asin.slice(5)}`,
    };
  }

  /** Title and bullets, which the maker rewords now and then, at an hour that differs from listing to listing. */
  textsAt(asin: string, hour: number): { title: string; bullets: string[] } {
    const period = (what: string, days: number) =>
      Math.floor(hour / (HOURS_PER_DAY * days) + unit(this.seed, what, asin));
    return {
      title: titleOf(asin, pick(ADDITIONS, this.seed, 'title', asin, period('title', TITLE_DAYS))),
      bullets: bulletsOf(asin, pick(DROPPED, this.seed, 'bullets', asin, period('bullets', BULLETS_DAYS))),
    };
  }

  /** Prices change once a day at most, at an hour that differs from listing to listing. */
  private priceDay(asin: string, hour: number): number {
    return Math.floor((hour - Math.floor(between(0, HOURS_PER_DAY, this.seed, 'hour', asin))) / HOURS_PER_DAY);
  }

  /** Now and then a coupon of 5 to 20 percent for some days. */
  private couponAt(asin: string, day: number, price: number): number | null {
    const period = Math.floor(day / COUPON_DAYS);
    if (unit(this.seed, 'coupon', asin, period) >= 0.15) return null;
    return Math.round((price * pick([5, 10, 15, 20], this.seed, 'coupon percent', asin, period)) / 100);
  }

  /** How much a shopper wants this listing rather than its rivals: 1 is average. */
  private attraction(asin: string, day: number): number {
    const ratio = this.prices.priceOn(asin, day) / this.prices.rivalPriceOn(asin, day);
    const appeal = between(0.6, 1.7, this.seed, 'appeal', asin);
    return appeal * Math.exp(-3 * (ratio - 1));
  }

  private season(asin: string, day: number): number {
    const { peakMonth } = nicheOf(asin);
    return 1 + 0.3 * Math.cos(2 * Math.PI * (day / YEAR_DAYS - (peakMonth + 0.5) / 12));
  }

  private ranksAt(asin: string, hour: number, hoursOut: number): Pick<SandboxState['values'], 'bsr' | 'bsr_sub'> {
    // Ranks are worked out anew every two hours, at even hours for some listings and at odd ones for others.
    const shift = Math.floor(between(0, 2, this.seed, 'rank hour', asin));
    const slot = Math.floor((hour + shift) / 2);
    const at = slot * 2 - shift;
    const day = this.priceDay(asin, at);
    const weekday = 1 + 0.08 * Math.cos((2 * Math.PI * (Math.floor(at / HOURS_PER_DAY) + 4)) / 7);
    const evening = 1 + 0.12 * Math.cos((2 * Math.PI * ((at % HOURS_PER_DAY) - 20)) / HOURS_PER_DAY);
    const noise = Math.exp(between(-0.16, 0.16, this.seed, 'rank', asin, slot) + this.mood(asin, at));
    const demand = this.attraction(asin, day) * this.season(asin, day) * weekday * evening * noise;
    const empty = 1 + Math.min(6, (1.5 * Math.max(0, hoursOut)) / HOURS_PER_DAY);
    const { rank, subRank } = nicheOf(asin);
    return {
      bsr: Math.max(1, Math.round((rank / demand ** 1.3) * empty)),
      bsr_sub: Math.max(1, Math.round((subRank / demand ** 1.1) * empty)),
    };
  }

  /** A slow wave of a week or so, as demand has: linear between hashed knots four days apart (value noise). */
  private mood(asin: string, hour: number): number {
    const position = hour / (4 * HOURS_PER_DAY);
    const knot = Math.floor(position);
    const left = between(-0.2, 0.2, this.seed, 'mood', asin, knot);
    const right = between(-0.2, 0.2, this.seed, 'mood', asin, knot + 1);
    return left + (right - left) * (position - knot);
  }

  /** Deliveries come at fixed times; a delivery that sells faster than expected leaves the shelf empty until the next. */
  private stockAt(asin: string, hour: number): { left: number; hoursOut: number } {
    const cycle = HOURS_PER_DAY * Math.floor(between(16, 38, this.seed, 'cycle', asin));
    const shifted = hour + Math.floor(between(0, cycle, this.seed, 'delivery', asin));
    const delivery = Math.floor(shifted / cycle);
    const elapsed = shifted - delivery * cycle;
    const quantity = Math.floor(between(120, 420, this.seed, 'quantity', asin, delivery));
    const middle = Math.floor((hour - elapsed + cycle / 2) / HOURS_PER_DAY);
    const pull =
      (this.attraction(asin, middle) * this.season(asin, middle)) / between(0.6, 1.7, this.seed, 'appeal', asin);
    const lasts = (cycle * between(0.95, 1.6, this.seed, 'lasts', asin, delivery)) / Math.max(0.5, pull);
    // Counted every six hours, as a shop's figure is.
    const counted = Math.floor(elapsed / 6) * 6;
    const left = Math.max(0, Math.ceil(quantity * (1 - counted / lasts)));
    return { left, hoursOut: left > 0 ? 0 : elapsed - lasts };
  }

  private feedbackAt(asin: string, hour: number): Pick<SandboxState['values'], 'rating' | 'review_count'> {
    if (unit(this.seed, 'unrated', asin) < 0.08) return {};
    const day = this.priceDay(asin, hour);
    const rate = between(0.2, 6, this.seed, 'review rate', asin);
    // Never falls: tomorrow's least is today's most.
    const reviews = Math.floor(rate * (day - 17_000 + unit(this.seed, 'review', asin, day)));
    const base = between(38, 48, this.seed, 'rating', asin);
    const drift = between(-1.2, 1.2, this.seed, 'rating drift', asin, Math.floor(day / RATING_DAYS));
    return { rating: Math.min(50, Math.round(base + drift)), review_count: Math.max(0, reviews) };
  }

  private monthlySoldAt(asin: string, day: number): number | null {
    const sold = 900 * this.attraction(asin, Math.floor(day / 30) * 30) * this.season(asin, day - (day % 30));
    return SOLD_STEPS.filter((step) => step <= sold).at(-1) ?? null;
  }
}

/** The ASIN that never has an offer. */
const NEVER_OFFERED = 'B0SIMNOOFF';

function soldByAmazon(asin: string): boolean {
  return unit('sold by amazon', asin) < 0.3;
}
