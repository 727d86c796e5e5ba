import { parseDailyLimits, SourceOrder } from './source-order';

describe('SourceOrder', () => {
  const order = SourceOrder.parse('keepa,firecrawl; JP: firecrawl; all/search: keepa; JP/history: keepa');

  it.each([
    ['US', 'fetch', ['sandbox', 'keepa', 'firecrawl']],
    ['US', 'search', ['sandbox', 'keepa']],
    ['JP', 'fetch', ['sandbox', 'firecrawl']],
    ['JP', 'search', ['sandbox', 'firecrawl']],
    ['JP', 'history', ['sandbox', 'keepa']],
  ] as const)('should take the most particular rule for %s and %s', (marketplace, need, names) => {
    expect(order.of(marketplace, need)).toEqual(names);
  });

  it('should have an order without any rule', () => {
    expect(SourceOrder.parse(' ').of('US', 'fetch')).toEqual(['sandbox', 'keepa', 'firecrawl', 'sp-api']);
  });

  it.each(['keepa,amazon', 'XX: keepa', 'JP/price: keepa', 'import', 'JP:'])('should refuse %s', (text) => {
    expect(() => SourceOrder.parse(text)).toThrow();
  });
});

describe('parseDailyLimits', () => {
  it('should read a number of units for each source', () => {
    expect(parseDailyLimits('keepa:20000, firecrawl: 500')).toEqual({ keepa: 20_000, firecrawl: 500 });
  });

  it.each(['keepa', 'keepa:-1', 'keepa:1.5', 'amazon:5', 'keepa:5;firecrawl:5'])('should refuse %s', (text) => {
    expect(() => parseDailyLimits(text)).toThrow(/colon/);
  });
});
