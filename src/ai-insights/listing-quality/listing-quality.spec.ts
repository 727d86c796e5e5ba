import * as fc from 'fast-check';
import { MARKETPLACE_CODES } from '../../common/marketplace';
import { render } from '../statement';
import { CHECKS, QualityListing } from './checks';
import { adviceOf, listingQuality, QualityCheck } from './listing-quality';

const BULLETS = [
  'Boils a litre in three minutes',
  'Stays cool outside',
  'Cordless base turns all round',
  '2 years of spare parts',
  'Lid opens with one hand',
];
const GOOD: QualityListing = {
  marketplace: 'US',
  asin: 'B000000001',
  title: 'Acme Steel Kettle, 1.7 Litres',
  brand: 'Acme',
  bullets: BULLETS,
  imageCount: 7,
  categoryPath: ['Home', 'Kettles'],
  bsrSubCategory: null,
};
const UNKNOWN: QualityListing = {
  marketplace: 'US',
  asin: 'B000000001',
  title: null,
  brand: null,
  bullets: null,
  imageCount: null,
  categoryPath: null,
  bsrSubCategory: null,
};
const RIVALS = [
  { title: 'Bolt Electric Steel Kettle for Tea', brand: 'Bolt' },
  { title: 'Crux electric kettles, steel', brand: 'Crux' },
  { title: 'Dune Electric Glass Kettle with Tea Strainer', brand: 'Dune' },
];

const check = (name: string, change: Partial<QualityListing>, rivals: typeof RIVALS = []): QualityCheck => {
  const found = listingQuality({ ...GOOD, ...change }, rivals).checks.find((one) => one.name === name);
  if (!found) throw new Error(`no check ${name}`);
  return found;
};
const resultOf = (name: string, change: Partial<QualityListing>) => check(name, change).result;

