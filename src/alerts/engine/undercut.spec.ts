import fc from 'fast-check';
import { SeriesName, StoredPoint } from './evidence';
import { asNews, Prices, rivalSeries } from './undercut';

const NOW = 30_000_000;
const DAY = 1440;

const point = (series: SeriesName, value: number | null, minute = NOW, until = minute): StoredPoint => ({
  series,
  minute,
  value,
  until,
  recorded: minute,
});
function gapOf(...points: StoredPoint[]) {
  const prices = new Prices();
  for (const one of points) prices.set(one);
  return prices.gapAt(NOW);
}

describe('the distance to the cheapest competitor', () => {
  const near = rivalSeries(1, 'price');
  const nearBuyBox = rivalSeries(1, 'buy_box_price');
  const far = rivalSeries(2, 'price');

  it.each<[string, StoredPoint[], number | null]>([
    ['is of the cheapest', [point('price', 1100), point(near, 1000), point(far, 900)], 22.22],
    ['is negative below it', [point('price', 900), point(near, 1000)], -10],
    ['goes by the buy box', [point('price', 1000), point('buy_box_price', 1200), point(near, 1000)], 20],
    [
      'goes by the price where the buy box is empty',
      [point('price', 1100), point('buy_box_price', null), point(near, 1000)],
      10,
    ],
    ['goes by the competitor’s buy box', [point('price', 1100), point(near, 500), point(nearBuyBox, 1000)], 10],
    ['leaves out who has no offer', [point('price', 1100), point(near, null), point(far, 1000)], 10],
    [
      'leaves out what was seen a week ago',
      [point('price', 1100), point(near, 500, NOW - 8 * DAY), point(far, 1000)],
      10,
    ],
    ['goes by when it was last seen', [point('price', 1100), point(near, 1000, NOW - 30 * DAY, NOW - 7 * DAY)], 10],
    ['is none without an own price', [point('price', null), point(near, 1000)], null],
    ['is none without a competitor', [point('price', 1100)], null],
  ])('%s', (_, points, percent) => {
    const gap = gapOf(...points);
    expect(gap && Math.round(gap.percent * 100) / 100).toBe(percent);
  });
});

describe('a competitor’s prices as news', () => {
  const series = rivalSeries(1, 'price');
  const known = (minute: number, value: number, recorded = minute): StoredPoint => ({
    ...point(series, value, minute),
    recorded,
  });
  const shown = (points: StoredPoint[], confirmed: number) =>
    asNews(points, confirmed).map(({ minute, value, recorded }) => [minute, value, recorded]);

  it('should begin with what is in force when it is confirmed', () => {
    expect(shown([known(100, 1), known(200, 2), known(400, 3)], 300)).toEqual([
      [300, 2, 300],
      [400, 3, 400],
    ]);
  });

  it('should be of a past that is taken in only what is in force', () => {
    const late = 100 + 5 * DAY;
    expect(shown([known(100, 1, late), known(200, 2, late)], 50)).toEqual([[late, 2, late]]);
  });

  it('should go on after what became known late', () => {
    const late = 100 + 5 * DAY;
    const held = known(late - 5, 2, late + 10);
    expect(shown([known(100, 1, late), held], 50)).toEqual([
      [late, 1, late],
      [late + 1, 2, late + 10],
    ]);
  });

  it('should stay what they were as more becomes known', () => {
    const history = fc.uniqueArray(
      fc.record({ minute: fc.nat(20 * DAY), value: fc.nat(3), delay: fc.oneof(fc.nat(30), fc.nat(5 * DAY)) }),
      { selector: ({ minute }) => minute, maxLength: 20 },
    );
    fc.assert(
      fc.property(history, fc.nat(20 * DAY), (list, confirmed) => {
        const all = list
          .map(({ minute, value, delay }) => known(minute, value, minute + delay))
          .sort((a, b) => a.minute - b.minute);
        const whole = asNews(all, confirmed);
        for (const { recorded: now } of all) {
          if (now < confirmed) continue;
          const sofar = asNews(
            all.filter(({ recorded }) => recorded <= now),
            confirmed,
          );
          expect(sofar.filter(({ recorded }) => recorded <= now)).toEqual(
            whole.filter(({ recorded }) => recorded <= now),
          );
        }
      }),
    );
  });
});
