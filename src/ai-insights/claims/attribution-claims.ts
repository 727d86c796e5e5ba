import { setImmediate } from 'node:timers/promises';
import { METRICS } from '../../common/metric';
import { attribute, AttributionInput } from '../../analytics/attribution/attribution';
import { Cause, Change, Daily, knownDays, RivalSeries } from '../../analytics/attribution/factors';
import { CoincidentEvent } from '../../analytics/attribution/coincidences';
import { Attribution } from '../../analytics/attribution/parts';
import { dailyPresence, dailyValues } from '../../analytics/daily-values';
import { ChangePointView } from '../../analytics/product/dto/product-analytics.view';
import { UserSalesModels } from '../../analytics/sales/sales-estimates.service';
import { unitOf } from '../../common/metric-unit';
import {
  entriesOf,
  Evidence,
  historyOf,
  listingKey,
  rivalsOf,
  SALES_KEY,
  SELLER_FIELD,
  SELLERS_KEY,
  seriesKey,
} from '../evidence/evidence';
import { Statement, StatementValue } from '../statement';
import { Abstention, Confidence } from './claim';
import { MEANS, meansValues } from './level-change';
import { ownBuyBox } from './own-buy-box';
import { dayAfter, Draft } from './make-claim';

const DAY_MINUTES = 1440;
const DAY_MS = 86_400_000;
/** Days that are looked at, and those before and after a change at most. */
const DAYS = 180;
const WINDOW_DAYS = 28;
const RECENT_DAYS = 60;
const MOST_CHANGES = 3;
const STOCK_WINDOW_DAYS = 10;
/** Days of an absence that is looked at at all, and of one whose end is a change of its own. */
const SHORTEST_ABSENCE = 2;
const LONG_ABSENCE = 5;
/** This close to a change of the rank, a change of the stock is most likely the same one. */
const SAME_CHANGE_DAYS = 5;
/** Of a cause that is told: how probable it is at least, and how much of the change it makes. */
const LIKELY = 0.5;
/** The method is not sure of more. */
const MOST_LIKELY = 0.999;
const SMALLEST_SHARE = 0.05;

type Quantity = AttributionInput['quantity'];
type Part = Attribution['parts'][number];

const QUANTITY: Record<Quantity, { words: string; metric: string }> = {
  bsr: { words: 'Best Sellers Rank', metric: 'bsr' },
  units: { words: 'number of units sold a day, by your own sales,', metric: 'units' },
};

/** How causes are called, and their keys in claims. */
const CAUSES: Record<Cause, { key: string; words: string }> = {
  'own-price': { key: 'own_price', words: 'its own price' },
  'own-stock-out': { key: 'own_stock', words: 'its own time in stock' },
  'buy-box': { key: 'buy_box', words: 'its buy box, whoever held it,' },
  coupon: { key: 'coupon', words: 'its coupon' },
  rating: { key: 'rating', words: 'its rating' },
  'rival-price': { key: 'rival_price', words: 'the price of its competitor {rival}' },
  'rival-stock-out': { key: 'rival_stock', words: 'the time in stock of its competitor {rival}' },
  market: { key: 'market', words: 'the market, by its competitors' },
};

