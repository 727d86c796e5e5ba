import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Clock } from '../common/clock';
import { Config } from '../config/config';
import { Metrics } from '../shared/metrics/metrics.service';
import { Postgres } from '../shared/database/postgres';

/** Due: the time of the next check has come. Late: it came longer than an interval ago. Counted when /metrics is read. */
@Injectable()
export class ListingMetrics {
  constructor(metrics: Metrics, postgres: Postgres, clock: Clock, config: Config) {
    const states = ['tracked', 'due', 'late', 'failing'] as const;
    new Gauge({
      name: 'aip_listings',
      help: 'Listings by state: tracked, due, late (due for longer than an interval) and failing',
      labelNames: ['state'],
      registers: [metrics.registry],
      async collect() {
        const rows = await postgres
          .query<Record<(typeof states)[number], number>>(
            `SELECT count(*)::int AS tracked,
                    (count(*) FILTER (WHERE next_check_at <= $1))::int AS due,
                    (count(*) FILTER (WHERE next_check_at + make_interval(mins => interval_minutes) <= $1))::int AS late,
                    (count(*) FILTER (WHERE failures >= $2))::int AS failing
             FROM listing_state WHERE interval_minutes IS NOT NULL`,
            [clock.now(), config.env.FAILING_AFTER_CHECKS],
          )
          // The other metrics are wanted most when the database is away.
          .catch(() => []);
        this.reset();
        for (const row of rows) for (const state of states) this.set({ state }, row[state]);
      },
    });
  }
}
