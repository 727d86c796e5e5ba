import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../common/app-error';
import { Metric, METRICS } from '../../common/metric';
import { toMinute } from '../../common/minute';
import { moneyView } from '../../common/money';
import { clip, Segment } from '../../common/series';
import { SourceName } from '../../marketplace-data/marketplace-data';
import { PriceHistoryService } from '../../price-history/price-history.service';
import { Postgres } from '../../shared/database/postgres';
import { AlertEvidenceView } from '../dto/alert.view';
import { TakenAlert } from './delivery-ledger';
import { drawSeries, LINE_COLORS } from './series-picture';

const DAYS = 30;

/** What a mail shows beside its words. */
export interface Picture {
  png: Buffer;
  /** The same in words, for who sees no pictures. */
  caption: string;
}

interface Line {
  name: string;
  metric: Metric;
  segments: Segment[];
  sources: SourceName[];
}

/** Draws the series that an alert is about, over the 30 days before it, and beside it the competitor's that it was compared with. */
@Injectable()
export class AlertPictures {
  constructor(
    private readonly history: PriceHistoryService,
    private readonly postgres: Postgres,
  ) {}

  /** @returns null where the alert is about no series, or there is little to see */
  async of(alert: TakenAlert): Promise<Picture | null> {
    const to = toMinute(alert.occurred_at);
    const from = to - DAYS * 1440;
    const own = await this.own(alert, from, to);
    if (!own) return null;
    const rival = await this.rival(alert, from, to);
    const png = drawSeries([own.segments, rival?.segments], from, to);
    if (!png) return null;
    const captions = [own, rival].flatMap((line, index) => {
      const range = line && rangeOf(line, alert.marketplace);
      if (!range) return [];
      const simulated = line.sources.includes('sandbox') ? ', simulated' : '';
      return [`${line.name}, ${DAYS} days: ${range}${simulated}${rival ? ` (${LINE_COLORS[index] ?? ''})` : ''}`];
    });
    return { png, caption: captions.join('; ') };
  }

  private async own({ user_id, product_id, evidence }: TakenAlert, from: number, to: number): Promise<Line | null> {
    const metric = aboutSeries(evidence)?.metric;
    if (!metric) return null;
    const [known] = await this.history.known(user_id, [product_id], [metric], from, to).catch((error: unknown) => {
      // The product has been deleted meanwhile.
      if (error instanceof NotFoundError) return [];
      throw error;
    });
    const series = known?.series.get(metric);
    return series ? { ...series, name: words(metric), metric, segments: clip(series.segments, from, to) } : null;
  }

  private async rival({ evidence, marketplace }: TakenAlert, from: number, to: number): Promise<Line | null> {
    const { asin, metric } = aboutSeries(evidence)?.competitor ?? {};
    if (!asin || !metric) return null;
    const [listing] = await this.postgres.query<{ id: number }>(
      `SELECT id FROM listing WHERE asin = $1 AND marketplace = $2`,
      [asin, marketplace],
    );
    if (!listing) return null;
    const known = await this.history.knownShared([listing.id], [metric], from, to);
    const series = known.get(listing.id)?.series.get(metric);
    return series
      ? { ...series, name: `${words(metric)} of ${asin}`, metric, segments: clip(series.segments, from, to) }
      : null;
  }
}

function aboutSeries(evidence: TakenAlert['evidence']): AlertEvidenceView | undefined {
  return evidence.find(({ metric }) => metric !== null);
}

function words(metric: Metric): string {
  return metric.replaceAll('_', ' ');
}

/** @returns null where no value is known */
function rangeOf({ segments, metric }: Line, marketplace: TakenAlert['marketplace']): string | null {
  const values = segments.flatMap(({ value }) => (value === null ? [] : [value]));
  if (values.length === 0) return null;
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  return `lowest ${write(lowest, metric, marketplace)}, highest ${write(highest, metric, marketplace)}`;
}

function write(value: number, metric: Metric, marketplace: TakenAlert['marketplace']): string {
  const { kind } = METRICS[metric];
  if (kind === 'rating') return (value / 10).toFixed(1);
  if (kind !== 'money') return value.toLocaleString('en');
  const { amount, currency } = moneyView(value, marketplace);
  return `${amount} ${currency}`;
}