/** Why the last changes of the rank, and of the units where own sales tell them, came about. */
export async function attributionClaims(
  evidence: Evidence,
  changes: readonly ChangePointView[],
  sales: UserSalesModels,
): Promise<{ drafts: Draft[]; abstentions: Abstention[] }> {
  const today = Math.floor(evidence.at / DAY_MINUTES);
  const series = await seriesOf(evidence, today, sales);
  const drafts: Draft[] = [];
  const abstentions: Abstention[] = [];
  for (const { day, isOfStock, ...window } of changesOf(changes, series.own.inStock, today)) {
    const date = isoDay(today - DAYS + day);
    for (const quantity of ['bsr', 'units'] as const) {
      const outcome = series.outcomes[quantity];
      if (!outcome) continue;
      // It takes some tens of milliseconds: others get their turn.
      await setImmediate();
      const { rivals, ownBuyBox: ownHold } = series;
      const isOwnBuyBox = ownHold !== null && isKnown(ownHold, window.from, day) && isKnown(ownHold, day, window.to);
      const own = isOwnBuyBox ? { ...series.own, buyBox: ownHold } : series.own;
      const found = attribute({ quantity, outcome, change: { day, ...window }, own, rivals });
      const subject = {
        quantity,
        date,
        daysBefore: day - window.from,
        daysAfter: window.to - day,
        isOwnBuyBox,
        evidence,
        keys: keysOf(evidence, quantity),
        first: today - DAYS,
      };
      const abstain = (missing: string, days: number | null) => {
        // By then the change is one that is no longer looked at.
        const isTooLate = days !== null && DAYS - day + days > RECENT_DAYS;
        const until = isTooLate ? null : dayAfter(evidence, days);
        abstentions.push({ key: `cause:${QUANTITY[quantity].metric}:${date}`, missing, until });
      };
      if (found.status === 'refused') {
        abstain(found.missing.join('; '), found.missingDays);
      } else if (found.status === 'coincidences') {
        // That stock ran out when stock ran out tells nothing.
        if (!isOfStock) drafts.push(...found.events.map((event, place) => coincidenceClaim(event, place, subject)));
        abstain(found.statement, found.missingDays);
      } else if (!isOfStock || isDueToStock(found)) {
        drafts.push(...attributedClaims(found, subject));
      }
    }
  }
  return { drafts, abstentions };
}

/** That it had a part, and not only that this is likely of any absence: none at all is outside of the interval. */
function isDueToStock({ parts }: Attribution): boolean {
  return parts.some(({ cause, lower, upper }) => cause === 'own-stock-out' && lower * upper > 0);
}

interface Subject {
  quantity: Quantity;
  /** First day of the new level. */
  date: string;
  /** That are compared. */
  daysBefore: number;
  daysAfter: number;
  /** It is known whether one of the own sellers held the buy box, and not only whether anybody did. */
  isOwnBuyBox: boolean;
  evidence: Evidence;
  keys: string[];
  /** Day since 1970 of the first place of the series. */
  first: number;
}

function attributedClaims(found: Attribution, subject: Subject): Draft[] {
  const { change, parts, unexplained, top, n } = found;
  // All that moved the rank is at least named; what is unlikely or small beside the change is no claim of its own.
  const isTold = ({ cause, rival, probability, contribution }: Part) =>
    (probability >= LIKELY || top.some((one) => one.cause === cause && one.rival === rival)) &&
    Math.abs(contribution) >= SMALLEST_SHARE * Math.abs(change.contribution);
  const told = parts.filter(isTold);
  const others = parts.filter((part) => !told.includes(part));
  const rest = others.reduce((sum, { contribution }) => sum + contribution, unexplained.contribution);
  const drafts = told.map((part) => causeClaim(part, found, subject));
  const left = rest / change.contribution;
  const isTop = top[0]?.cause === 'unexplained';
  drafts.push({
    ...common('unexplained', subject, n.before + n.after),
    key: `unexplained:${QUANTITY[subject.quantity].metric}:${subject.date}`,
    template:
      `${changeClause(subject)}; ` +
      (isTop
        ? 'nothing that is recorded explains most of it ({contribution} of the change is left).'
        : left >= 0
          ? '{contribution} of the change is left unexplained.'
          : 'its causes together would have moved it further, by {contribution} of the change.'),
    values: { ...changeValues(found, subject), contribution: share(isTop ? left : Math.abs(left)) },
    direction: change.contribution > 0 ? 'up' : 'down',
    effect: { value: rest, unit: 'log', scale: 0, lower: null, upper: null, level: null },
    confidence: isTop ? confidenceOf(found.confidence) : 'low',
    errorRate: null,
  });
  return drafts;
}

