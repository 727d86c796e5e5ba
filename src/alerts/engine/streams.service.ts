import { Injectable } from '@nestjs/common';
import { fromMinute, toMinute } from '../../common/minute';
import { ConfirmedRival, RivalNews } from '../../competitors/rival-news.service';
import { CheckLog } from '../../price-history/check-log.service';
import { ListingHistory, PriceHistoryService } from '../../price-history/price-history.service';
import { Condition } from '../rules/condition';
import { readingsOf, Readings } from './engine';
import { StoredPoint } from './evidence';
import { newCompetitorPoints, outagePoints } from './happenings';
import { has, looksBeyond, metricsOf } from './series';
import { asNews, rivalSeries, UNDERCUT_METRICS } from './undercut';

/** A product that a rule concerns. */
export interface Subject {
  userId: string;
  productId: string;
  listingId: number;
  conditions: readonly Condition[];
  /** When the product was made. */
  since: number;
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
  ) {}

  /** @returns for each subject what there is of it, in their order; null for a listing that is gone */
  async of(subjects: readonly Subject[], span: Span): Promise<(Stream | null)[]> {
    const listingIds = [...new Set(subjects.map(({ listingId }) => listingId))];
    const metrics = metricsOf(subjects.flatMap(({ conditions }) => conditions));
    const [histories, rivals, found, outages] = await Promise.all([
      this.history.recordedShared(listingIds, metrics.length > 0 ? metrics : ['price'], span.from, span.to + 1440),
      this.rivalPoints(subjects, span),
      this.foundPoints(subjects, span),
      this.outages(subjects, span),
    ]);
    const ownPoints = new Map([...histories].map(([id, history]) => [id, pointsOf(history)]));
    const ownReadings = new Map<number, Readings>();
    return subjects.map(({ listingId, productId, conditions, since }) => {
      const [history, own] = [histories.get(listingId), ownPoints.get(listingId)];
      if (!history || !own) return null;
      const others = [
        ...(has(conditions, 'undercut') ? (rivals.get(productId)?.points ?? []) : []),
        ...(has(conditions, 'new_competitor') ? (found.get(productId) ?? []) : []),
        ...conditions.flatMap((one) =>
          one.kind === 'source_failing' ? outagePoints(outages.get(listingId) ?? [], one.hours, since, span.to) : [],
        ),
      ];
      const count = has(conditions, 'undercut') ? (rivals.get(productId)?.count ?? 0) : 0;
      if (looksBeyond(conditions)) {
        const over = [...own, ...others].filter(({ recorded }) => recorded < span.to);
        return { history, readings: readingsOf(over), rivals: count };
      }
      if (others.length > 0) return { history, readings: readingsOf([...own, ...others]), rivals: count };
      // Many rules look at the same listing.
      const readings = ownReadings.get(listingId) ?? readingsOf(own);
      ownReadings.set(listingId, readings);
      return { history, readings, rivals: count };
    });
  }

  private async rivalPoints(
    subjects: readonly Subject[],
    { from, to, replay }: Span,
  ): Promise<Map<string, { points: StoredPoint[]; count: number }>> {
    const concerned = subjects.filter(({ conditions }) => has(conditions, 'undercut'));
    if (concerned.length === 0) return new Map();
    const rivals = await this.rivals.confirmed(uniqueProducts(concerned));
    const histories = await this.history.recordedShared(
      [...new Set(rivals.map(({ listingId }) => listingId))],
      UNDERCUT_METRICS,
      from,
      to + 1440,
    );
    const byProduct = new Map<string, { points: StoredPoint[]; count: number }>();
    for (const rival of rivals) {
      const known = byProduct.get(rival.productId) ?? { points: [], count: 0 };
      known.points.push(...pricesOf(rival, histories.get(rival.listingId), replay));
      known.count += 1;
      byProduct.set(rival.productId, known);
    }
    return byProduct;
  }

  private async foundPoints(subjects: readonly Subject[], { from }: Span): Promise<Map<string, StoredPoint[]>> {
    const concerned = subjects.filter(({ conditions }) => has(conditions, 'new_competitor'));
    if (concerned.length === 0) return new Map();
    const found = groupBy(await this.rivals.found(uniqueProducts(concerned), fromMinute(from)), (one) => one.productId);
    return new Map([...found].map(([productId, rivals]) => [productId, newCompetitorPoints(rivals)]));
  }

  private async outages(subjects: readonly Subject[], { from }: Span): ReturnType<CheckLog['outages']> {
    const concerned = subjects.filter(({ conditions }) => has(conditions, 'source_failing'));
    if (concerned.length === 0) return new Map();
    return this.checks.outages([...new Set(concerned.map(({ listingId }) => listingId))], fromMinute(from));
  }
}

/** All change points of a listing, with when each became known. */
function pointsOf({ series }: ListingHistory): StoredPoint[] {
  return [...series].flatMap(([metric, { points, recorded }]) =>
    points.map((point, index) => ({ ...point, series: metric, recorded: recorded[index] ?? point.minute })),
  );
}

function pricesOf(
  { listingId, asin, title, confirmedAt }: ConfirmedRival,
  history: ListingHistory | undefined,
  replay: boolean,
): StoredPoint[] {
  if (!history) return [];
  return [...history.series].flatMap(([metric, { points, recorded, sources }]) => {
    const all = points.map((point, index): StoredPoint => ({
      ...point,
      series: rivalSeries(listingId, metric),
      recorded: recorded[index] ?? point.minute,
      detail: { rival: { asin, title, since: point.minute }, sources },
    }));
    return replay ? all : asNews(all, toMinute(confirmedAt));
  });
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
