import { Marketplace, MARKETPLACES } from '../../common/marketplace';
import { Metric, METRICS } from '../../common/metric';
import { isoMinute } from '../../common/minute';
import { formatMinor } from '../../common/money';
import { Severity } from '../entities/alert.entity';
import { MetricCondition } from '../rules/condition';
import { ContentChange, Evidence, NamedListing } from './evidence';

const NAMES: Partial<Record<Metric, string>> = { bsr: 'Best Sellers Rank', bsr_sub: 'sub-category rank' };

const FIELDS: Partial<Record<ContentChange['field'], string>> = {
  category_path: 'category',
  image_count: 'number of pictures',
  image_url: 'main picture',
};
/** Fields whose values fit into a sentence. */
const QUOTED: readonly ContentChange['field'][] = ['title', 'brand', 'image_count'];

/** From so many hours on without a reading it is more than a bad day. */
const CRITICAL_HOURS = 72;
const MAX_QUOTE = 80;

/** What happened, in one sentence with its numbers and their times. */
export function messageOf(evidence: readonly Evidence[], marketplace: Marketplace): string {
  return evidence.map((one) => partOf(one, marketplace)).join('; ');
}

/** That of the gravest condition. */
export function severityOf(evidence: readonly Evidence[]): Severity {
  const severities = evidence.map(severityOfOne);
  return SEVERITIES.find((severity) => severities.includes(severity)) ?? 'info';
}

const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];

function severityOfOne({ condition, value }: Evidence): Severity {
  switch (condition.kind) {
    case 'gone':
    case 'buy_box_lost':
      return 'critical';
    case 'source_failing':
      return (value ?? 0) >= CRITICAL_HOURS ? 'critical' : 'warning';
    case 'rises':
    case 'falls':
      return METRICS[condition.metric].kind === 'rank' && condition.kind === 'falls' ? 'info' : 'warning';
    case 'undercut':
    case 'content_changed':
    case 'seller_changed':
      return 'warning';
    default:
      return 'info';
  }
}

function partOf(evidence: Evidence, marketplace: Marketplace): string {
  const { condition, at, value, detail = {} } = evidence;
  const when = timeText(at);
  const [change] = detail.changes ?? [];
  switch (condition.kind) {
    case 'undercut':
      return undercutText(evidence, marketplace);
    case 'new_competitor':
      return `${foundText(value ?? 0, detail.found ?? [])} (${when})`;
    case 'content_changed':
      return `${(detail.changes ?? []).map(changeText).join(', ')} (${when})`;
    case 'seller_changed':
      return `another seller has the buy box: ${sellerText(change?.after)} after ${sellerText(change?.before)} (${when})`;
    case 'buy_box_lost':
      return `your seller ${sellerText(change?.before)} lost the buy box to ${sellerText(change?.after)} (${when})`;
    case 'buy_box_won':
      return `your seller ${sellerText(change?.after)} won the buy box from ${sellerText(change?.before)} (${when})`;
    case 'source_failing': {
      const { result = 'failure', detail: why = null, since = at } = detail.failure ?? {};
      const reason = `${result.replaceAll('_', ' ')}${why === null ? '' : `: ${quote(why)}`}`;
      return `no good reading for ${String(value ?? 0)} hours, since ${timeText(since)}; checks fail (${reason})`;
    }
    default:
      return metricText({ ...evidence, condition }, marketplace);
  }
}

function undercutText({ metric, value, at, baseline, baselineAt, detail }: Evidence, marketplace: Marketplace): string {
  const [own, cheapest] = [value ?? 0, baseline ?? 0];
  const by = ((100 * (own - cheapest)) / cheapest).toFixed(1);
  const show = (amount: number) => valueText('price', amount, marketplace);
  return (
    `${nameOf(metric ?? 'price')} of ${show(own)} (${timeText(at)}) is ${by} % above the cheapest competitor, ` +
    `${detail?.rival?.asin ?? ''} at ${show(cheapest)}${seenText(baselineAt)}`
  );
}

function foundText(count: number, found: readonly NamedListing[]): string {
  const names = found.map(({ asin, title }) => (title === null ? asin : `${asin} “${quote(title)}”`));
  const more = count > names.length ? ` and ${String(count - names.length)} more` : '';
  return `${String(count)} new ${count === 1 ? 'competitor' : 'competitors'} found: ${names.join(', ')}${more}`;
}

function changeText({ field, before, after }: ContentChange): string {
  const name = FIELDS[field] ?? field;
  if (!QUOTED.includes(field)) return `${name} changed`;
  return `${name} changed from ${valueOf(before)} to ${valueOf(after)}`;
}

function valueOf(value: ContentChange['after']): string {
  return typeof value === 'string' ? `“${quote(value)}”` : String(value ?? 'none');
}

function sellerText(seller: ContentChange['after'] | undefined): string {
  return typeof seller === 'string' ? seller : 'nobody';
}

/** Texts of others, on one line and not too long. */
function quote(text: string): string {
  const letters = [...text.replace(/\s+/gu, ' ')];
  return letters.length <= MAX_QUOTE ? letters.join('') : `${letters.slice(0, MAX_QUOTE - 1).join('')}…`;
}

function nameOf(metric: Metric): string {
  return NAMES[metric] ?? metric.replaceAll('_', ' ');
}

function metricText(
  { condition, value, at, baseline, baselineAt }: Evidence & { condition: MetricCondition },
  marketplace: Marketplace,
): string {
  const { kind, metric } = condition;
  const name = nameOf(metric);
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
      // Number 1 is the best: nobody knows which way a rank "rises".
      const [up, down] = METRICS[metric].kind === 'rank' ? ['declined', 'improved'] : ['rose', 'fell'];
      const verb = now > before ? up : down;
      const by = before === 0 ? '' : ` by ${((100 * Math.abs(now - before)) / Math.abs(before)).toFixed(1)} %`;
      const from =
        condition.baseline === 'median_30d'
          ? `its 30-day median of ${show(before)}`
          : `${show(before)}${baselineAt === at ? '' : seenText(baselineAt)}`;
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
      return `#${value.toLocaleString('en-US')}`;
    case 'rating':
      return `${formatMinor(value, 1)} stars`;
    case 'count':
      return value.toLocaleString('en-US');
  }
}
