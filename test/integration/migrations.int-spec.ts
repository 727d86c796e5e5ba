import { migrate } from '../../src/shared/database/migrate';
import { createTestDatabase, TestDatabase } from '../support/database';

describe('migrations', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  const tables = async () => {
    const rows: { name: string }[] = await database.dataSource.query(
      `SELECT table_name AS name FROM information_schema.tables
       WHERE table_schema = 'public' AND table_name <> 'migrations' ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };

  it('should leave a schema that agrees with the entities', async () => {
    const { upQueries } = await database.dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('should be reversible down to an empty database, and lead to the same schema again', async () => {
    const before = await tables();
    const count = database.dataSource.migrations.length;
    for (let left = count; left > 0; left--) await database.dataSource.undoLastMigration();
    expect(await tables()).toEqual([]);
    await migrate(database.dataSource);
    expect(await tables()).toEqual(before);
  });

  it('should run once when several processes start at the same time', async () => {
    for (let left = database.dataSource.migrations.length; left > 0; left--) {
      await database.dataSource.undoLastMigration();
    }
    const done = await Promise.all(Array.from({ length: 3 }, () => migrate(database.dataSource)));
    expect(done.map((names) => names.length).sort()).toEqual([0, 0, database.dataSource.migrations.length]);
  });
});