function causeClaim(part: Part, found: Attribution, subject: Subject): Draft {
  const { cause, rival, contribution, lower, upper, probability, evidence: seen } = part;
  const words = wordsOf(cause, subject);
  const total = found.change.contribution;
  const isWith = contribution * total > 0;
  // Of what worked against the change, how much it did so.
  const whole = isWith ? total : -total;
  const shares = [lower / whole, upper / whole].sort((a, b) => a - b);
  const move = moveOf(seen, subject);
  const alike = alikeOf(part, found, subject);
  return {
    ...common('cause', subject, found.n.before + found.n.after),
    key: [
      'cause',
      QUANTITY[subject.quantity].metric,
      subject.date,
      CAUSES[cause].key,
      ...(rival === null ? [] : [rival]),
    ].join(':'),
    template:
      `${changeClause(subject)}; ${words}${move.template} ` +
      (isWith ? 'goes with {contribution} of the change' : 'worked against it by {contribution} of the change') +
      ` ({level} interval: {lower} to {upper}; ${probability > MOST_LIKELY ? 'at least ' : ''}{probability} likely to have a part in it).` +
      alike.template,
    values: {
      ...alike.values,
      ...changeValues(found, subject),
      ...move.values,
      ...(rival === null ? {} : { rival: { type: 'asin', value: rival } as const }),
      contribution: share(contribution / whole),
      lower: share(shares[0] ?? 0),
      upper: share(shares[1] ?? 0),
      level: share(0.95),
      probability: share(Math.min(probability, MOST_LIKELY)),
    },
    direction: total > 0 ? 'up' : 'down',
    effect: { value: contribution, unit: 'log', scale: 0, lower, upper, level: 0.95 },
    confidence: alike.template === '' ? confidenceOf(probability) : 'low',
    errorRate: null,
  };
}

function wordsOf(cause: Cause, { isOwnBuyBox }: Subject): string {
  return cause === 'buy-box' && isOwnBuyBox ? 'the hold of your own sellers on the buy box' : CAUSES[cause].words;
}

/** Causes that moved together with it, so that how the change is split between them is arbitrary. */
function alikeOf(
  part: Part,
  { parts, inseparable }: Attribution,
  subject: Subject,
): { template: string; values: Statement['values'] } {
  const own = parts.indexOf(part);
  const places = inseparable.filter((group) => group.includes(own)).flat();
  const others = [...new Set(places)].filter((place) => place !== own).flatMap((place) => parts[place] ?? []);
  if (others.length === 0) return { template: '', values: {} };
  const words = others.map(({ cause }, place) =>
    wordsOf(cause, subject).replace('{rival}', `{other${String(place + 1)}}`),
  );
  return {
    template: ` Its part cannot be told from that of ${words.join(' and ')}, which moved at the same time.`,
    values: Object.fromEntries(
      others.flatMap(({ rival }, place) =>
        rival === null ? [] : [[`other${String(place + 1)}`, { type: 'asin', value: rival } as const]],
      ),
    ),
  };
}

/** What the cause itself did, where that can be told in a value from and a value to. */
function moveOf(
  seen: Part['evidence'],
  subject: Subject,
): { template: string; values: Record<string, StatementValue> } {
  const { series, before, after } = seen;
  if (before === null || after === null || series === 'bsr') return { template: '', values: {} };
  const { unit, scale } = unitOfSeries(series, subject);
  const number = (value: number): StatementValue => ({ type: 'number', value, unit, scale });
  return {
    template: ` (from {causeBefore} to {causeAfter}${series === 'inStock' || series === 'buyBox' ? ' of the day' : ''})`,
    values: { causeBefore: number(before), causeAfter: number(after) },
  };
}

function coincidenceClaim(event: CoincidentEvent, place: number, subject: Subject): Draft {
  const { unit, scale } = unitOfSeries(event.series, subject);
  const number = (value: number): StatementValue => ({ type: 'number', value, unit, scale });
  return {
    ...common('coincidence', subject, null),
    key: `coincidence:${QUANTITY[subject.quantity].metric}:${subject.date}:${String(place + 1)}`,
    template:
      `Around the change of the ${QUANTITY[subject.quantity].words} of {date}, on {eventDate} ${wordsOf(event.cause, subject)} went from {from} to {to}. ` +
      'That both came at about the same time is no attribution.',
    values: {
      date: { type: 'date', value: subject.date },
      eventDate: { type: 'date', value: isoDay(subject.first + event.day) },
      from: number(event.before),
      to: number(event.after),
      ...(event.rival === null ? {} : { rival: { type: 'asin', value: event.rival } as const }),
    },
    direction: null,
    effect: null,
    confidence: 'measured',
    errorRate: null,
  };
}

