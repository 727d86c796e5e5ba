import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import { ensureCluster, ServerFolder, serverFolder, SUPERUSER } from './cluster';
import { embeddedBinaries } from './embedded-binaries';
import { withFolderLock } from './folder-lock';
import { serverAccount } from './server-account';
import { runningServer, startServer, stopServer } from './server-process';

const DATABASE = 'amazon_insights';
/** Advisory locks belong to one database, and this one is always there. */
const LOCK_DATABASE = 'postgres';
const USERS_LOCK = 4_711_002;
const ACQUIRE_MS = 60_000;
const STOP_MS = 30_000;
const AGAIN_MS = 200;
const CONNECT_MS = 5000;

/** PostgreSQL supposes a spinning disk: on any other, and in memory, a row by its index costs little more than the next one. */
const SETTINGS: Record<string, string> = { random_page_cost: '1.1' };

export interface EmbeddedPostgresOptions {
  dataDir: string;
  log(message: string): void;
  /** Server settings, as in postgresql.conf. */
  settings?: Record<string, string>;
}

/** This process as a user of the server: while the session lives it holds a shared lock, and nobody else stops it. */
interface Membership {
  client: Client;
  socket: Socket;
  pid: number;
  port: number;
  password: string;
}

/**
 * PostgreSQL for a machine with nothing installed, kept in one folder. Several processes may use one folder: the first
 * starts the server, the last to leave stops it, and all of them bring it back when it dies.
 */
export class EmbeddedPostgres {
  readonly url: string;
  private member: Membership | undefined;
  private recovery: Promise<void> | undefined;
  private leaving = false;
  private departure: Promise<void> | undefined;

  private constructor(
    private readonly folder: ServerFolder,
    private readonly options: EmbeddedPostgresOptions,
    member: Membership,
  ) {
    this.url = `postgres://${SUPERUSER}:${member.password}@127.0.0.1:${member.port}/${DATABASE}`;
    this.watch(member);
  }

  static async acquire(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const folder = await serverFolder(options.dataDir);
    const member = await becomeMember(folder, options);
    const server = new EmbeddedPostgres(folder, options, member);
    try {
      await createDatabase(member.client);
      // From here on the session alone does not keep a program running that has nothing else to do.
      member.socket.unref();
      return server;
    } catch (error) {
      await server.release();
      throw error;
    }
  }

  /** Stops the server unless another process of ours uses it. */
  async release(): Promise<void> {
    this.leaving = true;
    this.departure ??= this.leave();
    await this.departure;
  }

  private async leave(): Promise<void> {
    await this.recovery;
    const member = this.member;
    this.member = undefined;
    if (!member) return;
    member.socket.ref();
    try {
      await member.client.query('SELECT pg_advisory_unlock_shared($1)', [USERS_LOCK]);
      const attempt = 'SELECT pg_try_advisory_lock($1) AS alone';
      const result = await member.client.query<{ alone: boolean }>(attempt, [USERS_LOCK]);
      // Whoever comes now waits for this lock until the server ends, and then starts another one.
      if (result.rows[0]?.alone && !(await stopServer(this.folder.cluster, member.pid, STOP_MS))) {
        this.options.log(`PostgreSQL (process ${member.pid}) has not stopped after ${STOP_MS / 1000} s`);
      }
    } catch (error) {
      // Without a session there is nothing to give back; the next start adopts or recovers what there is.
      if (!isAway(error)) throw error;
    } finally {
      await member.client.end().catch(() => undefined);
    }
  }

  /** A server that dies takes this session with it at once: no need to ask every second. */
  private watch(member: Membership): void {
    this.member = member;
    member.client.once('end', () => {
      if (this.leaving) return;
      this.member = undefined;
      this.recovery = this.recover(member.port);
    });
  }

  private async recover(port: number): Promise<void> {
    this.options.log('PostgreSQL is gone, bringing it back');
    while (!this.leaving) {
      try {
        const member = await becomeMember(this.folder, this.options, port);
        this.watch(member);
        member.socket.unref();
        this.options.log(`PostgreSQL is back on port ${member.port}`);
        return;
      } catch (error) {
        this.options.log(`PostgreSQL does not come back: ${error instanceof Error ? error.message : String(error)}`);
        await sleep(5 * AGAIN_MS);
      }
    }
  }
}

/** Becomes a user of a server that stays: one that is just being stopped by its last user is not it. */
async function becomeMember(
  folder: ServerFolder,
  options: EmbeddedPostgresOptions,
  port?: number,
): Promise<Membership> {
  const deadline = Date.now() + ACQUIRE_MS;
  for (;;) {
    const server = await withFolderLock(folder.lock, () => ensureServer(folder, options, port));
    const socket = new Socket();
    const client = new Client({
      host: '127.0.0.1',
      port: server.port,
      user: SUPERUSER,
      password: server.password,
      database: LOCK_DATABASE,
      ssl: false,
      application_name: 'amazon-insights embedded',
      connectionTimeoutMillis: CONNECT_MS,
      stream: () => socket,
    });
    // The end of the session is what counts, and it is told by "end".
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT pg_advisory_lock_shared($1)', [USERS_LOCK]);
      return { client, socket, ...server };
    } catch (error) {
      await client.end().catch(() => undefined);
      if (!isAway(error) || Date.now() > deadline) throw error;
    }
    await sleep(AGAIN_MS);
  }
}

async function ensureServer(
  folder: ServerFolder,
  options: EmbeddedPostgresOptions,
  port: number | undefined,
): Promise<{ pid: number; port: number; password: string }> {
  const settings = { ...SETTINGS, ...options.settings };
  const account = await serverAccount(folder.cluster);
  const binaries = await embeddedBinaries(account);
  const password = await ensureCluster(folder, binaries, account, settings['fsync'] !== 'off');
  const running = await runningServer(folder);
  if (running) return { ...running, password };
  const begin = performance.now();
  const started = await startServer(folder, { binaries, account, settings, port });
  const elapsed = Math.round(performance.now() - begin);
  options.log(`PostgreSQL started on port ${started.port} in ${elapsed} ms, data in ${folder.cluster}`);
  return { ...started, password };
}

/** Another process may create it at the same moment. */
async function createDatabase(client: Client): Promise<void> {
  const known = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
  if (known.rowCount) return;
  try {
    await client.query(`CREATE DATABASE ${DATABASE}`);
  } catch (error) {
    const code = error instanceof DatabaseError ? error.code : undefined;
    if (code !== '42P04' && code !== '23505') throw error;
  }
}

/** The server is not there, starts or stops; anything it answers beyond that (a wrong password) stays wrong. */
function isAway(error: unknown): boolean {
  return !(error instanceof DatabaseError) || /^(57P0|08)/.test(error.code ?? '');
}
