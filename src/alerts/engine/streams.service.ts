import { Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { groupBy } from '../../common/group-by';
import { exactMinute, fromMinute, toMinute } from '../../common/minute';
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
  newCompetitorPoints,
  outagePoints,
  SELLER_FIELD,
  sellerPoints,
} from './happenings';
import { markSuperseded } from './past';
import { ReadingOrder, Readings } from './reading-order';
import { ReadingOrders, ProductStraggler } from './reading-orders.service';
import { has, metricsOf, outageHours, watcher } from './series';
import { asNews, rivalSeries, UNDERCUT_METRICS } from './undercut';

const SELLER_KINDS = ['seller_changed', 'buy_box_lost', 'buy_box_won'] as const satisfies EventKind[];
const CHANGE_KINDS = ['content_changed', ...SELLER_KINDS] as const;

/**
 * Of rivals nothing is compared with the past: what is in force, and what became known since the last look, is enough. A rule that was not looked at for
 * longer tells of what is in force still.
 */
const RIVAL_MINUTES = 3 * 1440;

/** A product that rules concern. */
export interface Subject {
  userId: string;
  productId: string;
  listingId: number;
  /** Of all these rules: what they look at has one order. */
  conditions: readonly Condition[];
  /** When the product was made. */
  since: Date;
  /** Of rules that tell now: what they have looked at. */
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
   * @param subjects each product once
   * @returns for each what there is of it, in their order; null for a listing that is gone. Stragglers are to be kept with what comes of them.
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
    const orders = await this.orders.of(subjects, span.from, sql);
    const stragglers: ProductStraggler[] = [];
    const streams: (Stream | null)[] = [];
    for (const subject of subjects) {
      const { listingId, productId, conditions, userId, seen } = subject;
      const history = histories.get(listingId);
      if (!history) {
        streams.push(null);
        continue;
      }
      const isWatched = watcher(conditions);
      const mine = has(conditions, 'undercut') ? (rivals.get(productId) ?? []) : [];
      const listingChanges = changes.get(listingId) ?? [];
      const points: StoredPoint[] = [
        ...pointsOf(history),
        ...mine.flatMap((rival) => pricesOf(rival, span)),
        ...newCompetitorPoints(found.get(productId) ?? []).filter(({ recorded }) => recorded <= span.to),
        ...contentPoints(listingChanges),
        ...sellerPoints(listingChanges, sellers.get(userId)?.get(history.marketplace) ?? new Set()),
        ...outageHours(conditions).flatMap((hours) =>
          outagePoints(outages.get(listingId) ?? [], hours, toMinute(subject.since), span.to),
        ),
      ].filter(({ series }) => isWatched(series));
      const order = orders.get(productId) ?? new ReadingOrder();
      if (seen) {
        const late = order.stragglersOf(points, seen);
        for (const one of late) order.add(one);
        stragglers.push(...late.map((one) => ({ ...one, productId })));
      }
      streams.push({ history, readings: order.readingsOf(points), rivals: mine.length });
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
    const rivals = await this.rivals.confirmed(concerned, sql);
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
    const found = await this.rivals.found(concerned, fromMinute(from), sql);
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
    markSuperseded(
      points.map((point, index) => ({ ...point, series: metric, recorded: recorded[index] ?? point.minute })),
    ),
  );
}

interface KnownRival extends ConfirmedRival {
  history: ListingHistory | undefined;
}

function pricesOf({ listingId, asin, title, confirmedAt, history }: KnownRival, { replay, to }: Span): StoredPoint[] {
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
    return replay ? all : asNews(all, exactMinute(confirmedAt)).filter(({ recorded }) => recorded <= to);
  });
}

function userIdsOf(subjects: readonly Subject[], kinds: readonly EventKind[]): string[] {
  const concerned = subjects.filter(({ conditions }) => kinds.some((kind) => has(conditions, kind)));
  return [...new Set(concerned.map(({ userId }) => userId))];
}
