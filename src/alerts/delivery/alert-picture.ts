import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../common/app-error';
import { Metric, METRICS } from '../../common/metric';
import { toMinute } from '../../common/minute';
import { moneyView } from '../../common/money';
import { clip } from '../../common/series';
import { PriceHistoryService } from '../../price-history/price-history.service';
import { TakenAlert } from './delivery-ledger';
import { drawSeries } from './series-picture';

const DAYS = 30;

/** What a mail shows beside its words. */
export interface Picture {
  png: Buffer;
  /** The same in words, for who sees no pictures. */
  caption: string;
}

/** Draws the series that an alert is about, over the 30 days before it. */
@Injectable()
export class AlertPictures {
  constructor(private readonly history: PriceHistoryService) {}

  /** @returns null where the rule is about no series, or there is little to see */
  async of({ user_id, product_id, metric, occurred_at, marketplace }: TakenAlert): Promise<Picture | null> {
    if (!isMetric(metric)) return null;
    const to = toMinute(occurred_at);
    const from = to - DAYS * 1440;
    const [known] = await this.history.known(user_id, [product_id], [metric], from, to).catch((error: unknown) => {
      // The product has been deleted meanwhile.
      if (error instanceof NotFoundError) return [];
      throw error;
    });
    const series = known?.series.get(metric);
    if (!series) return null;
    const segments = clip(series.segments, from, to);
    const png = drawSeries(segments, from, to);
    if (!png) return null;
    const values = segments.flatMap(({ value }) => (value === null ? [] : [value]));
    const [lowest, highest] = [Math.min(...values), Math.max(...values)].map((value) =>
      write(value, metric, marketplace),
    );
    const simulated = series.sources.includes('sandbox') ? ', simulated' : '';
    return {
      png,
      caption: `${metric.replaceAll('_', ' ')}, ${DAYS} days: lowest ${lowest}, highest ${highest}${simulated}`,
    };
  }
}

function isMetric(name: string | null): name is Metric {
  return name !== null && Object.hasOwn(METRICS, name);
}

function write(value: number, metric: Metric, marketplace: TakenAlert['marketplace']): string {
  const { kind } = METRICS[metric];
  if (kind === 'rating') return (value / 10).toFixed(1);
  if (kind !== 'money') return value.toLocaleString('en');
  const { amount, currency } = moneyView(value, marketplace);
  return `${amount} ${currency}`;
}
