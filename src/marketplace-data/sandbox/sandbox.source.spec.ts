import fc from 'fast-check';
import { Marketplace, MARKETPLACE_CODES } from '../../common/marketplace';
import { Metric, METRICS } from '../../common/metric';
import { HistorySeries, Reading } from '../marketplace-data';
import { DEMO_LISTINGS } from './demo-listings';
import { SandboxSource } from './sandbox.source';

const NOW = new Date('2026-11-24T12:34:56Z');
const source = new SandboxSource('amazon-insights', () => NOW);

const asins = fc
  .string({ unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'), minLength: 5, maxLength: 5 })
  .map((text) => `B0SIM${text}`)
  .filter((asin) => !['B0SIMGONE0', 'B0SIMBLOCK', 'B0SIMSLOW0'].includes(asin));

async function readingAt(time: Date, asin: string, marketplace: Marketplace = 'US'): Promise<Reading> {
  const [outcome] = await new SandboxSource('amazon-insights', () => time).fetch(marketplace, [asin]);
  if (!outcome || !('reading' in outcome)) throw new Error('no reading');
  return outcome.reading;
}

async function yearOf(asin: string, marketplace: Marketplace = 'US'): Promise<HistorySeries[]> {
  const [outcome] = await source.history(marketplace, [asin]);
  return outcome?.series ?? [];
}

/** Value in force at a minute; points ascend. */
function valueAt(series: HistorySeries[], metric: Metric, minute: number): number | null | undefined {
  const points = series.find((item) => item.metric === metric)?.points ?? [];
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.[0] ?? 0) <= minute) low = middle + 1;
    else high = middle;
  }
  return points[low - 1]?.[1];
}

