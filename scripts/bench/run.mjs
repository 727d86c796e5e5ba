import { cpus } from 'node:os';
import pg from 'pg';
import { built, withServer } from '../built.mjs';
import { measureDue } from './due.mjs';
import { printPlans } from './plans.mjs';
import { measureRecording } from './recording.mjs';
import { measureRoutes } from './routes.mjs';
import { seed } from './seed.mjs';
import { measureStorage } from './storage.mjs';

/** Nothing here has to survive a crash, and the disk's moods are not what is measured; both sides of every ratio run on the same server. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
};

/** Runs every measure with its floor on a PostgreSQL of its own, which is removed afterwards. */
export async function run(options) {
  const say = (text) => process.stderr.write(`${text}\n`);
  return withServer(SETTINGS, async (url) => {
    say(
      `${cpus().length} cores, ${cpus()[0].model}; ${options.listings} listings, ${options.days} days, ${options.rounds} rounds`,
    );
    const world = await openWorld(url, options, say);
    const results = [];
    const wanted = (name) => options.only.has(name);
    if (wanted('storage')) results.push(...(await measureStorage(world)));
    if (wanted('recording')) results.push(...(await measureRecording(world)));
    if (wanted('routes')) results.push(...(await measureRoutes(world)));
    if (wanted('due')) results.push(...(await measureDue(world)));
    if (options.plans) await printPlans(world);
    await world.close();
    return results;
  });
}

export async function openWorld(url, options, say) {
  const { createDataSource } = built('shared/database/data-source.js');
  const { migrate } = built('shared/database/migrate.js');
  const dataSource = await createDataSource(url).initialize();
  await migrate(dataSource);
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // At the end its connections are still closing when the server stops. What goes wrong in a query is told to who asked.
  pool.on('error', () => undefined);
  const world = {
    url,
    options,
    say,
    built,
    pool,
    dataSource,
    query: async (text, values) => (await pool.query(text, values)).rows,
    close: async () => {
      await pool.end();
      await dataSource.destroy();
    },
  };
  await timed(say, 'seeding', () => seed(world));
  return world;
}

export async function timed(say, what, work) {
  const begin = performance.now();
  const result = await work();
  say(`${what}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  return result;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** One line of the table. `bar` is what the ratio, or without a floor the value, must reach (`atLeast`) or stay under. */
export function result(measure, { value, floor = null, bar = null, unit, atLeast = true }) {
  const ratio = floor === null ? null : value / floor;
  const judged = ratio ?? value;
  const ok = bar === null ? null : atLeast ? judged >= bar : judged <= bar;
  return { measure, value, floor, ratio, bar, ok, unit };
}
