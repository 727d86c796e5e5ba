/**
 * SQL for `state, next_attempt_at, created_at, finished_at` of a delivery that is planned at `now` and due at `due` by channel `c`: what is
 * told in the app has arrived by that.
 */
export function planned(due: string, now: string): string {
  return `CASE c.kind WHEN 'in_app' THEN 'delivered' ELSE 'pending' END, CASE WHEN c.kind <> 'in_app' THEN ${due} END, ${now}::timestamptz,
         CASE WHEN c.kind = 'in_app' THEN ${now}::timestamptz END`;
}
