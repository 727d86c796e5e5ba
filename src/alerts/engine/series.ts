import { Metric } from '../../common/metric';
import { Condition, isEvent } from '../rules/condition';
import { SeriesName } from './evidence';
import { isRival, UNDERCUT_METRICS } from './undercut';

/** The metrics of the listing itself that conditions look at. */
export function metricsOf(conditions: readonly Condition[]): Metric[] {
  const metrics = conditions.flatMap((condition): readonly Metric[] =>
    'metric' in condition ? [condition.metric] : condition.kind === 'undercut' ? UNDERCUT_METRICS : [],
  );
  return [...new Set(metrics)];
}

/** Tells of a series whether one of the conditions looks at it. */
export function watcher(conditions: readonly Condition[]): (series: SeriesName) => boolean {
  const watched = new Set<SeriesName>(metricsOf(conditions));
  for (const condition of conditions) {
    if (isEvent(condition)) watched.add(condition.kind);
    if (condition.kind === 'source_failing') watched.add(`source_failing:${condition.hours}`);
  }
  const withRivals = has(conditions, 'undercut');
  return (series) => watched.has(series) || (withRivals && isRival(series));
}

/** Of the conditions about failing sources, after how many hours each tells. */
export function outageHours(conditions: readonly Condition[]): number[] {
  return [...new Set(conditions.flatMap((one) => (one.kind === 'source_failing' ? [one.hours] : [])))];
}

export function has(conditions: readonly Condition[], kind: Condition['kind']): boolean {
  return conditions.some((condition) => condition.kind === kind);
}
