import { migrate } from '../../src/shared/database/migrate';
import { createTestDatabase, TestDatabase } from '../support/database';
import { digestOfHistory } from '../support/history';

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

  const exists = async (table: string) => (await tables()).includes(table);

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

  it('should keep every point of a history on the way down and up again', async () => {
    const { dataSource } = database;
    await dataSource.query(`
      WITH made AS (INSERT INTO listing (marketplace, asin) VALUES ('US', 'B000000001'), ('US', 'B000000002') RETURNING id),
      state AS (
        INSERT INTO listing_state (listing_id, current_values, current_since, current_until, current_sources, current_recorded)
        SELECT id, '{10,NULL,NULL,5}', '{29920000,NULL,29920001,29920002}', '{29920100,NULL,29920101,29920102}', '{2,NULL,3,1}',
               '{29920003,NULL,29920004,29920005}' FROM made
      ),
      packed AS (
        INSERT INTO observation_month (listing_id, month, middle, metric_set, metrics, minutes, "values", lengths, sources, delays)
        SELECT id, month_of(29000000), 29000000, 10, '{1,1,3}', '{-5,7,0}', '{3,NULL,4}', '{11,0,1}', '{2,2,2}', '{1,2,3}' FROM made
      )
      INSERT INTO observation (listing_id, closed, metrics, minutes, "values", lengths, sources, delays)
      SELECT id, 29920000, '{1,5}', '{29910000,29900000}', '{12,NULL}', '{50,0}', '{2,3}', '{1,0}' FROM made`);
    const before = await digestOfHistory(dataSource);
    expect(before.points).toBe(16);
    while (await exists('observation_month')) await dataSource.undoLastMigration();
    expect(await dataSource.query(`SELECT count(*)::int AS points FROM observation`)).toEqual([{ points: 16 }]);
    await migrate(dataSource);
    expect(await digestOfHistory(dataSource)).toEqual(before);
  });

  it('should keep where a competitor came from, as far as the schema before can say it', async () => {
    const { dataSource } = database;
    await dataSource.query(`
      WITH owner AS (
        INSERT INTO app_user (id, username, email, password_hash, role, is_active, created_at, updated_at)
        VALUES (gen_random_uuid(), 'owner', 'owner@shop.example', '', 'user', true, now(), now()) RETURNING id
      ),
      listings AS (
        INSERT INTO listing (marketplace, asin) SELECT 'US', 'B00000000' || n FROM generate_series(0, 3) AS n RETURNING id, asin
      ),
      product AS (
        INSERT INTO product (id, user_id, listing_id, is_active, created_at, updated_at)
        SELECT gen_random_uuid(), o.id, l.id, true, now(), now() FROM owner o, listings l WHERE l.asin = 'B000000000' RETURNING id, user_id
      )
      INSERT INTO competitor (id, user_id, product_id, listing_id, status, confirmed_at, found_by, created_at, updated_at)
      SELECT gen_random_uuid(), p.user_id, p.id, l.id, 'confirmed', now(), f.found_by, now(), now()
      FROM product p, listings l JOIN (VALUES ('B000000001', ARRAY['keepa:search', 'user']), ('B000000002', ARRAY['known-listings']),
        ('B000000003', ARRAY['keepa:finder'])) AS f(asin, found_by) USING (asin)`);
    const origins = async () => {
      const rows: { found_by: unknown }[] = await dataSource.query(
        `SELECT found_by FROM competitor JOIN listing l ON l.id = listing_id ORDER BY l.asin`,
      );
      return rows.map(({ found_by }) => found_by);
    };
    while (await exists('competitor_discovery')) await dataSource.undoLastMigration();
    expect(await origins()).toEqual(['user', 'known-listings', 'known-listings']);
    await migrate(dataSource);
    expect(await origins()).toEqual([['user'], ['known-listings'], ['known-listings']]);
  });

  it('should ask addresses of before for a confirmation, and send nothing else there', async () => {
    const { dataSource } = database;
    const isKnown = async () => {
      const rows: object[] = await dataSource.query(
        `SELECT FROM information_schema.columns WHERE table_name = 'delivery' AND column_name = 'purpose'`,
      );
      return rows.length > 0;
    };
    while (await isKnown()) await dataSource.undoLastMigration();
    await dataSource.query(`
      WITH owner AS (
        INSERT INTO app_user (id, username, email, password_hash, role, is_active, created_at, updated_at)
        VALUES (gen_random_uuid(), 'owner', 'owner@shop.example', '', 'user', true, now(), now()) RETURNING id
      ),
      channels AS (
        INSERT INTO channel (id, user_id, name, kind, address, url, secret, is_enabled, created_at, updated_at)
        SELECT gen_random_uuid(), o.id, c.name, c.kind, c.address, c.url, c.secret::bytea, c.is_enabled, now(), now()
        FROM owner o, (VALUES ('mail', 'email', 'a@shop.example', NULL, NULL, true), ('off', 'email', 'b@shop.example', NULL, NULL, false),
          ('hook', 'webhook', NULL, 'https://shop.example/', 'x', true)) AS c(name, kind, address, url, secret, is_enabled)
        RETURNING id, user_id
      )
      INSERT INTO delivery (id, user_id, channel_id, state, next_attempt_at, created_at)
      SELECT gen_random_uuid(), user_id, id, 'pending', now(), now() FROM channels`);
    await migrate(dataSource);
    expect(
      await dataSource.query(
        `SELECT c.name, d.purpose, d.state FROM delivery d JOIN channel c ON c.id = d.channel_id ORDER BY 1, 2`,
      ),
    ).toEqual([
      { name: 'hook', purpose: 'test', state: 'pending' },
      { name: 'mail', purpose: 'confirmation', state: 'pending' },
      { name: 'mail', purpose: 'test', state: 'dead' },
      { name: 'off', purpose: 'test', state: 'dead' },
    ]);
  });

  it('should run once when several processes start at the same time', async () => {
    for (let left = database.dataSource.migrations.length; left > 0; left--) {
      await database.dataSource.undoLastMigration();
    }
    const done = await Promise.all(Array.from({ length: 3 }, () => migrate(database.dataSource)));
    expect(done.map((names) => names.length).sort()).toEqual([0, 0, database.dataSource.migrations.length]);
  });
});
