import { headerKey, isViewerHeader, metricOfColumn, readViewerRow } from './keepa-viewer-row';

const ASIN = 'B06W5XZRDJ';
const row = (cells: Record<string, string>, marketplace: Parameters<typeof readViewerRow>[1] = 'US') =>
  readViewerRow({ asin: ASIN, ...cells }, marketplace);

describe('headerKey', () => {
  it.each([
    ['Buy Box 🚚: Current', 'buy box current'],
    ['Buy Box: Current', 'buy box current'],
    ['\uFEFFTitle', 'title'],
    ['Count of retrieved live offers: New, FBM', 'count of retrieved live offers new fbm'],
  ])('should make one of %s', (header, key) => {
    expect(headerKey(header)).toBe(key);
  });
});

describe('metricOfColumn', () => {
  it.each([
    ['buy box current', 'buy_box_price'],
    ['new current', 'price'],
    ['sales rank current', 'bsr'],
    ['buy box stock', 'stock'],
    ['sales rank 30 days avg', null],
    ['new highest', null],
    ['count of retrieved live offers new fbm', null],
  ])('should take %s for %s', (key, metric) => {
    expect(metricOfColumn(key)).toBe(metric);
  });
});

describe('isViewerHeader', () => {
  it.each([
    [['title', 'asin'], true],
    [['asin', 'new current'], true],
    [['asin', 'note'], false],
    [['title', 'new current'], false],
  ])('should take %j for one: %s', (keys, is) => {
    expect(isViewerHeader(keys)).toBe(is);
  });
});

describe('readViewerRow', () => {
  it('should read what was current, and leave averages and highs out', () => {
    expect(
      row({
        title: 'Belt, <b>brown</b>',
        brand: 'Steve',
        'buy box current': '$ 12.71',
        'new current': '$17.00 ',
        'new highest': '$ 19.99',
        'sales rank current': '#1,381',
        'sales rank 30 days avg': '400',
        'buy box stock': '459.0',
        'reviews rating': '4.5',
        'reviews rating count': '1,234',
        'list price current': '-',
        'used current': '',
      }),
    ).toEqual({
      asin: ASIN,
      marketplace: 'US',
      title: 'Belt, brown',
      brand: 'Steve',
      values: { buy_box_price: 1271, price: 1700, bsr: 1381, stock: 459, rating: 45, review_count: 1234 },
    });
  });

  it.each([
    ['DE', '1.234,56 €', 123456],
    ['JP', '¥ 2,530', 2530],
    ['IN', '₹ 1,08,999', 10899900],
    ['GB', '£ 8.99', 899],
  ] as const)('should read amounts as %s writes them: %s', (marketplace, cell, minor) => {
    expect(row({ 'new current': cell }, marketplace)).toMatchObject({ values: { price: minor } });
  });

  it.each([
    ['1.234', 1234],
    ["1'234", 1234],
    ['459,0', 459],
    ['12', 12],
  ])('should read the count %s', (cell, count) => {
    expect(row({ 'buy box stock': cell })).toMatchObject({ values: { stock: count } });
  });

  it('should go by the locale of the row', () => {
    expect(row({ locale: 'co.jp', 'new current': '¥ 770' })).toMatchObject({
      marketplace: 'JP',
      values: { price: 770 },
    });
  });

  it.each([
    ['an ASIN that is none', { asin: '123' }, 'asin: must be B0 and eight letters or digits, or a valid ISBN-10'],
    ['another currency', { 'new current': '€ 5,00' }, 'new current: is in another currency than that of US'],
    ['words for an amount', { 'new current': 'cheap' }, 'new current: is not a number'],
    ['half a piece', { 'buy box stock': '4.5' }, 'buy box stock: is not a number'],
    ['six stars', { 'reviews rating': '6' }, 'reviews rating: is not a number'],
    ['an unknown locale', { locale: 'xx' }, 'locale: is of no marketplace that Keepa exports'],
  ])('should refuse %s', (_, cells, reason) => {
    expect(row(cells as unknown as Record<string, string>)).toBe(reason);
  });
});
