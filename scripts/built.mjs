import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './step.mjs';

const require = createRequire(import.meta.url);

/** A module of the built program. @param path below src */
export const built = (path) => require(join(ROOT, 'dist', 'src', path));

/** Runs `work` with the address of a PostgreSQL of its own, which is removed afterwards. */
export async function withServer(settings, work) {
  const { EmbeddedPostgres } = built('shared/embedded/embedded-postgres.js');
  const folder = mkdtempSync(join(tmpdir(), 'aip-bench-'));
  const server = await EmbeddedPostgres.acquire({ dataDir: folder, log: () => {}, settings });
  try {
    return await work(server.url);
  } finally {
    await server.release();
    rmSync(folder, { recursive: true, force: true });
  }
}
