import { seededRandom } from '../../src/analytics/random';
import { Metric } from '../../src/common/metric';
import { Evidence, EvidenceItem, listingKey, SALES_KEY, seriesKey } from '../../src/ai-insights/evidence/evidence';

export const TODAY = 20_000;
export const NOW = TODAY * 1440 + 600;
export const OWN = 'B000000001';
export const RIVALS = ['B000000002', 'B000000003', 'B000000004', 'B000000005'];

type Values = (day: number) => number | null | undefined;

/** A value a day for 180 days up to now; null is an absence, undefined is unknown. */
export function series(asin: string, metric: Metric, valueOf: Values): [string, EvidenceItem] {
  const segments = Array.from({ length: 180 }, (_, place) => TODAY - 179 + place).flatMap(
    (day): [number, number, number | null][] => {
      const value = valueOf(day);
      return value === undefined ? [] : [[day * 1440, Math.min((day + 1) * 1440, NOW), value]];
    },
  );
  return [seriesKey(asin, metric), { type: 'series', asin, metric, sources: ['keepa'], segments }];
}

export function listing(asin: string): [string, EvidenceItem] {
  const rest = { brand: 'Acme', bullets: ['Boils'], imageCount: 3, categoryPath: ['Kitchen'] };
  const item: EvidenceItem = {
    type: 'listing',
    asin,
    title: `Kettle ${asin}`,
    ...rest,
    bsrCategory: 'Kitchen',
    bsrSubCategory: null,
    source: 'keepa',
  };
  return [listingKey(asin), item];
}

export function evidenceOf(...items: [string, EvidenceItem][]): Evidence {
  const all = [...items, [SALES_KEY, { type: 'sales', models: [], own: [] }] as [string, EvidenceItem]];
  return { productId: 'P', asin: OWN, marketplace: 'US', at: NOW, items: Object.fromEntries(all) };
}

/** A world with rivals, in which the own price was cut 40 days ago and the rank followed. */
export function lively(seed: number, cut = 0.7): Evidence {
  const random = seededRandom(seed);
  const noise = () => random() + random() + random() - 1.5;
  const rank = (shift: Values) => (day: number) => Math.round(5000 * Math.exp((shift(day) ?? 0) + 0.1 * noise()));
  return evidenceOf(
    listing(OWN),
    series(OWN, 'price', (day) => (day < TODAY - 40 ? 3000 : Math.round(3000 * cut))),
    series(OWN, 'buy_box_price', () => 3000),
    series(OWN, 'coupon', () => null),
    series(OWN, 'rating', () => 44),
    series(OWN, 'review_count', (day) => 500 + 3 * (day - TODAY)),
    series(
      OWN,
      'bsr',
      rank((day) => (day < TODAY - 39 ? 0 : -1)),
    ),
    ...RIVALS.flatMap((asin) => [
      listing(asin),
      series(asin, 'price', () => 3100),
      series(
        asin,
        'bsr',
        rank(() => 0.3),
      ),
    ]),
  );
}
