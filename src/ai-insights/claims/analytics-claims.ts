import { Marketplace } from '../../common/marketplace';
import { Metric } from '../../common/metric';
import { unitOf } from '../../common/metric-unit';
import { ForecastView, ProductAnalysisView, TrendView } from '../../analytics/product/dto/product-analytics.view';
import { SALES_KEY, seriesKey } from '../evidence/evidence';
import { StatementValue } from '../statement';
import { levelChange } from './level-change';
import { Draft, METHODS, WORDS } from './make-claim';

const DAY_MS = 86_400_000;
/** A change that is longer ago is history. */
const RECENT_CHANGE_DAYS = 60;
const PATTERN_DAYS = 180;
/** What is shown as 100 %. */
const ALL_OF_IT = 0.9995;
const WEEKDAYS = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays'];
const LEVEL: StatementValue = { type: 'number', value: 0.95, unit: 'share', scale: 0 };
const FORECAST_LEVEL: StatementValue = { type: 'number', value: 0.9, unit: 'share', scale: 0 };

/**
 * What the product's own series say.
 * @param lastOf the last reading that found a value
 */
export function analyticsClaims(analysis: ProductAnalysisView, lastOf: (metric: Metric) => number | null): Draft[] {
  const key = (metric: Metric) => seriesKey(analysis.asin, metric);
  return [
    ...levelChanges(analysis, key),
    ...trends(analysis, key),
    ...weekdays(analysis, key),
    ...priceAndRank(analysis, key),
    ...timeInStock(analysis, key),
    ...forecasts(analysis, key, lastOf),
    ...units(analysis, key),
  ];
}

type KeyOf = (metric: Metric) => string;

function levelChanges({ changePoints, marketplace, lastDay }: ProductAnalysisView, keyOf: KeyOf): Draft[] {
  const first = daysBefore(lastDay, RECENT_CHANGE_DAYS - 1);
  const earliest = daysBefore(lastDay, PATTERN_DAYS - 1);
  return Object.entries(changePoints).flatMap(([name, changes]) => {
    const metric = name as Metric;
    return changes
      .map((change, place) => ({
        ...change,
        daysBefore: daysBetween(changes[place - 1]?.date ?? earliest, change.date),
        daysAfter: daysBetween(change.date, changes[place + 1]?.date ?? daysBefore(lastDay, -1)),
      }))
      .filter(({ date }) => date >= first)
      .toReversed()
      .map((change): Draft => {
        const { date, before, after, statistic } = change;
        const { unit, scale } = unitOf(metric, marketplace);
        const isUp = after > before;
        return {
          key: `level_change:${metric}:${date}`,
          kind: 'level_change',
          metric,
          ...levelChange(WORDS[metric], { ...change, metric, marketplace, isPlain: statistic === null }),
          direction: isUp ? 'up' : 'down',
          window: { from: daysBefore(lastDay, PATTERN_DAYS - 1), to: lastDay },
          n: null,
          effect: { value: after - before, unit, scale, lower: null, upper: null, level: null },
          method: METHODS.level,
          // Where nothing else varies there is no noise that could look like it.
          confidence: statistic === null ? 'measured' : 'medium',
          errorRate: statistic === null ? null : 0.05,
          evidence: [keyOf(metric)],
        };
      });
  });
}

function trends({ trends: found, marketplace, lastDay }: ProductAnalysisView, keyOf: KeyOf): Draft[] {
  return Object.entries(found).flatMap(([name, lines]) =>
    lines
      .filter(({ direction }) => direction !== 'none')
      .map((line) => trendClaim(name as Metric, line, marketplace, lastDay, keyOf)),
  );
}

function trendClaim(metric: Metric, line: TrendView, marketplace: Marketplace, lastDay: string, keyOf: KeyOf): Draft {
  const isUp = line.direction === 'rising';
  const { unit, scale } = line.scale === 'share' ? { unit: 'share', scale: 0 } : unitOf(metric, marketplace);
  const number = (value: number): StatementValue => ({ type: 'number', value: Math.abs(value), unit, scale });
  // From the smallest to the largest move, whichever way it goes.
  const [least, most] = isUp ? [line.changeLower, line.changeUpper] : [line.changeUpper, line.changeLower];
  const isBounded = least !== null && most !== null;
  return {
    key: `trend:${metric}:${String(line.days)}d`,
    kind: 'trend',
    metric,
    template: `Over {days} the ${WORDS[metric]} ${verb(metric, isUp)} by {change}${
      isBounded ? ' ({level} interval: {lower} to {upper})' : ''
    }.`,
    values: {
      days: days(line.days),
      change: number(line.change),
      ...(isBounded ? { lower: number(least), upper: number(most), level: LEVEL } : {}),
    },
    direction: isUp ? 'up' : 'down',
    window: { from: daysBefore(lastDay, line.days - 1), to: lastDay },
    n: line.n,
    effect: { value: line.change, unit, scale, lower: line.changeLower, upper: line.changeUpper, level: 0.95 },
    method: METHODS.trend,
    confidence: line.pValue <= 0.01 ? 'high' : 'medium',
    errorRate: 0.05,
    evidence: [keyOf(metric)],
  };
}

