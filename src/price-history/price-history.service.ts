import { Injectable } from '@nestjs/common';
import { NotFoundError, ValidationError } from '../common/app-error';
import { Clock } from '../common/clock';
import { parseIsoTime } from '../common/iso-time';
import { Marketplace, MARKETPLACES } from '../common/marketplace';
import { Metric, METRIC_NAMES, metricById } from '../common/metric';
import { unitOf } from '../common/metric-unit';
import { isoMinute, toMinute } from '../common/minute';
import { decodeCursor, foreignCursor, PageQuery, toPage } from '../common/pagination';
import { CheckResult, SourceName } from '../marketplace-data/marketplace-data';
import { sourceName } from '../marketplace-data/sources.service';
import { Config } from '../config/config';
import { Postgres, SqlRunner } from '../shared/database/postgres';
import { CompareQuery, SeriesQuery, StatsQuery } from './dto/price-history.dto';
import { CheckPage, JumpView, PriceHistoryView, PriceStatsView, StatsWindowView } from './dto/price-history.view';
import { Jump } from './entities/listing-check.entity';
import { historyJson, seriesJson } from './history-json';
import { History, HistoryReader, ListingHistory } from './history-reader';
import {
  bucketsIn,
  downsample,
  knownIn,
  lowestOf,
  Point,
  resample,
  Resolution,
  Segment,
  SeriesPoint,
  statisticsOf,
  toSegments,
} from '../common/series';

const DAY_MINUTES = 1440;
const MINUTE_MS = 60_000;
/** Means in one answer: some five megabytes, and a fifth of a second in which nobody else is answered. */
const MOST_MEANS = 250_000;
/** Beyond any time that a request may name. */
const LAST_MINUTE = 2_000_000_000;
const DEFAULT_DAYS = 90;
const DEFAULT_WINDOWS = [7, 30, 90, 180, 365];

/** A value is carried to the next reading over a silence of up to two check intervals, or this when they are short. */
const MIN_HOLD_MINUTES = 720;

export { HISTORY_VERSION, type ListingHistory } from './history-reader';

/** An answer, and what of the history it was made from: the same version gives the same answer. */
export interface Versioned<View> {
  version: string;
  view: View;
}

/** Where the values of a listing's series are known, between two minutes. */
export interface KnownHistory extends Omit<ListingHistory, 'series'> {
  series: Map<Metric, { segments: Segment[]; sources: SourceName[] }>;
}

