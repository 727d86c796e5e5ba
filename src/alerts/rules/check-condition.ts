import { METRICS } from '../../common/metric';
import { Condition } from './condition';

/** Percentages that most users mean when they name none: ranks move more than prices do. */
const DEFAULT_PERCENT = { money: 10, rank: 30, rating: 5, count: 5 };
const DEFAULT_HOURS = 24;
const DEFAULT_HYSTERESIS = 2;

/** A condition with its defaults filled in. @returns or what is wrong with it, as field and message */
export function completed(given: Condition): Condition | { field: string; message: string } {
  const { kind, metric } = given;
  const unwanted = (fields: (keyof Condition)[]) => fields.find((field) => given[field] !== undefined);
  switch (kind) {
    case 'gone':
    case 'back': {
      const field = unwanted([
        'baseline',
        'hours',
        'percent',
        'amount',
        'value',
        'hysteresisPercent',
        'falseAlarmsPerWeek',
      ]);
      return field ? { field, message: `does not go with ${kind}` } : { kind, metric };
    }
    case 'at_most':
    case 'at_least': {
      const field = unwanted(['baseline', 'hours', 'percent', 'amount', 'falseAlarmsPerWeek']);
      if (field) return { field, message: `does not go with ${kind}` };
      if (given.value === undefined) return { field: 'value', message: `is needed for ${kind}` };
      return { kind, metric, value: given.value, hysteresisPercent: given.hysteresisPercent ?? DEFAULT_HYSTERESIS };
    }
    default: {
      const field = unwanted([
        'value',
        'hysteresisPercent',
        ...(kind === 'changes' ? (['percent', 'amount'] as const) : []),
      ]);
      if (field) return { field, message: `does not go with ${kind}` };
      if (given.percent !== undefined && given.amount !== undefined) {
        return { field: 'amount', message: 'cannot go with percent' };
      }
      const baseline = given.baseline ?? 'previous';
      if (given.hours !== undefined && baseline !== 'hours_ago') {
        return { field: 'hours', message: 'goes with the baseline hours_ago only' };
      }
      const size =
        kind === 'changes'
          ? {}
          : given.amount !== undefined
            ? { amount: given.amount }
            : { percent: given.percent ?? DEFAULT_PERCENT[METRICS[metric].kind] };
      return {
        kind,
        metric,
        baseline,
        ...(baseline === 'hours_ago' ? { hours: given.hours ?? DEFAULT_HOURS } : {}),
        ...size,
        ...(given.falseAlarmsPerWeek === undefined ? {} : { falseAlarmsPerWeek: given.falseAlarmsPerWeek }),
      };
    }
  }
}
