import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { createDataSource } from '../../src/shared/database/data-source';

export const TEMPLATE = 'aip_template';

/** Copying fails while another test file copies or somebody looks at the template. */
const TEMPLATE_BUSY = '55006';
const PATIENCE_MS = 30_000;
const AGAIN_MS = 50;

export interface TestDatabase {
  /** Connected, with every entity of the program. */
  dataSource: DataSource;
  url: string;
  drop: () => Promise<void>;
}

/** A migrated database of its own, for a test file that calls `drop` when it is done. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `aip_test_${randomBytes(6).toString('hex')}`;
  await withAdmin((admin) => copyTemplate(admin, name));
  const url = databaseUrl(name);
  const dataSource = await createDataSource(url).initialize();
  return {
    dataSource,
    url,
    drop: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
      await withAdmin((admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** Runs `work` on the server's own database, where other databases are made and dropped. */
export async function withAdmin(work: (admin: DataSource) => Promise<unknown>): Promise<void> {
  const admin = await new DataSource({ type: 'postgres', url: adminUrl(), poolSize: 1 }).initialize();
  try {
    await work(admin);
  } finally {
    await admin.destroy();
  }
}

export function databaseUrl(name: string): string {
  const url = new URL(adminUrl());
  url.pathname = `/${name}`;
  return url.href;
}

function adminUrl(): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (!url) throw new Error('TEST_DATABASE_URL is set by test/support/global-setup.ts: run the tests through jest');
  return url;
}

async function copyTemplate(admin: DataSource, name: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
      return;
    } catch (error) {
      const code = (error as { driverError?: { code?: string } }).driverError?.code;
      if (code !== TEMPLATE_BUSY || Date.now() > deadline) throw error;
    }
    await sleep(AGAIN_MS);
  }
}
