import { isSimulated } from '../engine/evidence-view';
import { TakenAlert } from './delivery-ledger';

/** An alert as webhooks tell it. */
export function toPayload(alert: TakenAlert): object {
  return {
    alertId: alert.alert_id,
    severity: alert.severity,
    message: alert.message,
    occurredAt: alert.occurred_at.toISOString(),
    createdAt: alert.created_at.toISOString(),
    rule: alert.rule_id === null ? null : { id: alert.rule_id, name: alert.rule_name },
    product: {
      id: alert.product_id,
      asin: alert.asin,
      marketplace: alert.marketplace,
      title: alert.title,
      tags: alert.tags,
    },
    evidence: alert.evidence,
    simulated: isSimulated(alert.evidence),
  };
}

export interface TagGroup {
  /** Null: products without a tag. */
  tag: string | null;
  alerts: TakenAlert[];
}

/** By each product's first tag, in alphabetical order, those without a tag last; within a group in the order given. */
export function groupByTag(alerts: readonly TakenAlert[]): TagGroup[] {
  const groups = new Map<string | null, TakenAlert[]>();
  for (const alert of alerts) {
    const tag = alert.tags[0] ?? null;
    const group = groups.get(tag) ?? [];
    group.push(alert);
    groups.set(tag, group);
  }
  return [...groups]
    .map(([tag, inGroup]) => ({ tag, alerts: inGroup }))
    .sort((a, b) => (a.tag === null ? 1 : b.tag === null ? -1 : a.tag.localeCompare(b.tag)));
}
