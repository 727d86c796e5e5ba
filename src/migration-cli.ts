import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { connect } from './open-database';
import { Config } from './config/config';
import { createDataSource } from './shared/database/data-source';
import { migrate } from './shared/database/migrate';

const USAGE =
  'usage: npm run migration:run | migration:revert | migration:show | migration:check | migration:generate -- PastTenseVerb';

/** The admin's commands on the schema, on the database of DATABASE_URL or the embedded one. */
async function main([command, argument]: string[]): Promise<void> {
  const database = await connect(Config.load(), console.log);
  const dataSource = await createDataSource(database.config.databaseUrl ?? '').initialize();
  try {
    await run(dataSource, command, argument);
  } finally {
    await dataSource.destroy();
    await database.release();
  }
}

async function run(dataSource: DataSource, command: string | undefined, argument: string | undefined): Promise<void> {
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
      const pending = await dataSource.showMigrations();
      for (const { name } of dataSource.migrations) console.log(name);
      console.log(pending ? 'some are pending' : 'all have run');
      return;
    }
    case 'check':
      await check(dataSource);
      return;
    case 'generate':
      if (argument === undefined || !/^[A-Z][A-Za-z]+$/.test(argument)) throw new Error(USAGE);
      await generate(dataSource, argument);
      return;
    default:
      throw new Error(USAGE);
  }
}

/** Entities and migrations agree when bringing a migrated schema in line with the entities would need no statement. */
async function check(dataSource: DataSource): Promise<void> {
  await migrate(dataSource);
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  if (upQueries.length === 0) {
    console.log('entities and migrations agree');
    return;
  }
  throw new Error(`entities and migrations differ:\n${upQueries.map(({ query }) => `  ${query}`).join('\n')}`);
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