@Injectable()
export class PriceHistoryService {
  constructor(
    private readonly reader: HistoryReader,
    private readonly postgres: Postgres,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * @param known versions that the caller has
   * @returns the JSON text of a PriceHistoryView, none when the history still has one of those versions
   * @throws NotFoundError, also for a product of somebody else
   */
  async series(
    userId: string,
    productId: string,
    query: SeriesQuery,
    known: string[],
  ): Promise<Versioned<string | undefined>> {
    const { from, to } = this.seriesRange(query, 1);
    const history = await this.reader.read(userId, productId, query.metrics ?? [], from, to, known);
    const { version } = history;
    return { version, view: known.includes(version) ? undefined : this.historyJson(history, query, from, to) };
  }

  /** As `series`, the JSON text of a PriceHistoriesView. @throws NotFoundError when one of them is not the user's */
  async compare(userId: string, query: CompareQuery, known: string[]): Promise<Versioned<string | undefined>> {
    const { from, to } = this.seriesRange(query, query.productIds.length);
    const read = (parts: string[]) =>
      this.reader.readMany(userId, query.productIds, query.metrics ?? [], from, to, parts);
    const versionOf = (histories: History[]) => histories.map(({ version }) => version).join();
    const parts = known.flatMap((version) => version.split(','));
    let histories = await read(parts);
    if (known.includes(versionOf(histories))) return { version: versionOf(histories), view: undefined };
    // Those that did not change came back without series.
    if (histories.some(({ version }) => parts.includes(version))) histories = await read([]);
    return {
      version: versionOf(histories),
      view: `{"data":[${histories.map((history) => this.historyJson(history, query, from, to)).join()}]}`,
    };
  }

  /** As `series`, of the whole history: the lowest values ever are among the answers. */
  async stats(
    userId: string,
    productId: string,
    query: StatsQuery,
    known: string[],
  ): Promise<Versioned<PriceStatsView | undefined>> {
    const windows = this.windows(query);
    const history = await this.reader.read(userId, productId, query.metrics ?? [], 0, LAST_MINUTE, known);
    if (known.includes(history.version)) return { version: history.version, view: undefined };
    const hold = this.holdMinutes(history);
    const prepared = [...history.series].map(([metric, { points }]) => ({
      metric,
      points,
      segments: toSegments(points, hold),
    }));
    const view = {
      ...head(history),
      windows: windows.map((window): StatsWindowView => ({
        days: window.days,
        from: isoMinute(window.from),
        to: isoMinute(window.to),
        metrics: Object.fromEntries(
          prepared
            .filter(({ points }) => (points[0]?.minute ?? 0) <= window.to)
            .map(({ metric, points, segments }) => [
              metric,
              { ...unitOf(metric, history.marketplace), ...statisticsOf(points, segments, window.from, window.to) },
            ]),
        ),
      })),
      allTimeLow: Object.fromEntries(
        prepared.flatMap(({ metric, points }) => {
          const lowest = lowestOf(points);
          return lowest ? [[metric, { value: lowest.value, at: isoMinute(lowest.minute) }]] : [];
        }),
      ),
    };
    return { version: history.version, view };
  }

  /**
   * Of products, with what the user imported. No metrics: all.
   * @returns in the order of the ids
   * @throws NotFoundError when one of them is not the user's
   */
  async known(
    userId: string,
    productIds: readonly string[],
    metrics: readonly Metric[],
    from: number,
    to: number,
  ): Promise<KnownHistory[]> {
    const histories = await this.reader.readMany(userId, productIds, metrics, from, to);
    return histories.map((history) => this.toKnown(history));
  }

  /** Of listings, in the shared feed. @returns by listing id */
  async knownShared(
    listingIds: readonly number[],
    metrics: readonly Metric[],
    from: number,
    to: number,
  ): Promise<Map<number, KnownHistory>> {
    const histories = await this.reader.readShared(listingIds, metrics, from, to);
    return new Map([...histories].map(([id, history]) => [id, this.toKnown(history)]));
  }

  /** The change points of listings in the shared feed, with when each became known. @returns by listing id */
  recordedShared(
    listingIds: readonly number[],
    metrics: readonly Metric[],
    from: number,
    to: number,
    sql?: SqlRunner,
  ): Promise<Map<number, ListingHistory>> {
    return this.reader.readShared(listingIds, metrics, from, to, sql);
  }

  /** The checks of the product's listing, the newest first. */
  async checks(userId: string, productId: string, query: PageQuery): Promise<CheckPage> {
    const size = query['page[size]'];
    const cursor = decodeCursor(query['page[cursor]'], 1)?.[0];
    const before = cursor === undefined ? null : parseIsoTime(cursor);
    if (cursor !== undefined && before === null) throw foreignCursor();
    const rows = await this.postgres.query<{
      checked_at: Date | null;
      source: number;
      result: CheckResult;
      detail: string | null;
      changes: number;
      jumps: Jump[] | null;
      marketplace: Marketplace;
    }>(
      `SELECT c.checked_at, c.source, c.result, c.detail, c.changes, c.jumps, l.marketplace
       FROM product p JOIN listing l ON l.id = p.listing_id LEFT JOIN LATERAL (
         SELECT * FROM listing_check c
         WHERE c.listing_id = p.listing_id AND ($3::timestamptz IS NULL OR c.checked_at < $3)
         ORDER BY c.checked_at DESC LIMIT $4
       ) c ON true
       WHERE p.id = $1 AND p.user_id = $2 ORDER BY c.checked_at DESC`,
      [productId, userId, before, size + 1],
    );
    if (rows.length === 0) throw new NotFoundError('Product');
    const checks = rows.flatMap(({ checked_at, marketplace, jumps, ...row }) =>
      checked_at
        ? [
            {
              ...row,
              checkedAt: checked_at.toISOString(),
              jumps: (jumps ?? []).map((jump) => jumpView(jump, marketplace)),
            },
          ]
        : [],
    );
    return toPage(
      checks,
      size,
      (check) => [check.checkedAt],
      (check) => ({ ...check, source: sourceName(check.source) }),
    );
  }

  private historyJson(history: History, query: SeriesQuery, from: number, to: number): string {
    const resolution = query.resolution ?? 'raw';
    const hold = this.holdMinutes(history);
    const series = [...history.series].map(([metric, { points, sources, next }]) => {
      const segments = toSegments(points, hold, next);
      const { coverage, gaps } = knownIn(segments, from, to);
      return seriesJson(
        metric,
        {
          ...unitOf(metric, history.marketplace),
          confirmedUntil: (points.at(-1)?.until ?? from) * MINUTE_MS,
          coverage,
          gaps: gaps.map(([start, end]) => [start * MINUTE_MS, end * MINUTE_MS]),
          sources,
        },
        shown(points, segments, from, to, resolution, query.maxPoints),
      );
    });
    return historyJson({ ...head(history), from: isoMinute(from), to: isoMinute(to), resolution }, series);
  }

  /** @throws ValidationError for a range that has too many means */
  private seriesRange(query: SeriesQuery, products: number): { from: number; to: number } {
    const { from, to } = this.range(query.from, query.to);
    const { resolution = 'raw', metrics = METRIC_NAMES } = query;
    if (resolution === 'raw') return { from, to };
    const means =
      bucketsIn(from, Math.min(to, toMinute(this.clock.now())), resolution) * new Set(metrics).size * products;
    if (means > MOST_MEANS) {
      const message = `is too fine: the range has up to ${means} means of all series, and at most ${MOST_MEANS} fit in an answer`;
      throw new ValidationError([{ field: 'resolution', message }]);
    }
    return { from, to };
  }

  private range(from: Date | undefined, to: Date | undefined): { from: number; to: number } {
    const end = toMinute(to ?? this.clock.now());
    const start = from ? toMinute(from) : end - DEFAULT_DAYS * DAY_MINUTES;
    for (const [field, minute] of [
      ['from', start],
      ['to', end],
    ] as const) {
      if (minute < 0 || minute > LAST_MINUTE) throw new ValidationError([{ field, message: 'is out of range' }]);
    }
    if (start >= end) throw new ValidationError([{ field: 'from', message: 'must be before to' }]);
    return { from: start, to: end };
  }

  private windows(query: StatsQuery): { days: number | null; from: number; to: number }[] {
    if (query.from || query.to) {
      if (query.windows) throw new ValidationError([{ field: 'windows', message: 'cannot go with from and to' }]);
      return [{ days: null, ...this.range(query.from, query.to) }];
    }
    const now = toMinute(this.clock.now());
    return (query.windows ?? DEFAULT_WINDOWS).map((days) => ({ days, from: now - days * DAY_MINUTES, to: now }));
  }

  private toKnown(history: ListingHistory): KnownHistory {
    const hold = this.holdMinutes(history);
    const series = [...history.series].map(
      ([metric, { points, sources, next }]): [Metric, { segments: Segment[]; sources: SourceName[] }] => [
        metric,
        { segments: toSegments(points, hold, next), sources },
      ],
    );
    return { ...history, series: new Map(series) };
  }

  private holdMinutes(history: ListingHistory): number {
    return Math.max(MIN_HOLD_MINUTES, 2 * (history.intervalMinutes ?? this.config.env.REFRESH_INTERVAL_MINUTES));
  }
}

function head(
  history: History,
): Pick<PriceHistoryView, 'productId' | 'asin' | 'marketplace' | 'currency' | 'source' | 'simulated'> {
  const { productId, asin, marketplace, source } = history;
  const seen = [...history.series.values()].flatMap(({ sources }) => sources);
  return {
    productId,
    asin,
    marketplace,
    currency: MARKETPLACES[marketplace].currency,
    source,
    simulated: source === 'sandbox' || seen.includes('sandbox'),
  };
}

function jumpView({ metric, from, to, outcome }: Jump, marketplace: Marketplace): JumpView {
  const name = metricById(metric);
  return { metric: name, ...unitOf(name, marketplace), from, to, outcome };
}

function shown(
  points: Point[],
  segments: Segment[],
  from: number,
  to: number,
  resolution: Resolution,
  maxPoints: number | undefined,
): readonly SeriesPoint[] {
  const all = resolution === 'raw' ? points : resample(segments, from, to, resolution);
  return maxPoints === undefined ? all : downsample(all, maxPoints);
}
