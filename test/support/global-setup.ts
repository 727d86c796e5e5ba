import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataSource } from '../../src/shared/database/data-source';
import { migrate } from '../../src/shared/database/migrate';
import { EmbeddedPostgres } from '../../src/shared/embedded/embedded-postgres';
import { isAlive } from '../../src/shared/embedded/folder-lock';
import { databaseUrl, TEMPLATE, withAdmin } from './database';
import globalTeardown, { stopTestServer, TestServer } from './global-teardown';

/** Nothing here has to survive a crash. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

const PREFIX = 'aip-test-';

/** One PostgreSQL for the whole run, with a migrated database every test file takes its copy of. */
export default async function globalSetup(): Promise<void> {
  if (!process.env['TEST_DATABASE_URL']) {
    await removeAbandoned();
    globalThis.testServer = await startServer(await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`)));
    process.env['TEST_DATABASE_URL'] = globalThis.testServer.server.url;
  }
  try {
    await makeTemplate();
  } catch (error) {
    // Jest runs no teardown after a setup that failed.
    await globalTeardown();
    throw error;
  }
}

async function startServer(folder: string): Promise<TestServer> {
  const log = (): void => undefined;
  return { server: await EmbeddedPostgres.acquire({ dataDir: folder, log, settings: SETTINGS }), folder };
}

/** Runs that were interrupted left a server behind: whoever becomes its last user can stop it. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const folder = join(tmpdir(), name);
    try {
      await stopTestServer(await startServer(folder));
    } catch (error) {
      process.stderr.write(`${folder} of an interrupted test run is still there: ${String(error)}\n`);
    }
  }
}

async function makeTemplate(): Promise<void> {
  await withAdmin(async (admin) => {
    await admin.query(`DROP DATABASE IF EXISTS ${TEMPLATE} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  });
  const template = await createDataSource(databaseUrl(TEMPLATE)).initialize();
  await migrate(template);
  await template.destroy();
}
