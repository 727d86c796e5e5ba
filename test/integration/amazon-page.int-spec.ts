import { Marketplace } from '../../src/common/marketplace';
import { readAmazonPage } from '../../src/marketplace-data/amazon-page/amazon-page';
import { BestSellersRank } from '../../src/marketplace-data/amazon-page/best-sellers-ranks';
import { ProductPage } from '../../src/marketplace-data/amazon-page/product-page';
import { describeWithFixtures, readFixture, readJsonFixture } from '../support/fixtures';

interface ExpectedProduct {
  asin: string;
  marketplace: Marketplace;
  title: string;
  priceMinor: number | null;
  acceptedPriceMinor?: number[];
  listPriceMinor: number | null;
  usedPriceMinor?: number | null;
  rating: number | null;
  reviewCount: number | null;
  bsr: BestSellersRank[];
  inStock: boolean | null;
  stockLeft: number | null;
  uncertain: string[];
}
interface ExpectedCard {
  asin: string;
  title: string;
  priceMinor: number | null;
  rating: number | null;
  sponsored: boolean;
  uncertain: string[];
}
interface ExpectedSearch {
  marketplace: Marketplace;
  query: string | null;
  asins: string[];
  first3: ExpectedCard[];
}

const FIELDS = [
  'asin',
  'title',
  'priceMinor',
  'listPriceMinor',
  'usedPriceMinor',
  'rating',
  'reviewCount',
  'bsr',
  'inStock',
  'stockLeft',
] as const;
type Field = (typeof FIELDS)[number];

/** Of the pages on which a field was looked at: how often it is right, missed (there, but not found) and wrong. */
class Score {
  right = 0;
  missed = 0;
  wrong: string[] = [];
  /** Pages that have the field at all. */
  present = 0;
  found = 0;
}

describeWithFixtures('accuracy of the Amazon page reader', () => {
  const scores = new Map<Field, Map<string, Score>>();
  const times: number[] = [];
  const read = (path: string, marketplace: Marketplace) => {
    const html = readFixture(path);
    const start = performance.now();
    const result = readAmazonPage(html, { marketplace });
    times.push(performance.now() - start);
    return result;
  };
  const score = (field: Field, marketplace: string): Score => {
    const ofField = scores.get(field) ?? new Map<string, Score>();
    scores.set(field, ofField);
    const found = ofField.get(marketplace) ?? new Score();
    ofField.set(marketplace, found);
    return found;
  };
  const total = (field: Field) => {
    const all = [...(scores.get(field)?.values() ?? [])];
    const sum = (count: (one: Score) => number) => all.reduce((before, one) => before + count(one), 0);
    return {
      wrong: all.flatMap(({ wrong }) => wrong),
      share: sum(({ found }) => found) / sum(({ present }) => present),
      right: sum(({ right }) => right) / sum((one) => one.right + one.missed + one.wrong.length),
    };
  };

  beforeAll(() => {
    const expected = readJsonFixture('amazon-html/product/expected.json') as Record<string, ExpectedProduct>;
    for (const [file, wanted] of Object.entries(expected)) {
      const result = read(`amazon-html/product/${file}`, wanted.marketplace);
      const product: Partial<ProductPage> = result.kind === 'product' ? result.product : {};
      for (const field of FIELDS) {
        if (wanted.uncertain.includes(field) || wanted[field] === undefined) continue;
        judge(score(field, wanted.marketplace), field, file, product[field], wanted);
      }
    }
  }, 60_000);

  function judge(one: Score, field: Field, file: string, got: unknown, wanted: ExpectedProduct): void {
    const isAbsent = (value: unknown) =>
      value === null || value === undefined || (Array.isArray(value) && value.length === 0);
    const accepted: unknown[] =
      field === 'priceMinor' ? (wanted.acceptedPriceMinor ?? [wanted.priceMinor]) : [wanted[field]];
    const isRight = accepted.some((value) => JSON.stringify(value) === JSON.stringify(got));
    if (!accepted.every(isAbsent)) one.present += 1;
    if (isRight) one.right += 1;
    else if (isAbsent(got)) one.missed += 1;
    else one.wrong.push(`${file}: ${JSON.stringify(got)} for ${JSON.stringify(accepted)}`);
    if (isRight && !isAbsent(got)) one.found += 1;
  }

  afterAll(() => {
    const marketplaces = [...new Set([...scores.values()].flatMap((ofField) => [...ofField.keys()]))].sort();
    const cell = (one: Score | undefined) => (one ? `${one.right}/${one.right + one.missed + one.wrong.length}` : '-');
    const rows = FIELDS.map((field) =>
      [field.padEnd(16), ...marketplaces.map((code) => cell(scores.get(field)?.get(code)).padStart(6))].join(''),
    );
    times.sort((a, b) => a - b);
    const quantile = (share: number) =>
      (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(0);
    process.stdout.write(
      [
        'right of looked at, by field and marketplace',
        [''.padEnd(16), ...marketplaces.map((code) => code.padStart(6))].join(''),
        ...rows,
        `${times.length} pages, ${quantile(0.5)} ms (median), ${quantile(0.99)} ms (99th percentile)`,
        '',
      ].join('\n'),
    );
  });

  it.each<Field>([
    'asin',
    'priceMinor',
    'listPriceMinor',
    'usedPriceMinor',
    'rating',
    'reviewCount',
    'bsr',
    'stockLeft',
  ])('should never have a wrong %s', (field) => {
    expect(total(field).wrong).toEqual([]);
  });

  it.each<Field>(['priceMinor', 'rating', 'reviewCount', 'bsr'])('should find %s where the page has one', (field) => {
    expect(total(field).share).toBeGreaterThanOrEqual(0.97);
  });

  it.each<Field>(['inStock', 'title'])('should have %s right', (field) => {
    expect(total(field).right).toBeGreaterThanOrEqual(0.97);
  });

  it('should know every block page', () => {
    const expected = readJsonFixture('amazon-html/blocked/expected.json') as Record<
      string,
      { marketplace: Marketplace }
    >;
    const kinds = Object.entries(expected).map(
      ([file, { marketplace }]) => read(`amazon-html/blocked/${file}`, marketplace).kind,
    );
    expect(kinds).toEqual(Object.keys(expected).map(() => 'blocked'));
  });

  it('should read every page of search results', () => {
    const expected = readJsonFixture('amazon-html/search/expected.json') as Record<string, ExpectedSearch>;
    for (const [file, wanted] of Object.entries(expected)) {
      const result = read(`amazon-html/search/${file}`, wanted.marketplace);
      if (result.kind !== 'search') throw new Error(`${file}: ${result.kind}`);
      const { query, cards } = result.search;
      expect({ file, query, asins: cards.map(({ asin }) => asin) }).toEqual({
        file,
        query: wanted.query,
        asins: wanted.asins,
      });
      wanted.first3.forEach(({ uncertain, ...card }, index) => {
        const certain = Object.entries(card).filter(([field]) => !uncertain.includes(field));
        expect({ file, card: cards[index] }).toMatchObject({ file, card: Object.fromEntries(certain) });
      });
    }
  }, 60_000);
});
