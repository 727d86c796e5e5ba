import { setImmediate } from 'node:timers/promises';
import { Marketplace, MARKETPLACES } from '../../common/marketplace';
import { Metric, METRICS } from '../../common/metric';
import { unitOf } from '../../common/metric-unit';
import { withoutNoise } from '../../common/round';
import { clip, knownIn, presenceIn, Segment } from '../../common/series';
import { KnownHistory } from '../../price-history/price-history.service';
import { StatsWindowView } from '../../price-history/dto/price-history.view';
import { changePoints } from '../change-points';
import { coMovement } from '../co-movement';
import { dailyValues } from '../daily-values';
import { Forecast, forecast, forecastDaysNeeded, ForecastQuantity, NoForecast } from '../forecast';
import { estimateUnits, RankSpan } from '../sales/sales-curve';
import { NoEstimate, SalesEstimate, UserSalesModels } from '../sales/sales-estimates.service';
import { FEWEST_DAYS as FEWEST_FOR_TREND, trend } from '../trend';
import { weekdayPattern } from '../weekday';
import {
  BackTestView,
  ChangePointView,
  CoMovementView,
  ForecastDayView,
  ForecastView,
  ProductAnalysisView,
  ShareOfTimeView,
  TrendView,
  UnitsEstimateView,
  UnitsForecastView,
  WeekdayPatternView,
} from './dto/product-analytics.view';

const DAY_MINUTES = 1440;
const DAY_MS = 86_400_000;
/** Days of history that are looked at. */
export const HISTORY_DAYS = 365;
const PATTERN_DAYS = 180;
const TREND_DAYS = [30, 90];
const SHARE_DAYS = [30, 90];
const UNITS_DAYS = 30;
/** Days ahead; what is known of most products allows the longest, and a shorter one is its beginning. */
const HORIZONS = [28, 21, 14, 7];
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 4;

const TRENDING: readonly Metric[] = ['price', 'bsr', 'rating', 'review_count'];
/** What has a level; the number of ratings only ever grows. */
const LEVELS: readonly Metric[] = ['price', 'bsr', 'rating'];
const PATTERNED: readonly Metric[] = ['price', 'bsr'];
/** What is read for an analysis. */
export const ANALYZED_METRICS: readonly Metric[] = [...TRENDING, 'buy_box_price'];

export interface AnalysisInputs {
  productId: string;
  history: KnownHistory;
  bsrCategory: string | null;
  statistics: StatsWindowView[];
  sales: UserSalesModels;
  /** Minute of now. */
  at: number;
}

/** Everything that a product's series say. It takes some tens of milliseconds, and gives way in between. */
export async function analyzeProduct(inputs: AnalysisInputs): Promise<ProductAnalysisView> {
  const { history, at } = inputs;
  const { marketplace } = history;
  const today = Math.floor(at / DAY_MINUTES);
  const missing: Record<string, string> = {};
  const missingDays: Record<string, number> = {};
  const lacks = (part: string, { told, days: more }: Lack, span = '') => {
    missing[part] = `${told}${span}`;
    if (more !== null) missingDays[part] = more;
  };
  const days = new Map(
    ANALYZED_METRICS.map((metric) => [metric, dailyValues(segmentsOf(history, metric), today - HISTORY_DAYS, today)]),
  );
  const of = (metric: Metric) => days.get(metric) ?? [];

  const trends: ProductAnalysisView['trends'] = {};
  const changes: ProductAnalysisView['changePoints'] = {};
  for (const metric of TRENDING) {
    const isRank = METRICS[metric].kind === 'rank';
    const lines = TREND_DAYS.flatMap((window) => trendView(of(metric).slice(-window), window, isRank) ?? []);
    if (lines.length > 0) trends[metric] = lines;
    else {
      const span = Math.max(...TREND_DAYS);
      const lack = moreDays(FEWEST_FOR_TREND, of(metric).slice(-span), metric);
      lacks(`trends.${metric}`, lack, ` in the last ${String(span)}`);
    }
    await setImmediate();
  }
  for (const metric of LEVELS) {
    const known = of(metric).slice(-PATTERN_DAYS);
    if (known.filter((value) => value !== null).length >= FEWEST_FOR_CHANGES) {
      changes[metric] = changeViews(known, today - PATTERN_DAYS, METRICS[metric].kind === 'rank');
    } else {
      const lack = moreDays(FEWEST_FOR_CHANGES, known, metric);
      lacks(`changePoints.${metric}`, lack, ` in the last ${String(PATTERN_DAYS)}`);
    }
    await setImmediate();
  }

  const weekdays: ProductAnalysisView['weekdays'] = {};
  for (const metric of PATTERNED) {
    const pattern = weekdayView(of(metric).slice(-PATTERN_DAYS), today - PATTERN_DAYS);
    if (pattern) weekdays[metric] = pattern;
    else missing[`weekdays.${metric}`] = `needs at least 6 weeks in which ${metric} is known and moves`;
    await setImmediate();
  }

  const priceAndRank = coMovementView(of('price').slice(-PATTERN_DAYS), of('bsr').slice(-PATTERN_DAYS));
  if (!priceAndRank)
    missing['priceAndRank'] = 'needs 20 days on which the changes of both are known, and 5 on which each moves';
  await setImmediate();

  const forecasts: ProductAnalysisView['forecasts'] = {};
  for (const quantity of ['price', 'bsr'] as const) {
    const found = longestForecast(of(quantity), quantity);
    if (found.status === 'forecast') forecasts[quantity] = forecastView(found, quantity, marketplace, today);
    else lacks(`forecasts.${quantity}`, missingForForecast(found, quantity));
    await setImmediate();
  }

  const ranks = clip(segmentsOf(history, 'bsr'), at - UNITS_DAYS * DAY_MINUTES, at);
  const estimate = inputs.sales.estimate(marketplace, inputs.bsrCategory, spansOf(ranks));
  const units = 'refused' in estimate ? null : unitsView(estimate, ranks, at);
  if ('refused' in estimate) missing['units'] = estimate.message;
  const unitsForecast = forecasts['bsr'] && !('refused' in estimate) ? forecastUnits(forecasts['bsr'], estimate) : null;
  if (!unitsForecast) {
    const waits = 'refused' in estimate ? undefined : missingDays['forecasts.bsr'];
    lacks('unitsForecast', { told: missingForUnits(estimate, forecasts['bsr']), days: waits ?? null });
  }

  const sources = [...new Set([...history.series.values()].flatMap((series) => series.sources))];
  return {
    productId: inputs.productId,
    asin: history.asin,
    marketplace,
    currency: MARKETPLACES[marketplace].currency,
    sources,
    simulated: sources.includes('sandbox') || (!('refused' in estimate) && estimate.model.simulated),
    lastDay: dateOf(today - 1),
    statistics: inputs.statistics,
    trends,
    changePoints: changes,
    weekdays,
    priceAndRank,
    timeInStock: sharesOfTime(segmentsOf(history, 'price'), at),
    timeWithBuyBox: sharesOfTime(segmentsOf(history, 'buy_box_price'), at),
    units,
    forecasts,
    unitsForecast,
    missing,
    missingDays,
  };
}

