import { entriesOf, Evidence } from '../evidence/evidence';
import { Draft } from './make-claim';

/** What rules of the user's own have told. */
export function alertClaims(evidence: Evidence): Draft[] {
  return entriesOf(evidence, 'alert').map(([key, { alertId, occurredAt, message, severity }]) => ({
    key: `alert:${alertId}`,
    kind: 'alert',
    metric: null,
    template: `On {date} a rule of yours raised ${severity === 'info' ? 'an alert' : `a ${severity} alert`}: {message}.`,
    values: { date: { type: 'date', value: occurredAt.slice(0, 10) }, message: { type: 'name', value: message } },
    direction: null,
    window: null,
    n: null,
    effect: null,
    method: 'a rule of the user, on a recorded reading',
    confidence: 'measured',
    errorRate: null,
    evidence: [key],
  }));
}
