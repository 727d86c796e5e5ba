import { groupBy } from '../../common/group-by';
import { exactMinute } from '../../common/minute';
import { FoundRival } from '../../competitors/rival-news.service';
import { Outage } from '../../price-history/check-log.service';
import { ListingChange } from '../../price-history/listing-changes.service';
import { EventKind } from '../rules/condition';
import { ContentChange, StoredPoint } from './evidence';

/** Rivals that an alert names; it says how many more there are. */
const MOST_NAMED = 5;

/** One point for each minute in which a discovery found rivals, however many they are. It counts from the minute after it on, when that is over. */
export function newCompetitorPoints(found: readonly FoundRival[]): StoredPoint[] {
  const byMinute = groupBy(found, ({ foundAt }) => Math.ceil(exactMinute(foundAt)));
  return [...byMinute].map(([minute, rivals]) => ({
    ...happening('new_competitor', minute),
    exactly: Math.max(...rivals.map(({ foundAt }) => exactMinute(foundAt))),
    value: rivals.length,
    detail: {
      found: rivals.slice(0, MOST_NAMED).map(({ asin, title, similarity }) => ({ asin, title, similarity })),
      sources: [...new Set(rivals.flatMap(({ sources }) => sources))],
    },
  }));
}

/**
 * Where the hours without a good reading reach those of the rule, and where they end. Nothing is failing where nothing was checked: the first failure
 * is the earliest that an outage can begin to count.
 * @param known since when the listing is looked at: where no good check is known it counts from then
 */
export function outagePoints(outages: readonly Outage[], hours: number, known: number, now: number): StoredPoint[] {
  return outages.flatMap(({ since, first, until }): StoredPoint[] => {
    const last = since ?? Math.min(known, first.minute);
    const reached = Math.max(last + hours * 60, first.minute);
    if (reached > now || (until !== null && until <= reached)) return [];
    const series = `source_failing:${hours}` as const;
    const begun: StoredPoint = {
      ...happening(series, reached),
      value: Math.floor((reached - last) / 60),
      detail: {
        failure: { result: first.result, detail: first.detail, since: last },
        sources: [first.source],
      },
    };
    return until === null ? [begun] : [begun, { ...happening(series, until), value: null }];
  });
}

export const SELLER_FIELD: ListingChange['field'] = 'buy_box_seller_id';
/** What buyers read and see of a listing. */
export const CONTENT_FIELDS: readonly ListingChange['field'][] = [
  'title',
  'brand',
  'category_path',
  'bullets',
  'image_count',
  'image_url',
];

/** One point for all that one reading found changed of a listing's texts and pictures. */
export function contentPoints(changes: readonly ListingChange[]): StoredPoint[] {
  const byReading = groupBy(
    changes.filter(({ field }) => field !== SELLER_FIELD),
    ({ observedMinute, recordedMinute }) => `${observedMinute}/${recordedMinute}`,
  );
  return [...byReading.values()].map((together) => changePoint('content_changed', together));
}

/**
 * Who holds the buy box, in the order in which it changed: `seller_changed` where another one has it than had it last, whoever of nobody did in
 * between; `buy_box_lost` and `buy_box_won` where one of the own sellers no longer has it, or has it. Each change has a point in all three, of no value
 * where it is none of that kind: what was looked at is not news once other sellers are the user's own.
 */
export function sellerPoints(changes: readonly ListingChange[], own: ReadonlySet<string>): StoredPoint[] {
  const isOwn = (seller: ContentChange['after']) => typeof seller === 'string' && own.has(seller);
  let last: ContentChange['after'] = null;
  return changes
    .filter(({ field }) => field === SELLER_FIELD)
    .flatMap((change) => {
      const { before, after } = change;
      last = before ?? last;
      const is = {
        seller_changed: after !== null && last !== null && after !== last,
        buy_box_lost: isOwn(before) && !isOwn(after),
        buy_box_won: isOwn(after) && !isOwn(before),
      };
      return [
        changePoint('seller_changed', [{ ...change, before: last }], is.seller_changed),
        changePoint('buy_box_lost', [change], is.buy_box_lost),
        changePoint('buy_box_won', [change], is.buy_box_won),
      ];
    });
}

type KnownChange = Pick<ListingChange, 'observedMinute' | 'recordedMinute' | 'source'> & ContentChange;

function changePoint(kind: EventKind, changes: readonly KnownChange[], is = true): StoredPoint {
  const [first] = changes;
  const minute = first?.observedMinute ?? 0;
  return {
    series: kind,
    minute,
    value: is ? changes.length : null,
    until: minute,
    recorded: first?.recordedMinute ?? minute,
    detail: {
      changes: changes.map(({ field, before, after }) => ({ field, before, after })),
      sources: [...new Set(changes.map(({ source }) => source))],
    },
  };
}

function happening(series: StoredPoint['series'], minute: number): Omit<StoredPoint, 'value'> {
  return { series, minute, until: minute, recorded: minute };
}