function weekdays({ weekdays: found, lastDay }: ProductAnalysisView, keyOf: KeyOf): Draft[] {
  return Object.entries(found).flatMap(([name, pattern]): Draft[] => {
    const metric = name as Metric;
    const lowest = pattern.effects.reduce<(typeof pattern.effects)[number] | undefined>(
      (best, one) => (best === undefined || one.effect < best.effect ? one : best),
      undefined,
    );
    if (!pattern.found || !lowest || lowest.effect >= 0) return [];
    return [
      {
        key: `weekday_pattern:${metric}`,
        kind: 'weekday_pattern',
        metric,
        template: `The ${WORDS[metric]} is lowest on ${WEEKDAYS[lowest.weekday] ?? ''}: {effect} below its week, over {weeks} weeks.`,
        values: { effect: share(-lowest.effect), weeks: count(pattern.weeks) },
        direction: null,
        window: { from: daysBefore(lastDay, PATTERN_DAYS - 1), to: lastDay },
        n: pattern.weeks,
        effect: { value: lowest.effect, unit: 'share', scale: 0, lower: null, upper: null, level: null },
        method: METHODS.weekday,
        confidence: pattern.pValue <= 0.01 ? 'high' : 'medium',
        errorRate: 0.05,
        evidence: [keyOf(metric)],
      },
    ];
  });
}

function priceAndRank({ priceAndRank: found, lastDay }: ProductAnalysisView, keyOf: KeyOf): Draft[] {
  if (!found || found.direction === 'none') return [];
  const isTogether = found.direction === 'together';
  const ratio = (value: number): StatementValue => ({ type: 'number', value, unit: 'ratio', scale: 0 });
  return [
    {
      key: 'price_and_rank',
      kind: 'price_and_rank',
      metric: 'bsr',
      template:
        `When the price goes up, the Best Sellers Rank tends to get ${isTogether ? 'worse' : 'better'}${found.lag === 0 ? ' on the same day' : ' {lag} later'} ` +
        '(correlation {correlation}, {level} interval: {lower} to {upper}). That both move does not say that one makes the other.',
      values: {
        ...(found.lag === 0 ? {} : { lag: days(found.lag) }),
        correlation: ratio(found.correlation),
        lower: ratio(found.lower),
        upper: ratio(found.upper),
        level: LEVEL,
      },
      direction: isTogether ? 'up' : 'down',
      window: { from: daysBefore(lastDay, PATTERN_DAYS - 1), to: lastDay },
      n: found.n,
      effect: {
        value: found.correlation,
        unit: 'ratio',
        scale: 0,
        lower: found.lower,
        upper: found.upper,
        level: 0.95,
      },
      method: METHODS.coMovement,
      confidence: 'medium',
      errorRate: 0.05,
      evidence: [keyOf('price'), keyOf('bsr')],
    },
  ];
}

function timeInStock({ timeInStock: shares, lastDay }: ProductAnalysisView, keyOf: KeyOf): Draft[] {
  return shares.flatMap((one): Draft[] => {
    // Of two windows that say the same, the shorter will do.
    if (one.share === null || one.days !== 30) return [];
    return [
      {
        key: `time_in_stock:${String(one.days)}d`,
        kind: 'time_in_stock',
        metric: 'price',
        template:
          one.known >= ALL_OF_IT
            ? 'In the last {days} it had an offer for {share} of the time.'
            : 'In the last {days} it had an offer for {share} of the known time; {known} of the time is known.',
        values: { days: days(one.days), share: share(one.share), known: share(one.known) },
        direction: null,
        window: { from: daysBefore(lastDay, one.days - 1), to: lastDay },
        n: null,
        effect: { value: one.share, unit: 'share', scale: 0, lower: null, upper: null, level: null },
        method: METHODS.share,
        confidence: 'measured',
        errorRate: null,
        evidence: [keyOf('price')],
      },
    ];
  });
}

