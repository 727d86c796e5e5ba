import { Marketplace, MARKETPLACES } from '../../common/marketplace';
import { Metric, METRICS } from '../../common/metric';
import { isoMinute } from '../../common/minute';
import { formatMinor } from '../../common/money';
import { Severity } from '../entities/alert.entity';
import { Evidence } from './evidence';

const NAMES: Partial<Record<Metric, string>> = { bsr: 'Best Sellers Rank', bsr_sub: 'sub-category rank' };

/** What happened, in one sentence with its numbers and their times. */
export function messageOf(evidence: readonly Evidence[], marketplace: Marketplace): string {
  return evidence.map((one) => partOf(one, marketplace)).join('; ');
}

export function severityOf(evidence: readonly Evidence[]): Severity {
  const kinds = evidence.map(({ condition }) => condition.kind);
  if (kinds.includes('gone')) return 'critical';
  return kinds.some((kind) => kind === 'rises' || kind === 'falls') ? 'warning' : 'info';
}

function partOf({ condition, value, at, baseline, baselineAt }: Evidence, marketplace: Marketplace): string {
  const { kind, metric } = condition;
  const name = NAMES[metric] ?? metric.replaceAll('_', ' ');
  const show = (amount: number) => valueText(metric, amount, marketplace);
  const when = timeText(at);
  switch (kind) {
    case 'gone':
      return `${name} is gone since ${when}${baseline === null ? '' : `; it was ${show(baseline)}${seenText(baselineAt)}`}`;
    case 'back':
      return `${name} is back at ${show(value ?? 0)} (${when})`;
    case 'at_most':
    case 'at_least':
      return `${name} is ${show(value ?? 0)} (${when}), ${kind === 'at_most' ? 'at most' : 'at least'} ${show(baseline ?? 0)}`;
    default: {
      const [now, before] = [value ?? 0, baseline ?? 0];
      const verb = now > before ? 'rose' : 'fell';
      const by = before === 0 ? '' : ` by ${((100 * Math.abs(now - before)) / Math.abs(before)).toFixed(1)} %`;
      const from =
        condition.baseline === 'median_30d'
          ? `its 30-day median of ${show(before)}`
          : `${show(before)}${seenText(baselineAt)}`;
      return `${name} ${verb}${by} from ${from} to ${show(now)} (${when})`;
    }
  }
}

function seenText(minute: number | null): string {
  return minute === null ? '' : ` (${timeText(minute)})`;
}

function timeText(minute: number): string {
  return `${isoMinute(minute).slice(0, 16).replace('T', ' ')} UTC`;
}

function valueText(metric: Metric, value: number, marketplace: Marketplace): string {
  const { currency, exponent } = MARKETPLACES[marketplace];
  switch (METRICS[metric].kind) {
    case 'money':
      return `${currency} ${formatMinor(value, exponent)}`;
    case 'rank':
      return `#${String(value)}`;
    case 'rating':
      return `${formatMinor(value, 1)} stars`;
    case 'count':
      return String(value);
  }
}