const HOURS = Array.from({ length: 8700 }, (_, index) => (Math.floor(NOW.getTime() / 3_600_000) - index) * 60);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('SandboxSource', () => {
  it('should cover its own ASINs and no real one', () => {
    expect(source.covers('US', 'B0SIMA0001')).toBe(true);
    expect(source.covers('US', 'B08N5WRWNW')).toBe(false);
  });

  it('should simulate nothing for a real ASIN', async () => {
    expect(await source.fetch('US', ['B08N5WRWNW'])).toEqual([
      { asin: 'B08N5WRWNW', result: 'gone', detail: 'the sandbox does not simulate this ASIN' },
    ]);
  });

  it('should give the same reading at the same time, whatever was asked before', async () => {
    const fresh = await readingAt(NOW, 'B0SIMA0001');
    await yearOf('B0SIMA0002');
    expect(await readingAt(NOW, 'B0SIMA0001')).toEqual(fresh);
  });

  it('should give another market for another seed', async () => {
    const [other] = await new SandboxSource('another', () => NOW).fetch('US', ['B0SIMA0001']);
    const [own] = await source.fetch('US', ['B0SIMA0001']);
    expect(other).not.toEqual(own);
  });

  it('should agree between history and a fetch at any time of the year', async () => {
    const series = await yearOf('B0SIMA0001');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 364 * 1440 }), async (ago) => {
        const time = new Date(NOW.getTime() - ago * 60_000);
        const { values } = await readingAt(time, 'B0SIMA0001');
        const minute = Math.floor(time.getTime() / 60_000);
        for (const metric of Object.keys(values) as Metric[]) {
          expect([metric, valueAt(series, metric, minute) ?? null]).toEqual([metric, values[metric] ?? null]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('should give whole numbers in range, an offer exactly when there is stock, and readings marked as sandbox', async () => {
    await fc.assert(
      fc.asyncProperty(asins, fc.constantFrom(...MARKETPLACE_CODES), async (asin, marketplace) => {
        const { values, source: name, facts } = await readingAt(NOW, asin, marketplace);
        expect(name).toBe('sandbox');
        for (const value of Object.values(values)) {
          expect(value === null || (Number.isInteger(value) && value >= 0 && value <= 2_147_483_647)).toBe(true);
        }
        expect(values.stock === 0).toBe(values.price === null);
        expect(facts.availability).toBe(values.stock === 0 ? 'out_of_stock' : 'in_stock');
      }),
    );
  });

  it('should keep points ascending, each closed by the next, and change nothing twice', async () => {
    for (const { marketplace, asin } of DEMO_LISTINGS) {
      for (const { points } of await yearOf(asin, marketplace)) {
        const end = Math.floor(NOW.getTime() / 60_000);
        const wrong = points.filter(([minute, value, until], index) => {
          const next = points[index + 1];
          return until !== (next ? next[0] : end) || until < minute || next?.[1] === value;
        });
        expect(wrong).toEqual([]);
      }
    }
  });

  it('should have a year of ranks and few changes of price and rating', async () => {
    const series = await yearOf('B0SIMA0001');
    const count = (metric: Metric) => series.find((item) => item.metric === metric)?.points.length ?? 0;
    expect(count('bsr')).toBeGreaterThan(3000);
    expect(count('bsr')).toBeLessThan(9000);
    expect(count('price')).toBeGreaterThan(10);
    expect(count('price')).toBeLessThan(200);
    expect(count('rating')).toBeLessThan(10);
  });

  it('should let reviews only grow', async () => {
    const reviews = (await yearOf('B0SIMA0001')).find(({ metric }) => metric === 'review_count')?.points ?? [];
    expect(reviews.filter(([, value], index) => (value ?? 0) >= (reviews[index + 1]?.[1] ?? Infinity))).toEqual([]);
    expect(reviews.length).toBeGreaterThan(50);
  });

  it('should have a demo with a stock-out of the last 60 days', async () => {
    const years = await Promise.all(DEMO_LISTINGS.map(({ marketplace, asin }) => yearOf(asin, marketplace)));
    const since = NOW.getTime() / 60_000 - 60 * 1440;
    const outs = years.filter((series) =>
      series.find(({ metric }) => metric === 'stock')?.points.some(([, value, until]) => value === 0 && until > since),
    );
    expect(outs.length).toBeGreaterThan(0);
  });

  it('should sell better below the list price than at it', async () => {
    const pairs: { ratio: number; rank: number }[] = [];
    for (const asin of ['B0SIMA0001', 'B0SIMA0002', 'B0SIMB0003']) {
      const series = await yearOf(asin);
      for (const minute of HOURS) {
        const price = valueAt(series, 'price', minute);
        const list = valueAt(series, 'list_price', minute);
        const rank = valueAt(series, 'bsr', minute);
        if (price != null && list != null && rank != null) pairs.push({ ratio: price / list, rank: Math.log(rank) });
      }
    }
    const middle = mean(pairs.map(({ ratio }) => ratio));
    const cheap = mean(pairs.filter(({ ratio }) => ratio < middle).map(({ rank }) => rank));
    const dear = mean(pairs.filter(({ ratio }) => ratio >= middle).map(({ rank }) => rank));
    expect(cheap).toBeLessThan(dear);
  });

  it('should rank worse while out of stock', async () => {
    const ratios: number[] = [];
    for (const { marketplace, asin } of DEMO_LISTINGS) {
      const series = await yearOf(asin, marketplace);
      const ranks = { in: [] as number[], out: [] as number[] };
      for (const minute of HOURS) {
        const rank = valueAt(series, 'bsr', minute);
        if (rank != null) ranks[valueAt(series, 'stock', minute) === 0 ? 'out' : 'in'].push(rank);
      }
      if (ranks.out.length > 48) ratios.push(mean(ranks.out) / mean(ranks.in));
    }
    expect(ratios.length).toBeGreaterThan(0);
    expect(Math.min(...ratios)).toBeGreaterThan(1.3);
  });

  it('should reword each demo listing now and then, and say each time that it is simulated', async () => {
    for (const { marketplace, asin } of DEMO_LISTINGS) {
      const rewordings = { title: 0, bullets: 0 };
      let last: Reading['facts'] | undefined;
      for (let day = 0; day < 365; day++) {
        const { facts } = await readingAt(new Date(NOW.getTime() - day * 86_400_000), asin, marketplace);
        expect(facts.title).toMatch(/ \(simulated listing\)$/);
        if (last && last.title !== facts.title) rewordings.title++;
        if (last && last.bullets?.join() !== facts.bullets?.join()) rewordings.bullets++;
        last = facts;
      }
      expect(rewordings.title).toBeGreaterThan(5);
      expect(rewordings.title).toBeLessThan(31);
      expect(rewordings.bullets).toBeGreaterThan(3);
      expect(rewordings.bullets).toBeLessThan(23);
    }
  });

  it.each([
    ['B0SIMGONE0', 'gone'],
    ['B0SIMBLOCK', 'blocked'],
    ['B0SIMSLOW0', 'timeout'],
    ['B0SIMNOOFF', 'no_offer'],
  ])('should let %s be %s', async (asin, result) => {
    const [outcome] = await source.fetch('US', [asin]);
    expect(outcome?.result).toBe(result);
  });

  it('should find rivals of one niche by words of their titles', async () => {
    const hits = await source.search({ marketplace: 'US', terms: 'insulated bottle', limit: 20 });
    expect(hits).toHaveLength(12);
    expect(hits.every(({ asin }) => asin.startsWith('B0SIMA'))).toBe(true);
    expect(await source.search({ marketplace: 'US', terms: ' ', limit: 20 })).toEqual([]);
  });

  it('should take the rest of its niche for what is similar to a listing', async () => {
    const query = { marketplace: 'US' as const, asin: 'B0SIMA0001', limit: 3 };
    const hits = await source.related('similar-items', query);
    expect(hits.map(({ asin }) => asin)).toEqual(['B0SIMA0002', 'B0SIMA0003', 'B0SIMA0004']);
    expect(hits[0]?.title).toContain('(simulated listing)');
    await expect(source.related('finder', query)).rejects.toMatchObject({ kind: 'unsupported' });
  });

  it('should know every metric it emits', async () => {
    const { values } = await readingAt(NOW, 'B0SIMA0001');
    expect(Object.keys(values).every((metric) => metric in METRICS)).toBe(true);
  });
});