describe('the checks', () => {
  it('should have weights that make 1, each its own name', () => {
    expect(CHECKS.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
    expect(new Set(CHECKS.map(({ name }) => name)).size).toBe(CHECKS.length);
  });

  it.each<[string, Partial<QualityListing>, number | null]>([
    ['title_length', { title: 'x'.repeat(75) }, 1],
    ['title_length', { title: '😀'.repeat(75) }, 1],
    ['title_length', { title: 'x'.repeat(150) }, 0.5],
    ['title_length', { title: 'x'.repeat(150), marketplace: 'SA' }, 1],
    ['title_length', { title: 'x'.repeat(150), asin: '030640615X' }, 1],
    ['title_length', { title: null }, null],
    ['title_characters', { title: 'Acme Kettle!' }, 0],
    ['title_characters', { title: 'Yum! Kettle', brand: 'Yum!' }, 1],
    ['title_repetition', { title: 'Kettle for Tea, Kettle for Milk, Pot for Soup, 2 x 2 x 2' }, 1],
    ['title_repetition', { title: 'Kettle, tea kettle, KETTLE' }, 0],
    ['title_repetition', { title: 'Kessel mit Deckel mit Griff mit Sieb', marketplace: 'DE' }, 1],
    ['title_brand', { title: 'Kettle by ACMÉ' }, 1],
    ['title_brand', { title: 'Kettle' }, 0],
    ['title_brand', { brand: null }, null],
    ['title_promotion', { title: 'Acme Kettle, Free-Shipping' }, 0],
    ['title_promotion', { title: 'Acme Kettle $19.99' }, 0],
    ['title_promotion', { title: 'Acme Gift Kettle, sold on salesday' }, 1],
    ['title_promotion', { title: 'Acme ケトル 送料無料', marketplace: 'JP' }, 0],
    ['title_promotion', { title: 'Acme ketel', marketplace: 'NL' }, null],
    ['title_promotion', { title: 'Acme bestseller', marketplace: 'NL' }, 0],
    ['bullet_count', { bullets: BULLETS.slice(0, 3) }, 0.6],
    ['bullet_count', { bullets: [...BULLETS, ...BULLETS] }, 1],
    ['bullet_count', { bullets: null }, null],
    ['bullet_length', { bullets: ['Too short', 'Long enough', 'x'.repeat(255), 'x'.repeat(256)] }, 0.5],
    ['bullet_capital', { bullets: ['【Fast】', 'Élan', '3 litres', '電気ケトル', 'fast'] }, 0.8],
    ['bullet_symbols', { bullets: ['Warm ❤', 'Acme™', 'Plain', '95 °C'] }, 0.5],
    ['bullet_promotion', { bullets: ['Edelstahl', 'Geld zurück garantiert'], marketplace: 'DE' }, 0],
    ['bullet_promotion', { bullets: ['Rostfritt stål'], marketplace: 'SE' }, null],
    ['bullet_promotion', { bullets: ['Rostfritt stål', 'Bestseller'], marketplace: 'SE' }, 0],
    ['bullet_promotion', { bullets: ['What you buy', 'Now in red'] }, 1],
    ['image_count', { imageCount: 6 }, 1],
    ['image_count', { imageCount: 3 }, 0.5],
    ['image_count', { imageCount: null }, null],
    ['category_depth', { categoryPath: ['Home'] }, 0],
    ['category_depth', { categoryPath: ['Home'], bsrSubCategory: 'Kettles' }, 1],
    ['category_depth', { categoryPath: null, bsrSubCategory: 'Kettles' }, 1],
    ['category_depth', { categoryPath: null }, null],
  ])('%s of %j should be %p', (name, change, result) => {
    expect(resultOf(name, change)).toBe(result);
  });

  it('should say which words are said too often, and which are not allowed', () => {
    expect(check('title_repetition', { title: 'Tea tea tea pot pot' }).words).toEqual(['tea']);
    expect(check('title_characters', { title: 'Hot! Hot! ?' }).words).toEqual(['!', '?']);
    expect(check('bullet_promotion', { bullets: ['Buy now for € 12,50'] }).words).toEqual(['€ 12,50', 'buy now']);
  });

  it('should show what was counted and the bound', () => {
    expect(check('title_length', { title: 'x'.repeat(90) }).found).toEqual({ characters: 90, most: 75 });
    expect(check('bullet_length', { bullets: ['Short'] }).found).toEqual({
      failing: 1,
      bullets: 1,
      fewest: 10,
      most: 255,
    });
  });
});

describe('the keywords', () => {
  it('should be those of half of the titles, without brands and small words, that the own text lacks', () => {
    const { result, found, words } = check('keywords', { title: 'Acme Kettle', bullets: ['Stainless'] }, RIVALS);
    expect(words).toEqual(['electric', 'steel', 'tea']);
    expect([result, found]).toEqual([0.25, { rivals: 3, shared: 4, lacking: 3 }]);
  });

  it('should be shared by half of the titles, and by no fewer', () => {
    const rivals = ['steel red', 'steel blue', 'glass green', 'clay white'].map((title) => ({ title, brand: 'X' }));
    expect(check('keywords', { title: 'Acme', bullets: ['Pot'] }, rivals).words).toEqual(['steel']);
  });

  it('should count a word within a longer one and one of another ending', () => {
    const own = { title: 'Acme Teekessel', bullets: ['Edelstahl'], marketplace: 'DE' as const };
    const rivals = ['Bolt Kessel Stahl', 'Crux Kessel Stahl', 'Dune Teekessels'].map((title) => ({
      title,
      brand: title.slice(0, 4),
    }));
    expect(check('keywords', own, rivals).result).toBe(1);
  });

  it('should find words in text that is written without spaces', () => {
    const rivals = ['電気 ケトル', '電気 ポット ケトル', '電気 湯沸かし'].map((title) => ({ title, brand: 'X' }));
    const own = { title: 'Acme 電気ケトル', bullets: ['軽い'], marketplace: 'JP' as const };
    expect(check('keywords', own, rivals).result).toBe(1);
  });

  it.each([
    ['two competitors', RIVALS.slice(1), {}],
    ['titles that share nothing', ['a1 red', 'b2 blue', 'c3 green'].map((title) => ({ title, brand: null })), {}],
    ['titles that are not known', [...RIVALS.slice(1), { title: null, brand: null }], {}],
    ['own bullets that are not known', RIVALS, { bullets: null }],
  ])('should not be told of %s', (_, rivals, change) => {
    const { result, missing } = check('keywords', change, rivals as typeof RIVALS);
    expect(result).toBeNull();
    expect(missing).toContain('3 confirmed competitors');
  });
});

describe('the quality of a listing', () => {
  it('should be 1 where everything known is as asked', () => {
    expect(listingQuality(GOOD, []).score).toBe(1);
  });

  it('should not be told where nothing is known, and say of each check what it needs', () => {
    const { score, checks } = listingQuality(UNKNOWN, []);
    expect(score).toBeNull();
    expect(checks.map(({ result, missing }) => result === null && missing !== null)).toEqual(CHECKS.map(() => true));
  });

  it('should not be told of a title alone', () => {
    expect(listingQuality({ ...UNKNOWN, title: GOOD.title, brand: GOOD.brand }, []).score).toBeNull();
  });

  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('free shipping', '$ 5', 'Tea tea tea', '!'));
  const listing = fc.record<QualityListing>({
    marketplace: fc.constantFrom(...MARKETPLACE_CODES),
    asin: fc.constantFrom('B000000001', '0306406152'),
    title: fc.option(text),
    brand: fc.option(text),
    bullets: fc.option(fc.array(text, { minLength: 1, maxLength: 10 })),
    imageCount: fc.option(fc.nat(20)),
    categoryPath: fc.option(fc.array(fc.string(), { minLength: 1, maxLength: 5 })),
    bsrSubCategory: fc.option(fc.string()),
  });
  const rivals = fc.array(fc.record({ title: fc.option(text), brand: fc.option(text) }), { maxLength: 6 });

  it('should lie from 0 to 1 as each check does, the same each time', () => {
    fc.assert(
      fc.property(listing, rivals, (one, others) => {
        const quality = listingQuality(one, others);
        for (const result of [quality.score, ...quality.checks.map((made) => made.result)]) {
          expect(result ?? 0).toBeGreaterThanOrEqual(0);
          expect(result ?? 0).toBeLessThanOrEqual(1);
        }
        expect(quality.checks.every(({ result, missing }) => (result === null) !== (missing === null))).toBe(true);
        expect(listingQuality(one, others)).toEqual(quality);
      }),
    );
  });

  it('should have advice of which all is in its values wherever a check is not met', () => {
    fc.assert(
      fc.property(listing, rivals, (one, others) => {
        for (const made of listingQuality(one, others).checks) {
          if (made.result === null || made.result === 1) continue;
          const { template, values } = adviceOf(made);
          expect(render(template, values)).not.toMatch(/[{}](?![^“]*”)/);
          expect(template.replace(/\{\w+\}/g, '')).not.toMatch(/\d/);
        }
      }),
    );
  });

  it('should not fall with one more image, nor with the words that were lacking', () => {
    fc.assert(
      fc.property(listing, rivals, (one, others) => {
        const valueOf = (of: QualityListing, name: string) =>
          listingQuality(of, others).checks.find((made) => made.name === name);
        const more = { ...one, imageCount: one.imageCount === null ? null : one.imageCount + 1 };
        expect(valueOf(more, 'image_count')?.result ?? 1).toBeGreaterThanOrEqual(
          valueOf(one, 'image_count')?.result ?? 0,
        );
        const before = valueOf(one, 'keywords');
        if (before?.result === undefined || before.result === null) return;
        const said = { ...one, bullets: [...(one.bullets ?? []), before.words.join(' ')] };
        expect(valueOf(said, 'keywords')?.result).toBe(1);
      }),
    );
  });
});
