import { unitOf } from '../../common/metric-unit';
import { isoMinute } from '../../common/minute';
import { ListingHistory } from '../../price-history/price-history.service';
import { AlertEvidenceView } from '../dto/alert.view';
import { Evidence } from './evidence';

/** The readings behind an alert, as they are kept with it and shown. */
export function evidenceViews(
  evidence: readonly Evidence[],
  { marketplace, series }: ListingHistory,
): AlertEvidenceView[] {
  return evidence.map(({ condition, value, at, baseline, baselineAt }) => ({
    condition,
    metric: condition.metric,
    value,
    at: isoMinute(at),
    baseline,
    baselineAt: baselineAt === null ? null : isoMinute(baselineAt),
    ...unitOf(condition.metric, marketplace),
    sources: series.get(condition.metric)?.sources ?? [],
  }));
}
