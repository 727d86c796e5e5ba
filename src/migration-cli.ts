import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource, MigrationExecutor } from 'typeorm';
import { connect } from './open-database';
import { Config } from './config/config';
import { createDataSource } from './shared/database/data-source';
import { migrate } from './shared/database/migrate';

const USAGE =
  'usage: npm run migration:run | migration:revert | migration:show | migration:check | migration:generate -- PastTenseVerb';

/** The admin's commands on the schema, on the database of DATABASE_URL or the embedded one. */
async function main([command, argument]: string[]): Promise<void> {
  const database = await connect(Config.load(), console.log);
  const url = database.config.databaseUrl ?? '';
  const dataSource = await createDataSource(url).initialize();
  try {
    await run(dataSource, url, command, argument);
  } finally {
    await dataSource.destroy();
    await database.release();
  }
}

async function run(dataSource: DataSource, url: string, command?: string, argument?: string): Promise<void> {
  switch (command) {
    case 'run': {
      const done = await migrate(dataSource);
      console.log(done.length > 0 ? done.map((name) => `ran ${name}`).join('\n') : 'nothing to run');
      return;
    }
    case 'revert':
      await dataSource.undoLastMigration();
      console.log('reverted the last migration');
      return;
    case 'show': {
      const executor = new MigrationExecutor(dataSource);
      for (const { name } of (await executor.getExecutedMigrations()).reverse()) console.log(`run      ${name}`);
      for (const { name } of await executor.getPendingMigrations()) console.log(`pending  ${name}`);
      return;
    }
    case 'check':
      await check(dataSource, url);
      return;
    case 'generate':
      if (argument === undefined || !/^[A-Z][A-Za-z]+$/.test(argument)) throw new Error(USAGE);
      await generate(dataSource, argument);
      return;
    default:
      throw new Error(USAGE);
  }
}

/**
 * Entities and migrations agree when bringing a migrated schema in line with the entities would need no statement; and
 * every migration can be taken back. Tried on a database of its own, beside the one of the program.
 */
async function check(dataSource: DataSource, url: string): Promise<void> {
  const name = `aip_check_${randomBytes(6).toString('hex')}`;
  await dataSource.query(`CREATE DATABASE ${name}`);
  try {
    const scratchUrl = new URL(url);
    scratchUrl.pathname = `/${name}`;
    const scratch = await createDataSource(scratchUrl.href).initialize();
    try {
      await checkOn(scratch);
    } finally {
      await scratch.destroy();
    }
  } finally {
    await dataSource.query(`DROP DATABASE ${name} WITH (FORCE)`);
  }
}

async function checkOn(scratch: DataSource): Promise<void> {
  const done = await migrate(scratch);
  const { upQueries } = await scratch.driver.createSchemaBuilder().log();
  if (upQueries.length > 0) {
    throw new Error(`entities and migrations differ:\n${upQueries.map(({ query }) => `  ${query}`).join('\n')}`);
  }
  for (let left = done.length; left > 0; left--) await scratch.undoLastMigration();
  await migrate(scratch);
  console.log(`entities and migrations agree; ${done.length} migrations run, taken back and run again`);
}

async function generate(dataSource: DataSource, name: string): Promise<void> {
  const { upQueries, downQueries } = await dataSource.driver.createSchemaBuilder().log();
  if (upQueries.length === 0) throw new Error('nothing to generate: entities and schema agree');
  const stamp = Date.now();
  const statements = (queries: { query: string }[]) =>
    queries.map(({ query }) => `    await queryRunner.query(${JSON.stringify(query)});`).join('\n');
  const file = join(process.cwd(), 'migrations', `${stamp}-${name}.ts`);
  writeFileSync(
    file,
    `import { MigrationInterface, QueryRunner } from 'typeorm';

export class ${name}${stamp} implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
${statements(upQueries)}
  }

  async down(queryRunner: QueryRunner): Promise<void> {
${statements([...downQueries].reverse())}
  }
}
`,
  );
  console.log(`wrote ${file}: read it before you run it`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
