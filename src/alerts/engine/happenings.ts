import { toMinute } from '../../common/minute';
import { FoundRival } from '../../competitors/rival-news.service';
import { Outage } from '../../price-history/check-log.service';
import { StoredPoint } from './evidence';

/** Rivals that an alert names; it says how many more there are. */
const MOST_NAMED = 5;

/**
 * The minute that stands for a time beside a floor, which counts in whole minutes: what was after it in its own minute counts as the next one's.
 */
export function minuteAfter(time: Date, floor: Date): number {
  return time > floor ? Math.ceil(time.getTime() / 60_000) : toMinute(time);
}

/** One point for each minute in which a discovery found rivals, however many they are. */
export function newCompetitorPoints(found: readonly FoundRival[], floor: Date): StoredPoint[] {
  const byMinute = new Map<number, FoundRival[]>();
  for (const rival of found) {
    const minute = minuteAfter(rival.foundAt, floor);
    byMinute.set(minute, [...(byMinute.get(minute) ?? []), rival]);
  }
  return [...byMinute].map(([minute, rivals]) => ({
    ...happening('new_competitor', minute),
    value: rivals.length,
    detail: {
      found: rivals.slice(0, MOST_NAMED).map(({ asin, title, similarity }) => ({ asin, title, similarity })),
      sources: [...new Set(rivals.flatMap(({ sources }) => sources))],
    },
  }));
}

/**
 * Where the hours without a good reading reach those of the rule, and where they end. Nothing is failing where nothing was checked: the first failure
 * is the earliest that an outage can begin to count.
 * @param known since when the listing is looked at: where no good check is known it counts from then
 */
export function outagePoints(outages: readonly Outage[], hours: number, known: number, now: number): StoredPoint[] {
  return outages.flatMap(({ since, first, until }): StoredPoint[] => {
    const last = since ?? Math.min(known, first.minute);
    const reached = Math.max(last + hours * 60, first.minute);
    if (reached > now || (until !== null && until <= reached)) return [];
    const series = `source_failing:${hours}` as const;
    const begun: StoredPoint = {
      ...happening(series, reached),
      value: Math.floor((reached - last) / 60),
      detail: {
        failure: { result: first.result, detail: first.detail, since: last },
        sources: [first.source],
      },
    };
    return until === null ? [begun] : [begun, { ...happening(series, until), value: null }];
  });
}

function happening(series: StoredPoint['series'], minute: number): Omit<StoredPoint, 'value'> {
  return { series, minute, until: minute, recorded: minute };
}
