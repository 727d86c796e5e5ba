/**
 * SQL for the last time at which a point `o` was confirmed. The open point of a series has its latest `until` in the
 * listing's state; that also confirms a point which a user imported for the same minute with the same value.
 * @param state alias of the row that has the listing's current_values, current_since and current_until
 */
export const visibleUntil = (state: string): string =>
  `CASE WHEN o.minute = ${state}.current_since[o.metric]
             AND o.value IS NOT DISTINCT FROM ${state}.current_values[o.metric]
        THEN greatest(o.until, ${state}.current_until[o.metric]) ELSE o.until END`;
