import { unitOf } from '../../common/metric-unit';
import { isoMinute } from '../../common/minute';
import { ListingHistory } from '../../price-history/price-history.service';
import { AlertEvidenceView } from '../dto/alert.view';
import { Evidence } from './evidence';

/** Whether any of the readings behind it is simulated. */
export function isSimulated(evidence: readonly Pick<AlertEvidenceView, 'sources'>[]): boolean {
  return evidence.some(({ sources }) => sources.includes('sandbox'));
}

/** The readings behind an alert, as they are kept with it and shown. */
export function evidenceViews(
  evidence: readonly Evidence[],
  { marketplace, series }: ListingHistory,
): AlertEvidenceView[] {
  return evidence.map(({ condition, metric, value, at, baseline, baselineAt, detail = {} }) => {
    const { rival, found, changes, failure, sources = [] } = detail;
    return {
      condition,
      metric,
      value,
      at: isoMinute(at),
      baseline,
      baselineAt: baselineAt === null ? null : isoMinute(baselineAt),
      ...(metric === null ? { unit: failure ? 'hours' : 'count', scale: 0 } : unitOf(metric, marketplace)),
      sources: [...new Set([...((metric && series.get(metric)?.sources) ?? []), ...sources])],
      ...(rival && { competitor: { asin: rival.asin, title: rival.title, metric: rival.metric } }),
      ...(found && { found: [...found] }),
      ...(changes && { changes: [...changes] }),
      ...(failure && {
        failure: { result: failure.result, detail: failure.detail, since: isoMinute(failure.since) },
      }),
    };
  });
}