/** What is missing, and how many more known days where it is these. */
interface Lack {
  told: string;
  days: number | null;
}

/** Three times what a change needs on each side. */
const FEWEST_FOR_CHANGES = 15;

function segmentsOf(history: KnownHistory, metric: Metric): Segment[] {
  return history.series.get(metric)?.segments ?? [];
}

/** Ranks by their logarithms, so that theirs are shares. */
function trendView(values: readonly (number | null)[], days: number, isRank: boolean): TrendView | null {
  const found = trend(isRank ? logarithms(values) : values);
  if (!found) return null;
  const { slope, lower, upper, change, direction, pValue, n, effectiveN } = found;
  const back = (value: number) => withoutNoise(isRank ? Math.expm1(value) : value);
  // Nothing bounds it; or, of logarithms, what bounds it is beyond a thousand times as much.
  const end = (value: number) =>
    !Number.isFinite(value) || (isRank && Math.abs(value) > Math.log(1000)) ? null : back(value);
  return {
    days,
    scale: isRank ? 'share' : 'value',
    slope: back(slope),
    lower: end(lower),
    upper: end(upper),
    change: back(change.value),
    changeLower: end(change.lower),
    changeUpper: end(change.upper),
    direction,
    pValue: withoutNoise(pValue),
    n,
    effectiveN: withoutNoise(effectiveN),
  };
}

function logarithms(values: readonly (number | null)[]): (number | null)[] {
  return values.map((value) => (value === null ? null : Math.log(value)));
}

/** Ranks by their logarithms: a step from 100 to 200 is as high as one from 1,000 to 2,000. */
function changeViews(values: readonly (number | null)[], firstDay: number, isRank: boolean): ChangePointView[] {
  const back = (value: number) => withoutNoise(isRank ? Math.exp(value) : value);
  return changePoints(isRank ? logarithms(values) : values).map(({ index, before, after, statistic }) => ({
    date: dateOf(firstDay + index),
    before: back(before),
    after: back(after),
    ratio: back(before) === 0 ? null : withoutNoise(back(after) / back(before)),
    statistic: Number.isFinite(statistic) ? withoutNoise(statistic) : null,
  }));
}

function weekdayView(values: readonly (number | null)[], firstDay: number): WeekdayPatternView | null {
  const found = weekdayPattern(values, { firstWeekday: (firstDay + FIRST_WEEKDAY) % 7, scale: 'ratio' });
  if (!found) return null;
  const { weeks, pValue, effects } = found;
  return {
    weeks,
    pValue: withoutNoise(pValue),
    found: found.found,
    effects: effects.map((one) => ({
      weekday: one.weekday,
      effect: withoutNoise(one.effect),
      pValue: withoutNoise(one.pValue),
    })),
  };
}

