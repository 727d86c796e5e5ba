import { Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { fromMinute, toMinute } from '../../common/minute';
import { ConfirmedRival, FoundRival, RivalNews } from '../../competitors/rival-news.service';
import { CheckLog } from '../../price-history/check-log.service';
import { ListingChange, ListingChanges } from '../../price-history/listing-changes.service';
import { ListingHistory, PriceHistoryService } from '../../price-history/price-history.service';
import { SqlRunner } from '../../shared/database/postgres';
import { OwnSellers } from '../../users/own-sellers.service';
import { Condition, EventKind } from '../rules/condition';
import { Seen, StoredPoint } from './evidence';
import {
  CONTENT_FIELDS,
  contentPoints,
  minuteAfter,
  newCompetitorPoints,
  outagePoints,
  SELLER_FIELD,
  sellerPoints,
} from './happenings';
import { ReadingOrder, Readings } from './reading-order';
import { ReadingOrders, ProductStraggler } from './reading-orders.service';
import { has, metricsOf, watcher } from './series';
import { asNews, rivalSeries, UNDERCUT_METRICS } from './undercut';

const SELLER_KINDS = ['seller_changed', 'buy_box_lost', 'buy_box_won'] as const satisfies EventKind[];
const CHANGE_KINDS = ['content_changed', ...SELLER_KINDS] as const;

/**
 * Of rivals nothing is compared with the past: what is in force, and what became known since the last look, is enough. A rule that was not looked at for
 * longer tells of what is in force still.
 */
const RIVAL_MINUTES = 3 * 1440;

/** A product that a rule concerns. */
export interface Subject {
  userId: string;
  productId: string;
  listingId: number;
  conditions: readonly Condition[];
  /** When the product was made. */
  since: Date;
  /** What was before is not told. */
  floor: Date;
  /** Of a rule that tells now: what it has looked at. */
  seen?: Seen;
}

export interface Stream {
  /** The listing's own. */
  history: ListingHistory;
  readings: Readings;
  /** How many confirmed competitors it is compared with. */
  rivals: number;
}

export interface Span {
  from: number;
  /** The current minute. */
  to: number;
  /** Rivals that are confirmed now are taken as having always been so, as all that is known is taken as known in time. */
  replay: boolean;
}

/** Gathers what conditions look at, for live evaluation and replay alike. */
@Injectable()
export class Streams {
  constructor(
    private readonly history: PriceHistoryService,
    private readonly rivals: RivalNews,
    private readonly checks: CheckLog,
    private readonly changes: ListingChanges,
    private readonly sellers: OwnSellers,
    private readonly orders: ReadingOrders,
  ) {}

  /**
   * @param sql what to read by: whoever holds a connection waits for no other one, of which there may be none left
   * @returns for each subject what there is of it, in their order; null for a listing that is gone. Stragglers are to be kept with what comes of them.
   */
  async of(
    subjects: readonly Subject[],
    span: Span,
    sql: SqlRunner,
  ): Promise<{ streams: (Stream | null)[]; stragglers: ProductStraggler[] }> {
    const listingIds = [...new Set(subjects.map(({ listingId }) => listingId))];
    const metrics = metricsOf(subjects.flatMap(({ conditions }) => conditions));
    const histories = await this.history.recordedShared(
      listingIds,
      metrics.length > 0 ? metrics : ['price'],
      span.from,
      span.to + 1440,
      sql,
    );
    const rivals = await this.confirmed(subjects, span, sql);
    const found = await this.found(subjects, span, sql);
    const outages = await this.outages(subjects, span, sql);
    const changes = await this.changesOf(subjects, span, sql);
    const sellers = await this.sellers.ownSellersOf(userIdsOf(subjects, ['buy_box_lost', 'buy_box_won']), sql);
    const orders = await this.orders.of(uniqueProducts(subjects), span.from, sql);
    const ownPoints = new Map([...histories].map(([id, history]) => [id, pointsOf(history)]));
    const stragglers: ProductStraggler[] = [];
    const gathered = subjects.map((subject) => {
      const { listingId, productId, conditions, userId, seen } = subject;
      const [history, own] = [histories.get(listingId), ownPoints.get(listingId)];
      if (!history || !own) return null;
      const mine = has(conditions, 'undercut') ? (rivals.get(productId) ?? []) : [];
      const listingChanges = changes.get(listingId) ?? [];
      const others = [
        ...mine.flatMap((rival) => pricesOf(rival, subject, span)),
        ...newCompetitorPoints(found.get(productId) ?? [], subject.floor).filter(({ recorded }) => recorded <= span.to),
        ...contentPoints(listingChanges),
        ...sellerPoints(listingChanges, sellers.get(userId)?.get(history.marketplace) ?? new Set()),
        ...conditions.flatMap((one) =>
          one.kind === 'source_failing'
            ? outagePoints(outages.get(listingId) ?? [], one.hours, toMinute(subject.since), span.to)
            : [],
        ),
      ];
      const points = others.length > 0 ? [...own, ...others] : own;
      const order = orders.get(productId) ?? new ReadingOrder();
      orders.set(productId, order);
      if (seen) {
        const isWatched = watcher(conditions);
        const late = order.stragglersOf(
          points.filter(({ series }) => isWatched(series)),
          seen,
        );
        for (const one of late) order.add(one);
        stragglers.push(...late.map((one) => ({ ...one, productId })));
      }
      return { history, points, order, rivals: mine.length };
    });
    const plain = new Map<readonly StoredPoint[], Readings>();
    const streams: (Stream | null)[] = [];
    for (const one of gathered) {
      if (one === null) {
        streams.push(null);
        continue;
      }
      const { history, points, order } = one;
      // Many rules look at the same listing.
      const readings = (order.isPlain && plain.get(points)) || order.readingsOf(points);
      if (order.isPlain) plain.set(points, readings);
      streams.push({ history, readings, rivals: one.rivals });
      // Twenty rivals take some milliseconds.
      await setImmediate();
    }
    return { streams, stragglers };
  }

  private async confirmed(
    subjects: readonly Subject[],
    { from, to, replay }: Span,
    sql: SqlRunner,
  ): Promise<Map<string, KnownRival[]>> {
    const concerned = subjects.filter(({ conditions }) => has(conditions, 'undercut'));
    if (concerned.length === 0) return new Map();
    const rivals = await this.rivals.confirmed(uniqueProducts(concerned), sql);
    const histories = await this.history.recordedShared(
      [...new Set(rivals.map(({ listingId }) => listingId))],
      UNDERCUT_METRICS,
      replay ? from : to - RIVAL_MINUTES,
      to + 1440,
      sql,
    );
    return groupBy(
      rivals.map((rival) => ({ ...rival, history: histories.get(rival.listingId) })),
      ({ productId }) => productId,
    );
  }

  private async found(
    subjects: readonly Subject[],
    { from }: Span,
    sql: SqlRunner,
  ): Promise<Map<string, FoundRival[]>> {
    const concerned = subjects.filter(({ conditions }) => has(conditions, 'new_competitor'));
    if (concerned.length === 0) return new Map();
    const found = await this.rivals.found(uniqueProducts(concerned), fromMinute(from), sql);
    return groupBy(found, ({ productId }) => productId);
  }

  private async outages(subjects: readonly Subject[], { from }: Span, sql: SqlRunner): ReturnType<CheckLog['outages']> {
    const concerned = subjects.filter(({ conditions }) => has(conditions, 'source_failing'));
    if (concerned.length === 0) return new Map();
    return this.checks.outages([...new Set(concerned.map(({ listingId }) => listingId))], fromMinute(from), sql);
  }

  private async changesOf(
    subjects: readonly Subject[],
    { from, to }: Span,
    sql: SqlRunner,
  ): ReturnType<ListingChanges['changesOf']> {
    const fields: ListingChange['field'][] = [
      ...(subjects.some(({ conditions }) => has(conditions, 'content_changed')) ? CONTENT_FIELDS : []),
      ...(subjects.some(({ conditions }) => SELLER_KINDS.some((kind) => has(conditions, kind))) ? [SELLER_FIELD] : []),
    ];
    if (fields.length === 0) return new Map();
    const concerned = subjects.filter(({ conditions }) => CHANGE_KINDS.some((kind) => has(conditions, kind)));
    return this.changes.changesOf([...new Set(concerned.map(({ listingId }) => listingId))], fields, from, to + 1440, {
      withLast: true,
      sql,
    });
  }
}

/** All change points of a listing, with when each became known. */
function pointsOf({ series }: ListingHistory): StoredPoint[] {
  return [...series].flatMap(([metric, { points, recorded }]) =>
    points.map((point, index) => ({ ...point, series: metric, recorded: recorded[index] ?? point.minute })),
  );
}

interface KnownRival extends ConfirmedRival {
  history: ListingHistory | undefined;
}

function pricesOf(
  { listingId, asin, title, confirmedAt, history }: KnownRival,
  { floor }: Subject,
  { replay, to }: Span,
): StoredPoint[] {
  if (!history) return [];
  return [...history.series].flatMap(([metric, { points, recorded, sources }]) => {
    const name = rivalSeries(listingId, metric);
    const all = points.map(({ minute, value, until }, index): StoredPoint => ({
      series: name,
      minute,
      value,
      until,
      recorded: recorded[index] ?? minute,
      detail: { rival: { asin, title, metric, since: minute }, sources },
    }));
    // What counts from a minute that has yet to begin is looked at then.
    return replay ? all : asNews(all, minuteAfter(confirmedAt, floor)).filter(({ recorded }) => recorded <= to);
  });
}

function userIdsOf(subjects: readonly Subject[], kinds: readonly EventKind[]): string[] {
  const concerned = subjects.filter(({ conditions }) => kinds.some((kind) => has(conditions, kind)));
  return [...new Set(concerned.map(({ userId }) => userId))];
}

function uniqueProducts(subjects: readonly Subject[]): Subject[] {
  return [...new Map(subjects.map((subject) => [subject.productId, subject])).values()];
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
