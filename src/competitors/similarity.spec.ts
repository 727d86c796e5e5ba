import fc from 'fast-check';
import { Described, SimilaritySet, WEIGHTS } from './similarity';

const NOTHING: Described = {
  title: null,
  bullets: null,
  brand: null,
  categoryPath: null,
  price: null,
  bsr: null,
  bsrCategory: null,
};
const listing = (known: Partial<Described>): Described => ({ ...NOTHING, ...known });

const KETTLES = ['Acme electric kettle steel', 'Bolt electric kettle glass', 'Cora kettle electric steel quiet'];
const OTHERS = ['Dune garden hose green', 'Echo garden hose reel', 'Fern phone case clear'];

describe('SimilaritySet', () => {
  it('should put first what the words say is the same kind of thing', () => {
    const set = new SimilaritySet([...KETTLES, ...OTHERS].map((title) => listing({ title })));
    const nearest = (index: number, count: number) => set.similarTo(index, count).map((similar) => similar.index);
    expect([nearest(0, 2).sort(), nearest(3, 1)]).toEqual([[1, 2], [4]]);
  });

  it('should weigh only the parts that both sides have', () => {
    const set = new SimilaritySet([listing({ price: 100, brand: 'Acme' }), listing({ price: 50 })]);
    expect(set.pair(0, 1)).toEqual({ score: 0.5, parts: { price: 0.5 } });
  });

  it('should say nothing about listings of which nothing is known', () => {
    const set = new SimilaritySet([NOTHING, NOTHING, listing({ title: 'Acme kettle' })]);
    expect([set.pair(0, 1), set.similarTo(0, 5)]).toEqual([null, []]);
  });

  it('should be the weighted mean of its parts', () => {
    const one = listing({
      categoryPath: ['Home', 'Kitchen', 'Kettles'],
      price: 100,
      brand: 'Acme',
      bsr: 10,
      bsrCategory: 'Kettles',
    });
    const other = listing({
      categoryPath: ['Home', 'Kitchen', 'Pans'],
      price: 80,
      brand: 'Bolt',
      bsr: 1000,
      bsrCategory: 'Kettles',
    });
    const found = new SimilaritySet([one, other]).pair(0, 1);
    expect(found?.parts).toEqual({ category: 2 / 3, price: 0.8, rank: 1 / 3, brand: 0 });
    const weights = WEIGHTS.category + WEIGHTS.price + WEIGHTS.rank + WEIGHTS.brand;
    expect(found?.score).toBeCloseTo(
      (WEIGHTS.category * (2 / 3) + WEIGHTS.price * 0.8 + WEIGHTS.rank / 3) / weights,
      12,
    );
  });

  it('should not compare ranks of different categories', () => {
    const set = new SimilaritySet([listing({ bsr: 1, bsrCategory: 'A' }), listing({ bsr: 1, bsrCategory: 'B' })]);
    expect(set.pair(0, 1)).toBeNull();
  });

  it('should count a rare word for more than a common one', () => {
    const titles = ['x usb cable', 'x usb hub', 'x usb lamp', 'x usb fan', 'x cable ties', 'x usb cable braided'];
    const set = new SimilaritySet(titles.map((title) => listing({ title, brand: 'x' })));
    const [cable, hub] = [set.pair(0, 4), set.pair(0, 1)];
    expect(cable?.parts.text).toBeGreaterThan(hub?.parts.text ?? 1);
  });

  it('should take it from the caller how common a word is', () => {
    const titles = ['usb cable', 'usb hub', 'cable ties'].map((title) => listing({ title, brand: 'x' }));
    const nearest = (share?: (term: string) => number) => new SimilaritySet(titles, share).similarTo(0, 1)[0]?.index;
    const [usbIsRare, cableIsRare] = ['usb', 'cable'].map((rare) => (term: string) => (term === rare ? 0.001 : 0.5));
    expect([nearest(usbIsRare), nearest(cableIsRare)]).toEqual([1, 2]);
  });

  it('should stay between 0 and 1 and be the same both ways', () => {
    const known = fc.record({
      title: fc.option(fc.stringMatching(/^[a-d]( [a-d]){0,6}$/)),
      bullets: fc.option(fc.stringMatching(/^[a-f]( [a-f]){0,9}$/)),
      brand: fc.option(fc.constantFrom('a', 'b', 'x y')),
      categoryPath: fc.option(fc.array(fc.constantFrom('p', 'q'), { maxLength: 3 })),
      price: fc.option(fc.integer({ min: 0, max: 1000 })),
      bsr: fc.option(fc.integer({ min: 0, max: 1000 })),
      bsrCategory: fc.option(fc.constantFrom('p', 'q')),
    });
    fc.assert(
      fc.property(fc.array(known, { minLength: 2, maxLength: 12 }), (listings) => {
        const set = new SimilaritySet(listings);
        for (const { index, score, parts } of set.similarTo(0, listings.length)) {
          for (const value of [score, ...Object.values(parts)]) {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1 + 1e-9);
          }
          expect(set.pair(0, index)?.score).toBeCloseTo(set.pair(index, 0)?.score ?? -1, 9);
        }
      }),
    );
  });
});
