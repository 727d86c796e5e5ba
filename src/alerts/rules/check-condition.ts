import { METRICS } from '../../common/metric';
import type { ConditionDto } from '../dto/alert-rule.dto';
import { Condition, ConditionKind, MetricCondition } from './condition';

/** Percentages that most users mean when they name none: ranks move more than prices do. */
const DEFAULT_PERCENT = { money: 10, rank: 30, rating: 5, count: 5 };
const LEAST_PERCENT = 0.1;
const DEFAULT_HOURS = 24;
const DEFAULT_HYSTERESIS = 2;

const DAY = 1440;
/** A discovery is one alert anyway, and a text is seldom written twice in an hour; what goes to and fro is told once a day. */
const COOLDOWNS: Partial<Record<ConditionKind, number>> = { new_competitor: 0, content_changed: 60 };

interface Fault {
  field: string;
  message: string;
}

/** A condition with its defaults filled in; null is as good as left out. @returns or what is wrong with it, as field and message */
export function completed(condition: ConditionDto): Condition | Fault {
  const given = Object.fromEntries(Object.entries(condition).filter(([, value]) => value !== null)) as typeof condition;
  const { kind } = given;
  switch (kind) {
    case 'undercut':
      return (
        strange(given, ['percent', 'hysteresisPercent']) ?? {
          kind,
          percent: given.percent ?? 0,
          hysteresisPercent: given.hysteresisPercent ?? DEFAULT_HYSTERESIS,
        }
      );
    case 'source_failing':
      return strange(given, ['hours']) ?? { kind, hours: given.hours ?? DEFAULT_HOURS };
    case 'new_competitor':
    case 'content_changed':
    case 'seller_changed':
    case 'buy_box_lost':
    case 'buy_box_won':
      return strange(given, ['withinHours']) ?? { kind, withinHours: given.withinHours ?? DEFAULT_HOURS };
    default:
      return ofMetric(kind, given);
  }
}

/** Minutes between alerts where the rule names none: the longest that one of its conditions asks for. */
export function defaultCooldown(conditions: readonly Condition[]): number {
  return Math.max(...conditions.map(({ kind }) => COOLDOWNS[kind] ?? DAY));
}

function ofMetric(kind: MetricCondition['kind'], given: ConditionDto): MetricCondition | Fault {
  const { metric } = given;
  if (metric === undefined) return { field: 'metric', message: `is needed for ${kind}` };
  switch (kind) {
    case 'gone':
    case 'back':
      return strange(given, ['metric']) ?? { kind, metric };
    case 'at_most':
    case 'at_least': {
      const fault = strange(given, ['metric', 'value', 'hysteresisPercent']);
      if (fault) return fault;
      if (given.value === undefined) return { field: 'value', message: `is needed for ${kind}` };
      return { kind, metric, value: given.value, hysteresisPercent: given.hysteresisPercent ?? DEFAULT_HYSTERESIS };
    }
    default: {
      const sizes = kind === 'changes' ? [] : (['percent', 'amount'] as const);
      const fault = strange(given, ['metric', 'baseline', 'hours', 'falseAlarmsPerWeek', ...sizes]);
      if (fault) return fault;
      if (given.percent !== undefined && given.amount !== undefined) {
        return { field: 'amount', message: 'cannot go with percent' };
      }
      if (given.percent !== undefined && given.percent < LEAST_PERCENT) {
        return { field: 'percent', message: `must be at least ${String(LEAST_PERCENT)} for ${kind}` };
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

/** The first field that does not go with the kind. */
function strange(given: ConditionDto, fitting: readonly (keyof ConditionDto)[]): Fault | undefined {
  const field = (Object.keys(given) as (keyof ConditionDto)[]).find(
    (name) => name !== 'kind' && given[name] !== undefined && !fitting.includes(name),
  );
  return field && { field, message: `does not go with ${given.kind}` };
}
