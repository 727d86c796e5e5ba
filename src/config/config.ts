import { hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Metric } from '../common/metric';
import { Environment, ProcessRole, readEnvironment } from './environment';
import { AddressRange, parsePorts, parseRanges } from './outbound-rules';
import { parseRetention } from './retention';
import { DailyLimits, parseDailyLimits, SourceOrder } from './source-order';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '::1']);

/** The settings of this process, typed and complete. Injected wherever a setting is needed; nothing else reads process.env. */
export class Config {
  readonly environment: Environment['NODE_ENV'];
  readonly isProduction: boolean;
  readonly dataDir: string;
  /** Loopback in development, where a demo account with a known password exists. */
  readonly host: string;
  readonly migrateOnStart: boolean;
  readonly sandboxEnabled: boolean;
  readonly demo: boolean;
  readonly jwtSecret: string;
  readonly sourceOrder: SourceOrder;
  readonly sourceDailyLimits: DailyLimits;
  /** Where this program is reached from outside, without a slash at its end: for links. */
  readonly publicUrl: string;
  readonly outboundPorts: ReadonlySet<number>;
  readonly allowedPrivateRanges: readonly AddressRange[];
  /** The model that phrases insights, and the host of its server; null without one. */
  readonly model: { name: string; host: string } | null;
  private readonly retention: Partial<Record<Metric, number>>;

  /** `databaseUrl` is absent until the embedded server has one, when no DATABASE_URL is given. */
  constructor(
    readonly env: Environment,
    readonly databaseUrl: string | undefined = env.DATABASE_URL,
  ) {
    this.environment = env.NODE_ENV;
    this.isProduction = env.NODE_ENV === 'production';
    this.dataDir = resolve(env.DATA_DIR);
    this.host = env.HOST ?? (this.isProduction ? '0.0.0.0' : '127.0.0.1');
    this.migrateOnStart = env.MIGRATE_ON_START ?? !this.isProduction;
    this.sandboxEnabled = env.SANDBOX ?? !this.isProduction;
    // The demo account's password is known to everybody, so beyond loopback it has to be asked for.
    this.demo = !this.isProduction && this.sandboxEnabled && (env.DEMO ?? LOOPBACK.has(this.host));
    this.sourceOrder = SourceOrder.parse(env.SOURCE_ORDER);
    this.sourceDailyLimits = parseDailyLimits(env.SOURCE_DAILY_BUDGET);
    this.publicUrl = (env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, '');
    this.model =
      env.LLM_BASE_URL === undefined || env.LLM_MODEL === undefined
        ? null
        : { name: env.LLM_MODEL, host: new URL(env.LLM_BASE_URL).host };
    this.outboundPorts = parsePorts(env.OUTBOUND_PORTS);
    this.allowedPrivateRanges = parseRanges(env.ALLOWED_PRIVATE_RANGES);
    this.retention = parseRetention(env.HISTORY_RETENTION);
    this.jwtSecret = env.JWT_SECRET ?? developmentSecret(this.dataDir);
  }

  has(role: ProcessRole): boolean {
    return this.env.ROLES.includes(role);
  }

  /** A key of its own for each purpose. */
  keyFor(purpose: 'channel-secrets' | 'unsubscribe-links' | 'confirmation-links'): Buffer {
    const secret = purpose === 'channel-secrets' ? (this.env.CHANNEL_SECRET_KEY ?? this.jwtSecret) : this.jwtSecret;
    return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
  }

  /** Days that the history of a metric is kept. */
  retentionDays(metric: Metric): number {
    return this.retention[metric] ?? this.env.HISTORY_RETENTION_DAYS;
  }

  withDatabaseUrl(url: string): Config {
    return new Config(this.env, url);
  }

  static load(): Config {
    return new Config(readEnvironment(process.env));
  }
}

/** Made once and kept, so that tokens outlive a restart. Linked into place whole, and the first of several processes wins. */
function developmentSecret(dataDir: string): string {
  const file = join(dataDir, 'jwt.secret');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true });
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, randomBytes(48).toString('base64url'), { mode: 0o600 });
    try {
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      unlinkSync(draft);
    }
  }
  return readFileSync(file, 'utf8');
}
