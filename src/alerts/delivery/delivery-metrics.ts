import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { Clock } from '../../common/clock';
import { Postgres } from '../../shared/database/postgres';
import { Metrics } from '../../shared/metrics/metrics.service';
import { Attempt, Message, Verdict } from './delivery-ledger';

/** How long evaluations take is in `aip_job_duration_seconds{queue="recorded"}`. */
@Injectable()
export class DeliveryMetrics {
  private readonly alerts: Counter;
  private readonly attempts: Histogram<'channel' | 'outcome'>;
  private readonly latency: Histogram<'channel'>;
  private readonly dead: Counter<'channel'>;

  constructor(metrics: Metrics, postgres: Postgres, clock: Clock) {
    const registers = [metrics.registry];
    this.alerts = new Counter({ name: 'aip_alerts_total', help: 'Alerts that were made', registers });
    this.attempts = new Histogram({
      name: 'aip_delivery_attempt_duration_seconds',
      help: 'Time an attempt to deliver a message took, by kind of channel and outcome: delivered, or why it failed',
      labelNames: ['channel', 'outcome'],
      buckets: [0.01, 0.05, 0.25, 1, 5, 15, 40],
      registers,
    });
    this.latency = new Histogram({
      name: 'aip_delivery_latency_seconds',
      help: 'Time from an alert to its arrival with all attempts between, by kind of channel; digests are left out, as they wait on purpose',
      labelNames: ['channel'],
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600, 3600, 86_400],
      registers,
    });
    this.dead = new Counter({
      name: 'aip_dead_deliveries_total',
      help: 'Deliveries that were given up as every attempt failed or the receiver wants no more, by kind of channel',
      labelNames: ['channel'],
      registers,
    });
    new Gauge({
      name: 'aip_waiting_deliveries',
      help: 'Deliveries on their way by state: due, or later (digests and retries)',
      labelNames: ['state'],
      registers,
      async collect() {
        const rows = await postgres
          .query<Record<'due' | 'later', number>>(
            `SELECT (count(*) FILTER (WHERE next_attempt_at <= $1))::int AS due,
                    (count(*) FILTER (WHERE next_attempt_at > $1))::int AS later FROM delivery WHERE state = 'pending'`,
            [clock.now()],
          )
          // The other metrics are wanted most when the database is away.
          .catch(() => []);
        this.reset();
        for (const row of rows) for (const state of ['due', 'later'] as const) this.set({ state }, row[state]);
      },
    });
  }

  made(alerts: number): void {
    this.alerts.inc(alerts);
  }

  /** @param buried what was given up along with it */
  attempted({ channel, alerts, deliveryIds, isDigest }: Message, attempt: Attempt, verdict: Verdict, buried: number) {
    const labels = { channel: channel.kind };
    this.attempts.observe({ ...labels, outcome: attempt.error ?? 'delivered' }, attempt.ms / 1000);
    this.dead.inc(labels, (verdict.state === 'dead' ? deliveryIds.length : 0) + buried);
    const [alert] = alerts;
    if (attempt.error !== null || isDigest || !alert) return;
    const arrived = attempt.at.getTime() + attempt.ms;
    this.latency.observe(labels, (arrived - alert.created_at.getTime()) / 1000);
  }
}