function common(kind: 'cause' | 'unexplained' | 'coincidence', subject: Subject, n: number | null) {
  return {
    kind,
    metric: QUANTITY[subject.quantity].metric,
    window: { from: isoDay(subject.first), to: isoDay(subject.first + DAYS - 1) },
    n,
    method:
      kind === 'coincidence'
        ? 'events in the two weeks before and the three days after, in the order of time'
        : 'Bayesian variable selection over what moved, with the competitors as controls; on simulated changes about nine of ten of its intervals hold',
    evidence: subject.keys,
  };
}

/** What is explained. Its levels are those of the days that are compared, and not of all that lie between two changes. */
function changeClause({ quantity }: Subject): string {
  return `Around {date} the ${QUANTITY[quantity].words} went from {before} to {after} ${MEANS}`;
}

function changeValues(
  { change }: Attribution,
  { quantity, date, daysBefore, daysAfter }: Subject,
): Record<string, StatementValue> {
  const unit = quantity === 'bsr' ? 'rank' : 'per day';
  const number = (value: number): StatementValue => ({ type: 'number', value, unit, scale: 0 });
  return {
    date: { type: 'date', value: date },
    before: number(change.before),
    after: number(change.after),
    ...meansValues(daysBefore, daysAfter),
    change: share(change.ratio - 1),
  };
}

function unitOfSeries(series: CoincidentEvent['series'], { evidence }: Subject): { unit: string; scale: number } {
  switch (series) {
    case 'inStock':
    case 'buyBox':
      return { unit: 'share', scale: 0 };
    default:
      return unitOf(series, evidence.marketplace);
  }
}

/** As {@link Confidence} has it, of how likely it is that the cause had a part. */
function confidenceOf(probability: number): Confidence {
  if (probability >= 0.99) return 'high';
  return probability >= 0.95 ? 'medium' : 'low';
}

/** On as many days as causes have to be. */
function isKnown(values: Daily, from: number, to: number): boolean {
  return 2 * knownDays(values.slice(from, to)) >= to - from;
}

/** All days of everything that may have moved the rank. */
async function seriesOf(evidence: Evidence, today: number, sales: UserSalesModels) {
  const first = today - DAYS;
  const own = historyOf(evidence, evidence.asin);
  const segments = (metric: keyof typeof METRICS) => own.series.get(metric)?.segments ?? [];
  const bsr = dailyValues(segments('bsr'), first, today);
  const rivals: RivalSeries[] = [];
  for (const asin of rivalsOf(evidence)) {
    await setImmediate();
    const { series } = historyOf(evidence, asin, ['price', 'bsr']);
    const price = series.get('price')?.segments ?? [];
    rivals.push({
      id: asin,
      price: dailyValues(price, first, today),
      inStock: dailyPresence(price, first, today),
      bsr: sameCategory(evidence, asin) ? dailyValues(series.get('bsr')?.segments ?? [], first, today) : [],
    });
  }
  return {
    outcomes: { bsr, units: unitsOf(evidence, bsr, sales) },
    own: {
      price: dailyValues(segments('price'), first, today),
      inStock: dailyPresence(segments('price'), first, today),
      buyBox: dailyPresence(segments('buy_box_price'), first, today),
      // Known to have none is a coupon of nothing.
      coupon: dailyValues(
        segments('coupon').map((one) => ({ ...one, value: one.value ?? 0 })),
        first,
        today,
      ),
      rating: dailyValues(segments('rating'), first, today),
    },
    ownBuyBox: ownBuyBox(evidence, first, today),
    rivals,
  };
}

/** Units of each day by the curve of own sales; null where there is none. */
function unitsOf(evidence: Evidence, ranks: readonly (number | null)[], sales: UserSalesModels) {
  const category = categoryOf(evidence, evidence.asin);
  const units = ranks.map((rank) => {
    const estimate = rank === null ? null : sales.estimate(evidence.marketplace, category, [{ rank, days: 1 }]);
    return estimate === null || 'refused' in estimate ? null : estimate.unitsPerDay;
  });
  return units.some((value) => value !== null) ? units : null;
}

