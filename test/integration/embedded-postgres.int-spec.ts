import { ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, QueryResultRow } from 'pg';
import { EmbeddedPostgres } from '../../src/shared/embedded/embedded-postgres';
import { ChildWorkshop } from '../support/embedded-child';

const NOBODY = 65534;
const IS_ROOT = process.getuid?.() === 0;

describe('EmbeddedPostgres', () => {
  let folder: string;
  let dataDir: string;
  let workshop: ChildWorkshop;
  let servers: EmbeddedPostgres[];
  let processes: ChildProcess[];
  let logs: string[];

  beforeAll(async () => {
    workshop = await ChildWorkshop.create();
  });

  afterAll(async () => {
    await workshop.remove();
  });

  beforeEach(async () => {
    // Nobody but its owner may pass: what a clone in root's home looks like to the server's user.
    folder = await mkdtemp(join(tmpdir(), 'aip-embedded-'));
    dataDir = join(folder, 'data');
    servers = [];
    processes = [];
    logs = [];
  });

  afterEach(async () => {
    for (const child of processes) child.kill('SIGKILL');
    await Promise.all(servers.map((server) => server.release()));
    await rm(folder, { recursive: true, force: true });
  });

  it('should make a cluster, serve it, stop it and keep its rows', async () => {
    const first = await acquire();
    await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS number');
    await first.release();
    expect(await serverPid(dataDir)).toBeUndefined();

    const second = await acquire();
    const rows = await query(
      second.url,
      `SELECT number, current_setting('server_encoding') AS encoding, current_setting('timezone') AS zone,
              current_setting('listen_addresses') AS listens, lower('ÄΩ') AS lower FROM kept`,
    );
    expect(rows).toEqual([{ number: 1, encoding: 'UTF8', zone: 'UTC', listens: '127.0.0.1', lower: 'äω' }]);
    expect(second.url).toBe(first.url);
    expect((await stat(join(dataDir, 'postgres.password'))).mode & 0o777).toBe(0o600);
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres.log', 'postgres.password']);
  });

  it('should refuse a wrong password', async () => {
    const server = await acquire();
    const url = new URL(server.url);
    url.password = 'guess';
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('should adopt the server of a process that was killed', async () => {
    const child = start(dataDir);
    const { url } = await child.ready;
    const pid = await serverPid(dataDir);
    await child.kill();

    const server = await acquire();
    expect(server.url).toBe(url);
    expect(await serverPid(dataDir)).toBe(pid);
    expect(starts(logs)).toBe(0);

    await server.release();
    expect(await serverPid(dataDir)).toBeUndefined();
  });

  it('should give two processes that come at once the same server', async () => {
    const child = start(dataDir);
    const [server, other, { url }] = await Promise.all([acquire(), acquire(), child.ready]);
    expect([server.url, other.url]).toEqual([url, url]);
    expect(starts([...logs, ...child.logs])).toBe(1);
    await child.release();
  });

  it('should keep the server running while another process uses it', async () => {
    const child = start(dataDir);
    await child.ready;
    const server = await acquire();
    await server.release();
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);

    await child.release();
    expect(await serverPid(dataDir)).toBeUndefined();
  });

  it('should give whoever comes during the last release a server that stays', async () => {
    for (let round = 0; round < 5; round += 1) {
      const leaving = await acquire();
      const [staying] = await Promise.all([acquire(), leaving.release()]);
      expect(await query(staying.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await Promise.all([staying.release(), acquire()]);
      await Promise.all(servers.splice(0).map((server) => server.release()));
      expect(await serverPid(dataDir)).toBeUndefined();
    }
  });

  it('should bring a killed server back once, on its port, with what was committed', async () => {
    const child = start(dataDir);
    await child.ready;
    const server = await acquire();
    await query(server.url, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number');
    const before = starts([...logs, ...child.logs]);
    const pid = await serverPid(dataDir);
    process.kill(pid ?? 0, 'SIGKILL');
    const killed = Date.now();

    await until(() => query(server.url, 'SELECT 1').then(Boolean, () => false));
    expect(Date.now() - killed).toBeLessThan(5000);
    expect(await query(server.url, 'SELECT count(*)::int AS kept FROM kept')).toEqual([{ kept: 1000 }]);
    expect(await serverPid(dataDir)).not.toBe(pid);
    await until(() => [logs, child.logs].every((lines) => lines.some((line) => line.includes('is back'))));
    expect(starts([...logs, ...child.logs])).toBe(before + 1);

    await server.release();
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await child.release();
    expect(await serverPid(dataDir)).toBeUndefined();
  });

  it('should not take an unrelated process for its server', async () => {
    const first = await acquire();
    const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
    const note = await readFile(pidFile, 'utf8');
    await first.release();

    // A process of the server's own user: PostgreSQL itself would take it for a running server.
    const { uid, gid } = await stat(join(dataDir, 'postgres'));
    const unrelated = spawn('sleep', ['60'], { cwd: '/', ...(IS_ROOT ? { uid, gid } : {}) });
    processes.push(unrelated);
    await writeFile(pidFile, note.replace(/^\d+/, String(unrelated.pid)));
    await chown(pidFile, uid, gid);

    const second = await acquire();
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(unrelated.exitCode).toBeNull();
  });

  it('should serve two folders at once', async () => {
    const [one, two] = await Promise.all([acquire(join(folder, 'one')), acquire(join(folder, 'two'))]);
    expect(new URL(one.url).port).not.toBe(new URL(two.url).port);
    await one.release();
    expect(await query(two.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('should do all its work below a folder only its owner may enter', async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const server = await acquire(join(closed, 'data'));
    const client = new Client(server.url);
    await client.connect();
    await client.query('CREATE EXTENSION pg_trgm');
    await client.query(
      'CREATE TABLE big AS SELECT number, md5(number::text) AS text FROM generate_series(1, 200000) number',
    );
    await client.query('VACUUM (FULL, ANALYZE) big');
    await client.query('VACUUM (ANALYZE, PARALLEL 2) big');
    await client.query('CHECKPOINT');
    await client.query('CREATE DATABASE another');
    await client.query(
      'SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0',
    );
    const plan = await client.query<{ 'QUERY PLAN': string }>(
      'EXPLAIN ANALYZE SELECT count(*) FROM big WHERE text > $$8$$',
    );
    await client.end();
    expect(plan.rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Workers Launched: [1-9]/);
  });

  it('should run as an ordinary user who installed without scripts', async () => {
    const uid = IS_ROOT ? NOBODY : (process.getuid?.() ?? 0);
    const links = await workshop.removeLibraryLinks(uid);
    await chmod(folder, 0o755);
    await mkdir(dataDir, { mode: 0o700 });
    await chown(dataDir, uid, uid);

    const child = start(dataDir, IS_ROOT ? uid : undefined);
    const ready = await child.ready;
    expect(ready.uid).toBe(uid);
    expect(await query(ready.url ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(uid);
    expect(await workshop.libraries()).toEqual(expect.arrayContaining(links));

    await child.release();
    expect(await serverPid(dataDir)).toBeUndefined();
  });

  async function acquire(dir = dataDir): Promise<EmbeddedPostgres> {
    const log = (message: string): void => void logs.push(message);
    const server = await EmbeddedPostgres.acquire({ dataDir: dir, log, settings: { fsync: 'off' } });
    servers.push(server);
    return server;
  }

  function start(dir: string, uid?: number): ReturnType<ChildWorkshop['start']> {
    const child = workshop.start(dir, uid);
    processes.push(child.process);
    return child;
  }
});

function starts(lines: string[]): number {
  return lines.filter((line) => line.startsWith('PostgreSQL started')).length;
}

async function query(url: string, text: string): Promise<QueryResultRow[]> {
  const client = new Client(url);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<QueryResultRow>(text)).rows;
  } finally {
    await client.end();
  }
}

async function serverPid(dataDir: string): Promise<number | undefined> {
  const note = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => undefined);
  return note === undefined ? undefined : parseInt(note, 10);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await sleep(20);
  }
}
