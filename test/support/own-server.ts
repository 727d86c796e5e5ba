import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createDataSource } from '../../src/shared/database/data-source';
import { migrate } from '../../src/shared/database/migrate';
import { EmbeddedPostgres } from '../../src/shared/embedded/embedded-postgres';

const run = promisify(execFile);

/** A PostgreSQL of a test's own with settings as in earnest, which it may kill: it comes back by itself. */
export class OwnServer {
  private constructor(
    private readonly folder: string,
    private readonly server: EmbeddedPostgres,
  ) {}

  /** With a migrated database. */
  static async start(): Promise<OwnServer> {
    const folder = await mkdtemp(join(tmpdir(), 'aip-own-'));
    const server = await EmbeddedPostgres.acquire({ dataDir: folder, log: () => undefined });
    const dataSource = await createDataSource(server.url).initialize();
    await migrate(dataSource);
    await dataSource.destroy();
    return new OwnServer(folder, server);
  }

  get url(): string {
    return this.server.url;
  }

  /** As the kernel does, without a word: the server and every process of it. */
  async kill(): Promise<void> {
    const pid = await this.pid();
    const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
    const children = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .filter(([, parent]) => parent === pid);
    for (const one of [pid, ...children.map(([child = 0]) => child)]) killIfThere(one);
  }

  /** Of the server, which is another one after each kill. */
  async pid(): Promise<number> {
    return parseInt(await readFile(join(this.folder, 'postgres', 'postmaster.pid'), 'utf8'), 10);
  }

  async remove(): Promise<void> {
    await this.server.release();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Children of a killed server end by themselves too. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