/** Ranks of other categories say nothing of this one's market. */
function sameCategory(evidence: Evidence, asin: string): boolean {
  const category = categoryOf(evidence, evidence.asin);
  return category !== null && categoryOf(evidence, asin) === category;
}

function categoryOf({ items }: Evidence, asin: string): string | null {
  const listing = items[listingKey(asin)];
  return listing?.type === 'listing' ? listing.bsrCategory : null;
}

interface ChangeToExplain extends Change {
  /** It is a change of the stock, after which a change of the rank is looked for. */
  isOfStock: boolean;
}

/**
 * The latest changes of the rank, by its level, and of the own stock, whose effect comes and goes too fast to be a level; by places of days, the latest
 * first. Levels are compared from the change before to the change after, four weeks at most on either side.
 */
function changesOf(changes: readonly ChangePointView[], inStock: Daily, today: number): ChangeToExplain[] {
  const levels = changes.map(({ date }) => dayOf(date) - (today - DAYS));
  const ofRank = levels.map((day): ChangeToExplain => ({
    from: Math.max(day - WINDOW_DAYS, 0, ...levels.filter((other) => other < day)),
    day,
    to: Math.min(day + WINDOW_DAYS, DAYS, ...levels.filter((other) => other > day)),
    isOfStock: false,
  }));
  const ofStock = stockChanges(inStock).filter(({ day }) =>
    levels.every((other) => other < day - SAME_CHANGE_DAYS || other > day + SAME_CHANGE_DAYS),
  );
  return [...ofRank, ...ofStock]
    .filter(({ day }) => DAYS - day <= RECENT_DAYS)
    .sort((a, b) => b.day - a.day)
    .slice(0, MOST_CHANGES);
}

/** Beginnings and ends of absences; what is known on both sides of a short one is compared beyond its end. */
function stockChanges(inStock: Daily): ChangeToExplain[] {
  const found: ChangeToExplain[] = [];
  for (let day = 1; day < inStock.length; day++) {
    if (!isOut(inStock[day]) || inStock[day - 1] == null || isOut(inStock[day - 1])) continue;
    let end = day;
    while (isOut(inStock[end])) end += 1;
    const length = end - day;
    if (length < SHORTEST_ABSENCE) continue;
    const isLong = length >= LONG_ABSENCE;
    const to = Math.min(inStock.length, isLong ? end : Infinity, day + STOCK_WINDOW_DAYS);
    found.push({ from: Math.max(0, day - STOCK_WINDOW_DAYS), day, to, isOfStock: true });
    if (!isLong || inStock[end] == null) continue;
    const [from, after] = [Math.max(day, end - STOCK_WINDOW_DAYS), Math.min(inStock.length, end + STOCK_WINDOW_DAYS)];
    found.push({ from, day: end, to: after, isOfStock: true });
  }
  return found;
}

function isOut(share: number | null | undefined): boolean {
  return share != null && share < 0.5;
}

/** Everything that was looked at, also what showed nothing: from less another answer might follow. */
function keysOf({ items, asin, ...evidence }: Evidence, quantity: Quantity): string[] {
  const sellers = entriesOf({ items, asin, ...evidence }, 'change').filter(
    ([, { change }]) => change.field === SELLER_FIELD,
  );
  const metrics = ['bsr', 'price', 'buy_box_price', 'coupon', 'rating'] as const;
  const rivals = rivalsOf({ items, asin, ...evidence });
  return [
    ...metrics.map((metric) => seriesKey(asin, metric)),
    listingKey(asin),
    ...rivals.flatMap((rival) => [seriesKey(rival, 'price'), seriesKey(rival, 'bsr'), listingKey(rival)]),
    ...(items[SELLERS_KEY] === undefined ? [] : [SELLERS_KEY, ...sellers.map(([key]) => key)]),
    ...(quantity === 'units' ? [SALES_KEY] : []),
  ].filter((key) => items[key] !== undefined);
}

function share(value: number): StatementValue {
  return { type: 'number', value, unit: 'share', scale: 0 };
}

function dayOf(date: string): number {
  return Date.parse(date) / DAY_MS;
}

function isoDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
