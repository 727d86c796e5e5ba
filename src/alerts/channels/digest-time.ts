/**
 * SQL for when something that becomes due at `now` goes out by channel `c`: at once, at the next full hour (UTC), or at the
 * channel's next hour of the day in its time zone, also where clocks are changed in between.
 */
export function digestTime(now: string): string {
  const local = `(${now}::timestamptz AT TIME ZONE c.time_zone)`;
  return `CASE c.digest
    WHEN 'at_once' THEN ${now}::timestamptz
    WHEN 'hourly' THEN date_trunc('hour', ${now}::timestamptz, 'UTC') + interval '1 hour'
    ELSE (date_trunc('day', ${local}) + make_interval(
           days => CASE WHEN extract(hour FROM ${local}) < c.digest_hour THEN 0 ELSE 1 END, hours => c.digest_hour
         )) AT TIME ZONE c.time_zone END`;
}
