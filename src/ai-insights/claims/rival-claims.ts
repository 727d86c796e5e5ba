import { setImmediate } from 'node:timers/promises';
import { changePoints } from '../../analytics/change-points';
import { dailyValues } from '../../analytics/daily-values';
import { Metric } from '../../common/metric';
import { unitOf } from '../../common/metric-unit';
import { Evidence, historyOf, rivalsOf, seriesKey } from '../evidence/evidence';
import { Abstention } from './claim';
import { levelChange } from './level-change';
import { dayAfter, Draft, METHODS, WORDS } from './make-claim';

const DAY_MINUTES = 1440;
const DAY_MS = 86_400_000;
const DAYS = 180;
const RECENT_DAYS = 30;
const FEWEST_DAYS = 15;
const METRICS: readonly Metric[] = ['price', 'bsr'];

/** Changes of level of competitors' prices and ranks in the last 30 days. */
export async function rivalClaims(evidence: Evidence): Promise<{ drafts: Draft[]; abstentions: Abstention[] }> {
  const today = Math.floor(evidence.at / DAY_MINUTES);
  const drafts: Draft[] = [];
  const abstentions: Abstention[] = [];
  for (const asin of rivalsOf(evidence)) {
    // Of twenty it takes a while: others get their turn.
    await setImmediate();
    const { series } = historyOf(evidence, asin, METRICS);
    for (const metric of METRICS) {
      const values = dailyValues(series.get(metric)?.segments ?? [], today - DAYS, today);
      const known = values.filter((value) => value !== null).length;
      if (known < FEWEST_DAYS) {
        const more = FEWEST_DAYS - known;
        const missing = `needs ${String(more)} more known ${more === 1 ? 'day' : 'days'} of ${metric} of ${asin}`;
        abstentions.push({ key: `competitor_change:${asin}:${metric}`, missing, until: dayAfter(evidence, more) });
        continue;
      }
      drafts.push(...changesOf(evidence, asin, metric, values, today));
    }
  }
  return { drafts, abstentions };
}

function changesOf(
  { marketplace }: Evidence,
  asin: string,
  metric: Metric,
  values: readonly (number | null)[],
  today: number,
): Draft[] {
  const isRank = metric === 'bsr';
  const { unit, scale } = unitOf(metric, marketplace);
  const back = (value: number) => (isRank ? Math.exp(value) : value);
  const found = changePoints(isRank ? values.map((value) => (value === null ? null : Math.log(value))) : values);
  return found
    .map((change, place) => ({
      ...change,
      daysBefore: change.index - (found[place - 1]?.index ?? 0),
      daysAfter: (found[place + 1]?.index ?? DAYS) - change.index,
    }))
    .filter(({ index }) => index >= DAYS - RECENT_DAYS)
    .toReversed()
    .map(({ index, statistic, daysBefore, daysAfter, ...levels }): Draft => {
      const [before, after] = [back(levels.before), back(levels.after)];
      const date = isoDay(today - DAYS + index);
      const isUp = after > before;
      const isPlain = !Number.isFinite(statistic);
      const change = { metric, marketplace, date, before, after, daysBefore, daysAfter, isPlain };
      const { template, values: told } = levelChange(`${WORDS[metric]} of its competitor {competitor}`, change);
      return {
        key: `competitor_change:${asin}:${metric}:${date}`,
        kind: 'competitor_change',
        metric,
        template,
        values: { ...told, competitor: { type: 'asin', value: asin } },
        direction: isUp ? 'up' : 'down',
        window: { from: isoDay(today - DAYS), to: isoDay(today - 1) },
        n: null,
        effect: { value: after - before, unit, scale, lower: null, upper: null, level: null },
        method: METHODS.level,
        confidence: isPlain ? 'measured' : 'medium',
        errorRate: isPlain ? null : 0.05,
        evidence: [seriesKey(asin, metric)],
      };
    });
}

function isoDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
