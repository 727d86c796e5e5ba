import { Metric } from '../../common/metric';
import { unitOf } from '../../common/metric-unit';
import { Marketplace } from '../../common/marketplace';
import { StatementValue } from '../statement';

/** From here on a change is told as a multiple: "831 % worse" is hard to read. */
const DOUBLE = 2;

/** A series that went from one level to another. */
interface LevelChange {
  metric: Metric;
  marketplace: Marketplace;
  /** First day (UTC) of the new level. */
  date: string;
  before: number;
  after: number;
  /** Days from the change before, or the first day that is looked at, and up to the next change, or the last day. */
  daysBefore: number;
  daysAfter: number;
  /** Nothing else varies: the levels are what was read. Else they are means. */
  isPlain: boolean;
}

/** How a change of level is told: what is a mean is called one, and of which days. */
export function levelChange(
  words: string,
  change: LevelChange,
): { template: string; values: Record<string, StatementValue> } {
  const { metric, marketplace, date, before, after, daysBefore, daysAfter, isPlain } = change;
  const number = (value: number): StatementValue => ({ type: 'number', value, ...unitOf(metric, marketplace) });
  const ratio = before === 0 ? null : after / before;
  return {
    template: `On {date} the ${words} went from {before} to {after}${isPlain ? '' : ` ${MEANS}`}${sizeTemplate(metric, ratio)}.`,
    values: {
      date: { type: 'date', value: date },
      before: number(before),
      after: number(after),
      ...(isPlain ? {} : meansValues(daysBefore, daysAfter)),
      ...(ratio === null
        ? {}
        : { change: { type: 'number', value: Math.abs(ratio - 1), unit: 'share', scale: 0 } as const }),
      ...(ratio === null || ratio < DOUBLE
        ? {}
        : { times: { type: 'number', value: ratio, unit: 'ratio', scale: 0 } as const }),
    },
  };
}

/** Of what two levels are means; the values are those of {@link meansValues}. */
export const MEANS = '(means of {daysBefore} before and {daysAfter} from then on)';

export function meansValues(daysBefore: number, daysAfter: number): Record<string, StatementValue> {
  const days = (value: number): StatementValue => ({ type: 'number', value, unit: 'days', scale: 0 });
  return { daysBefore: days(daysBefore), daysAfter: days(daysAfter) };
}

/** A rank that is a larger number is a worse one. */
function sizeTemplate(metric: Metric, ratio: number | null): string {
  if (ratio === null) return '';
  const isRank = metric === 'bsr';
  if (ratio >= DOUBLE) return `, {times} times as high${isRank ? ', which is worse' : ''}`;
  const isUp = ratio > 1;
  return `, {change} ${isRank ? (isUp ? 'worse' : 'better') : isUp ? 'higher' : 'lower'}`;
}