function coMovementView(prices: readonly (number | null)[], ranks: readonly (number | null)[]): CoMovementView | null {
  const found = coMovement(prices, ranks);
  if (!found) return null;
  const { lag, correlation, lower, upper, n, effectiveN } = found.strongest;
  return {
    lag,
    correlation: withoutNoise(correlation),
    lower: withoutNoise(lower),
    upper: withoutNoise(upper),
    n,
    effectiveN: withoutNoise(effectiveN),
    direction: found.direction,
  };
}

function sharesOfTime(segments: readonly Segment[], at: number): ShareOfTimeView[] {
  return SHARE_DAYS.map((days) => {
    const from = at - days * DAY_MINUTES;
    const { coverage } = knownIn(segments, from, at);
    const { known, present } = presenceIn(segments, from, at);
    return {
      days,
      share: known > 0 ? withoutNoise(present / known) : null,
      known: coverage,
      unknown: withoutNoise(1 - coverage),
    };
  });
}

function spansOf(ranks: readonly Segment[]): RankSpan[] {
  return ranks.flatMap(({ start, end, value }) =>
    value === null || end === start ? [] : [{ rank: value, days: (end - start) / DAY_MINUTES }],
  );
}

function unitsView(
  { unitsPerDay, lower, upper, model }: SalesEstimate,
  ranks: Segment[],
  at: number,
): UnitsEstimateView {
  return {
    unitsPerDay: withoutNoise(unitsPerDay),
    lower: withoutNoise(lower),
    upper: withoutNoise(upper),
    known: knownIn(ranks, at - UNITS_DAYS * DAY_MINUTES, at).coverage,
    category: model.category,
    fittedAt: model.fittedAt.toISOString(),
  };
}

function longestForecast(values: readonly (number | null)[], quantity: ForecastQuantity): Forecast | NoForecast {
  const known = values.filter((value) => value !== null).length;
  const horizon = HORIZONS.find((days) => forecastDaysNeeded(days) <= known) ?? Math.min(...HORIZONS);
  return forecast(values, { quantity, horizon });
}

function forecastView(
  { days, methods, weekdayEffects, backTest }: Forecast,
  quantity: 'price' | 'bsr',
  marketplace: Marketplace,
  today: number,
): ForecastView {
  const { origins, pValue, hasSkill, weeks, ...whole } = backTest;
  return {
    ...unitOf(quantity, marketplace),
    // A forecast starts after the last known day, which may lie some days back.
    days: days.map(({ day, median, lower, upper }) => ({ date: dateOf(today - 1 + day), median, lower, upper })),
    methods,
    weekdayEffects,
    origins,
    backTest: backTestView(whole),
    weeks: weeks.map(backTestView),
    hasSkill,
    pValue: withoutNoise(pValue),
  };
}

function backTestView({ fromDay, toDay, scored, coverage, skill }: BackTestView): BackTestView {
  return {
    fromDay,
    toDay,
    scored,
    coverage: coverage === null ? null : withoutNoise(coverage),
    skill: skill === null ? null : withoutNoise(skill),
  };
}

/**
 * Expected units a day by the curve of own sales, from the forecast of the rank. The ends are those of the rank's interval with those of
 * the curve's, which are of means over periods as long as those of own sales: what a single day sells scatters around them.
 */
function forecastUnits(
  ranks: ForecastView,
  { model: { curve, category, fittedAt } }: SalesEstimate,
): UnitsForecastView | null {
  if (!curve) return null;
  const at = (rank: number) => {
    const estimate = estimateUnits(curve, [{ rank, days: 1 }]);
    return typeof estimate === 'string' ? null : estimate;
  };
  const days: ForecastDayView[] = [];
  for (const { date, median, lower, upper } of ranks.days) {
    const [middle, least, most] = [at(median), at(upper), at(lower)];
    // Beyond ten times the ranks of own sales nothing can be told.
    if (!middle || !least || !most) return null;
    days.push({
      date,
      median: withoutNoise(middle.unitsPerDay),
      lower: withoutNoise(least.lower),
      upper: withoutNoise(most.upper),
    });
  }
  return {
    days,
    rankBackTest: ranks.backTest,
    rankHasSkill: ranks.hasSkill,
    category,
    fittedAt: fittedAt.toISOString(),
  };
}

function moreDays(fewest: number, values: readonly (number | null)[], metric: Metric): Lack {
  return needs(fewest - values.filter((value) => value !== null).length, metric);
}

function needs(days: number, metric: Metric): Lack {
  return { told: `needs ${String(days)} more known ${days === 1 ? 'day' : 'days'} of ${metric}`, days };
}

function missingForForecast(none: NoForecast, metric: Metric): Lack {
  if (none.status === 'too_short') return needs(none.daysNeeded, metric);
  return { told: `${metric} has not been known for ${String(none.daysUnknown)} days`, days: null };
}

function missingForUnits(estimate: SalesEstimate | NoEstimate, ranks: ForecastView | undefined): string {
  if ('refused' in estimate) return estimate.message;
  return ranks ? 'the forecast ranks lie too far from those of own sales' : 'needs a forecast of the rank';
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
