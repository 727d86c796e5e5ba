import { Segment } from '../../common/series';
import { dailyPresence } from '../../analytics/daily-values';
import { entriesOf, Evidence, SELLER_FIELD, SELLERS_KEY, seriesKey } from '../evidence/evidence';

/**
 * Share of each day's known time in which one of the user's own sellers held the buy box, from 0 to 1; null where it is not known who did. The
 * seller of before the first change is taken to have held it since the product is tracked: each reading would have told another one.
 * @returns null where the user has named no sellers, or no change of the seller is known
 */
export function ownBuyBox(evidence: Evidence, first: number, end: number): (number | null)[] | null {
  const sellers = evidence.items[SELLERS_KEY];
  const held = evidence.items[seriesKey(evidence.asin, 'buy_box_price')];
  const changes = entriesOf(evidence, 'change')
    .map(([, { change }]) => change)
    .filter(({ field }) => field === SELLER_FIELD)
    .sort((a, b) => a.observedMinute - b.observedMinute);
  const [earliest] = changes;
  if (sellers?.type !== 'sellers' || held?.type !== 'series' || !earliest) return null;
  const own = new Set(sellers.own);
  const isOwn = (seller: unknown) => typeof seller === 'string' && own.has(seller);
  const reigns = [
    { from: sellers.trackedSince, isOwn: isOwn(earliest.before) },
    ...changes.map(({ observedMinute, after }) => ({ from: observedMinute, isOwn: isOwn(after) })),
  ].map((reign, place, all) => ({ ...reign, to: all[place + 1]?.from ?? evidence.at }));
  const segments = held.segments.flatMap(([start, stop, value]): Segment[] => {
    if (value === null) return [{ start, end: stop, value: null }];
    return reigns.flatMap((reign) => {
      const [from, to] = [Math.max(start, reign.from), Math.min(stop, reign.to)];
      return from < to ? [{ start: from, end: to, value: reign.isOwn ? 1 : null }] : [];
    });
  });
  return dailyPresence(segments, first, end);
}
