import { Injectable, OnModuleDestroy } from '@nestjs/common';
import { PassThrough } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import { AppError } from '../../common/app-error';
import { Config } from '../../config/config';
import { Postgres } from '../../shared/database/postgres';
import { Marketplace } from '../../common/marketplace';
import { AlertEvidenceView } from '../dto/alert.view';
import { isSimulated } from '../engine/evidence-view';
import { Severity } from '../entities/alert.entity';
import { AlertSignals } from './alert-signals';

const HEARTBEAT_MS = 15_000;
const MAX_STREAMS_PER_USER = 10;
const PAGE = 200;

/** Ids sort by the time at which they were made, and rows may be committed a little later than that. */
const OVERLAP_MS = 10_000;

/** A reader that takes nothing is let go once this much waits for it; it comes back with its last id. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** Alerts after $2 that are told in the app: by a rule that names no channels, or names one of the app. $1 user, $3 how many. */
const STREAM_STATEMENT = `
SELECT a.id, a.product_id, a.rule_id, a.severity, a.message, a.evidence, a.occurred_at, a.created_at, l.asin, l.marketplace
FROM alert a JOIN product p ON p.id = a.product_id JOIN listing l ON l.id = p.listing_id
LEFT JOIN alert_rule r ON r.id = a.rule_id
WHERE a.user_id = $1 AND a.id > $2 AND (r.channel_ids IS NULL OR EXISTS (
  SELECT FROM delivery d JOIN channel c ON c.id = d.channel_id WHERE d.alert_id = a.id AND c.kind = 'in_app'
))
ORDER BY a.id LIMIT $3`;

interface AlertRow {
  id: string;
  product_id: string;
  rule_id: string | null;
  severity: Severity;
  message: string;
  evidence: AlertEvidenceView[];
  occurred_at: Date;
  created_at: Date;
  asin: string;
  marketplace: Marketplace;
}

/** New alerts as server-sent events (WHATWG HTML, 9.2), from whichever process made them. */
@Injectable()
export class AlertStreams implements OnModuleDestroy {
  private readonly open = new Map<PassThrough, string>();

  constructor(
    private readonly postgres: Postgres,
    private readonly signals: AlertSignals,
    private readonly config: Config,
  ) {}

  onModuleDestroy(): void {
    for (const stream of this.open.keys()) stream.end();
  }

  /**
   * @param lastId goes on after this alert; without it, with what is made from now on
   * @throws AppError when the user has too many streams
   */
  async start(userId: string, lastId: string | null): Promise<PassThrough> {
    if ([...this.open.values()].filter((owner) => owner === userId).length >= MAX_STREAMS_PER_USER) {
      throw new AppError('rate_limited', `You have ${MAX_STREAMS_PER_USER} streams open`);
    }
    const stream = new PassThrough();
    this.open.set(stream, userId);
    stream.on('close', () => this.open.delete(stream));
    const reader = new StreamReader(this.postgres, stream, userId);
    try {
      await reader.begin(lastId);
    } catch (error) {
      stream.destroy();
      throw error;
    }
    const stopListening = this.signals.on(userId, () => {
      reader.look();
    });
    const heartbeat = setInterval(() => {
      stream.write(': still here\n\n');
      // A signal may have been lost.
      reader.look();
    }, HEARTBEAT_MS);
    // Whether the caller may still read is asked again when it comes back.
    const end = setTimeout(() => stream.end(), this.config.env.ACCESS_TOKEN_SECONDS * 1000);
    stream.on('close', () => {
      stopListening();
      clearInterval(heartbeat);
      clearTimeout(end);
    });
    return stream;
  }
}

/** Writes what is new to one stream, each alert once. */
class StreamReader {
  private readonly sent = new Set<string>();
  /** Above which alerts may not have been sent yet. */
  private floor = floorOf(timeOf(uuidv7()) - OVERLAP_MS);
  private looking: Promise<void> | undefined;
  private isStale = false;

  constructor(
    private readonly postgres: Postgres,
    private readonly stream: PassThrough,
    private readonly userId: string,
  ) {}

  async begin(lastId: string | null): Promise<void> {
    this.stream.write('retry: 2000\n\n');
    if (lastId !== null) {
      this.floor = floorOf(timeOf(lastId) - OVERLAP_MS);
      this.sent.add(lastId);
      return;
    }
    for (const { id } of await this.read(this.floor)) this.sent.add(id);
  }

  look(): void {
    this.isStale = true;
    this.looking ??= this.catchUp().finally(() => {
      this.looking = undefined;
      if (this.isStale && !this.stream.destroyed) this.look();
    });
  }

  private async catchUp(): Promise<void> {
    while (this.isStale && this.stream.writable) {
      this.isStale = false;
      try {
        let after = this.floor;
        for (;;) {
          const rows = await this.read(after);
          for (const row of rows) this.send(row);
          after = rows.at(-1)?.id ?? after;
          if (rows.length < PAGE) break;
        }
        this.forget(after);
      } catch {
        // The database is away; the next signal or heartbeat looks again.
      }
    }
  }

  private send(row: AlertRow): void {
    if (this.sent.has(row.id) || !this.stream.writable) return;
    if (this.stream.writableLength > MAX_WAITING_BYTES) {
      this.stream.destroy();
      return;
    }
    this.sent.add(row.id);
    const data = {
      id: row.id,
      productId: row.product_id,
      asin: row.asin,
      marketplace: row.marketplace,
      ruleId: row.rule_id,
      severity: row.severity,
      message: row.message,
      simulated: isSimulated(row.evidence),
      occurredAt: row.occurred_at.toISOString(),
      createdAt: row.created_at.toISOString(),
    };
    this.stream.write(`id: ${row.id}\nevent: alert\ndata: ${JSON.stringify(data)}\n\n`);
  }

  private forget(last: string): void {
    const floor = floorOf(timeOf(last) - OVERLAP_MS);
    if (floor <= this.floor) return;
    this.floor = floor;
    for (const id of this.sent) if (id < floor) this.sent.delete(id);
  }

  private read(after: string): Promise<AlertRow[]> {
    return this.postgres.query<AlertRow>(STREAM_STATEMENT, [this.userId, after, PAGE]);
  }
}

/** The first 48 bits of a UUIDv7 are its time in milliseconds (RFC 9562). */
function timeOf(id: string): number {
  return parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}

function floorOf(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