function forecasts(analysis: ProductAnalysisView, keyOf: KeyOf, lastOf: (metric: Metric) => number | null): Draft[] {
  return Object.entries(analysis.forecasts).flatMap(([name, forecast]): Draft[] => {
    const metric = name as Metric;
    const draft = forecastClaim(forecast, analysis.lastDay);
    if (!draft) return [];
    const { unit, scale } = forecast;
    const { median, lower, upper, ahead } = draft;
    const last = lastOf(metric);
    const number = (value: number): StatementValue => ({ type: 'number', value, unit, scale });
    return [
      {
        key: `forecast:${metric}`,
        kind: 'forecast',
        metric,
        template:
          `On {date} the ${WORDS[metric]} is expected at {median}, in {level} of such forecasts between {lower} and {upper}.` +
          (forecast.hasSkill ? '' : ' This forecast is no better than to expect what was a week before.'),
        values: {
          date: { type: 'date', value: draft.date },
          days: days(ahead),
          median: number(median),
          lower: number(lower),
          upper: number(upper),
          level: FORECAST_LEVEL,
          ...(last === null ? {} : { last: number(last) }),
        },
        direction: null,
        window: { from: daysBefore(analysis.lastDay, 364), to: analysis.lastDay },
        n: forecast.origins,
        effect: { value: median, unit, scale, lower, upper, level: 0.9 },
        method: METHODS.forecast,
        confidence: forecast.hasSkill ? 'medium' : 'low',
        errorRate: null,
        evidence: [keyOf(metric)],
      },
    ];
  });
}

/** The last day of the forecast says the most. */
function forecastClaim({ days: ahead }: Pick<ForecastView, 'days'>, lastDay: string) {
  const last = ahead.at(-1);
  if (!last) return null;
  return { ...last, ahead: Math.round((Date.parse(last.date) - Date.parse(lastDay)) / DAY_MS) };
}

function units({ units: found, unitsForecast, lastDay, asin }: ProductAnalysisView, keyOf: KeyOf): Draft[] {
  const perDay = (value: number): StatementValue => ({ type: 'number', value, unit: 'per day', scale: 0 });
  const evidence = [keyOf('bsr'), `listing:${asin}`, SALES_KEY];
  const drafts: Draft[] = [];
  if (found) {
    drafts.push({
      key: 'units',
      kind: 'units',
      metric: 'units',
      template:
        'By your own sales, its rank of the last {days} means sales of {unitsPerDay} ({level} interval: {lower} to {upper}).',
      values: {
        days: days(30),
        unitsPerDay: perDay(found.unitsPerDay),
        lower: perDay(found.lower),
        upper: perDay(found.upper),
        level: FORECAST_LEVEL,
      },
      direction: null,
      window: { from: daysBefore(lastDay, 29), to: lastDay },
      n: null,
      effect: {
        value: found.unitsPerDay,
        unit: 'per day',
        scale: 0,
        lower: found.lower,
        upper: found.upper,
        level: 0.9,
      },
      method: METHODS.units,
      confidence: 'medium',
      errorRate: null,
      evidence,
    });
  }
  const ahead = unitsForecast && forecastClaim(unitsForecast, lastDay);
  if (unitsForecast && ahead) {
    drafts.push({
      key: 'units_forecast',
      kind: 'units_forecast',
      metric: 'units',
      template: 'On {date} it is expected to sell {median} ({level} interval: {lower} to {upper}).',
      values: {
        date: { type: 'date', value: ahead.date },
        level: FORECAST_LEVEL,
        days: days(ahead.ahead),
        median: perDay(ahead.median),
        lower: perDay(ahead.lower),
        upper: perDay(ahead.upper),
      },
      direction: null,
      window: { from: daysBefore(lastDay, 364), to: lastDay },
      n: null,
      effect: { value: ahead.median, unit: 'per day', scale: 0, lower: ahead.lower, upper: ahead.upper, level: 0.9 },
      method: `${METHODS.units}; ${METHODS.forecast}`,
      confidence: unitsForecast.rankHasSkill ? 'medium' : 'low',
      errorRate: null,
      evidence,
    });
  }
  return drafts;
}

function verb(metric: Metric, isUp: boolean): string {
  if (metric === 'bsr') return isUp ? 'got worse' : 'got better';
  return isUp ? 'rose' : 'fell';
}

function share(value: number): StatementValue {
  return { type: 'number', value, unit: 'share', scale: 0 };
}

function count(value: number): StatementValue {
  return { type: 'number', value, unit: 'count', scale: 0 };
}

function days(value: number): StatementValue {
  return { type: 'number', value, unit: 'days', scale: 0 };
}

function daysBetween(first: string, end: string): number {
  return Math.round((Date.parse(end) - Date.parse(first)) / DAY_MS);
}

function daysBefore(day: string, daysBack: number): string {
  return new Date(Date.parse(day) - daysBack * DAY_MS).toISOString().slice(0, 10);
}
