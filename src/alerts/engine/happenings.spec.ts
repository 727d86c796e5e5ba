import { fromMinute } from '../../common/minute';
import { FoundRival } from '../../competitors/rival-news.service';
import { Outage } from '../../price-history/check-log.service';
import { ListingChange } from '../../price-history/listing-changes.service';
import { contentPoints, newCompetitorPoints, outagePoints, sellerPoints } from './happenings';

const NOW = 30_000_000;
const HOUR = 60;
const DAY = 24 * HOUR;

describe('rivals that were found', () => {
  it('should count from the minute after it on, and tell when that was', () => {
    const foundAt = new Date(fromMinute(NOW).getTime() + 30_000);
    const rival = { productId: '', asin: 'B000000001', title: null, foundAt, similarity: null, sources: [] };
    expect(newCompetitorPoints([rival])).toMatchObject([{ minute: NOW + 1, recorded: NOW + 1, exactly: NOW + 0.5 }]);
  });

  it('should be one happening for each discovery, with how many and the first five', () => {
    const found = (minute: number, index: number): FoundRival => ({
      productId: '',
      asin: `B${minute}${index}`,
      title: null,
      foundAt: fromMinute(minute),
      similarity: 1 - index / 10,
      sources: index % 2 ? ['keepa'] : [],
    });
    const rivals = [...Array.from({ length: 7 }, (_, index) => found(NOW, index)), found(NOW + DAY, 0)];
    const points = newCompetitorPoints(rivals);
    expect(points.map(({ minute, value, detail }) => [minute, value, detail?.found?.length, detail?.sources])).toEqual([
      [NOW, 7, 5, ['keepa']],
      [NOW + DAY, 1, 1, []],
    ]);
  });
});

describe('an outage', () => {
  const outage = (since: number | null, first: number, until: number | null = null): Outage => ({
    since: since === null ? null : NOW + since,
    first: { minute: NOW + first, result: 'blocked', detail: 'captcha', source: 'keepa' },
    until: until === null ? null : NOW + until,
  });
  const points = (given: Outage, now: number, known = 0) =>
    outagePoints([given], 24, NOW + known, NOW + now).map(({ minute, value }) => [minute - NOW, value]);

  it.each<[string, Outage, number, [number, number | null][]]>([
    ['begins to count so many hours after the last good check', outage(0, HOUR), 2 * DAY, [[DAY, 24]]],
    ['begins to count with the first failure after them', outage(0, 3 * DAY), 4 * DAY, [[3 * DAY, 72]]],
    ['does not count before', outage(0, HOUR), DAY - 1, []],
    [
      'ends with the next good check',
      outage(0, HOUR, 3 * DAY),
      4 * DAY,
      [
        [DAY, 24],
        [3 * DAY, null],
      ],
    ],
    ['is nothing where it ended before', outage(0, HOUR, DAY), 4 * DAY, []],
    ['counts from when the listing is known where it was never read', outage(null, HOUR), 2 * DAY, [[DAY, 24]]],
  ])('%s', (_, given, now, expected) => {
    expect(points(given, now)).toEqual(expected);
  });
});

describe('changes of a listing', () => {
  const change = (
    field: ListingChange['field'],
    before: ListingChange['before'],
    after: ListingChange['after'],
    minute = 0,
  ): ListingChange => ({
    field,
    before,
    after,
    observedMinute: NOW + minute,
    recordedMinute: NOW + minute + 1,
    source: 'keepa',
  });
  const seller = (before: string | null, after: string | null, minute = 0) =>
    change('buy_box_seller_id', before, after, minute);

  it('should be one happening for each reading', () => {
    const points = contentPoints([
      change('title', 'a', 'b'),
      change('bullets', ['a'], ['b']),
      seller('A', 'B'),
      change('brand', 'a', null, 5),
    ]);
    expect(points.map(({ minute, value, recorded }) => [minute - NOW, value, recorded - NOW])).toEqual([
      [0, 2, 1],
      [5, 1, 6],
    ]);
  });

  it.each<[string, ListingChange[], string[]]>([
    ['another seller', [seller('A', 'B')], ['seller_changed']],
    ['nobody', [seller('A', null)], []],
    ['the same one after nobody', [seller('A', null), seller(null, 'A', 5)], []],
    ['another one after nobody', [seller('A', null), seller(null, 'B', 5)], ['seller_changed']],
    ['somebody after who is not known', [seller(null, 'A')], []],
    ['another one after the user', [seller('ME', 'A')], ['seller_changed', 'buy_box_lost']],
    ['nobody after the user', [seller('ME', null)], ['buy_box_lost']],
    ['the user after another one', [seller('A', 'ME')], ['seller_changed', 'buy_box_won']],
    ['the user’s second account', [seller('ME', 'ME2')], ['seller_changed']],
  ])('should be told of the buy box where it goes to %s', (_, changes, kinds) => {
    expect(
      sellerPoints(changes, new Set(['ME', 'ME2'])).flatMap(({ series, value }) => (value === null ? [] : [series])),
    ).toEqual(kinds);
  });
});
