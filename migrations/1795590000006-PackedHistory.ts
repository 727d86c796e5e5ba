import { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS = 'recorded_at, listing_id, minute, until, value, metric, source, product_id';

/** History in months: recent points in a partition for each, closed months packed into arrays. */
export class PackedHistory1795590000006 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Months since January 1970, in UTC, of minutes since then.
      CREATE FUNCTION month_of(minute integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
      AS 'SELECT ((extract(year FROM t.at) - 1970) * 12 + extract(month FROM t.at) - 1)::integer
          FROM (SELECT to_timestamp(minute * 60.0) AT TIME ZONE ''UTC'' AS at) t'
    `);
    await queryRunner.query(`
      -- First minute of a month.
      CREATE FUNCTION month_start(month integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
      AS 'SELECT (extract(epoch FROM make_timestamptz(1970 + month / 12, month % 12 + 1, 1, 0, 0, 0, ''UTC'')) / 60)::integer'
    `);
    await queryRunner.query('ALTER TABLE observation RENAME TO observation_flat');
    await queryRunner.query('ALTER INDEX observation_key RENAME TO observation_flat_key');
    await queryRunner.query('ALTER INDEX observation_product_id_idx RENAME TO observation_flat_product_id_idx');
    await queryRunner.query(`
      CREATE TABLE observation (
        recorded_at timestamp with time zone NOT NULL,
        listing_id integer NOT NULL,
        minute integer NOT NULL,
        until integer NOT NULL,
        value integer,
        metric smallint NOT NULL,
        source smallint NOT NULL,
        product_id uuid,
        CONSTRAINT observation_until_check CHECK (until >= minute),
        CONSTRAINT observation_listing_id_fkey FOREIGN KEY (listing_id) REFERENCES listing (id),
        CONSTRAINT observation_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
      ) PARTITION BY RANGE (minute)
    `);
    await queryRunner.query(`
      CREATE UNIQUE INDEX observation_key ON observation (listing_id, metric, minute, product_id) NULLS NOT DISTINCT
    `);
    await queryRunner.query(`
      CREATE INDEX observation_product_id_idx ON observation (product_id) WHERE product_id IS NOT NULL
    `);
    await queryRunner.query(`
      -- What has no month of its own: imports and histories of long ago, until they are packed.
      CREATE TABLE observation_rest PARTITION OF observation DEFAULT
    `);
    await queryRunner.query(`
      DO $$
      DECLARE m integer;
      BEGIN
        FOR m IN SELECT month_of((extract(epoch FROM now()) / 60)::integer) + generate_series(-1, 2) LOOP
          EXECUTE format('CREATE TABLE observation_%s PARTITION OF observation FOR VALUES FROM (%s) TO (%s)',
            to_char(to_timestamp(month_start(m) * 60.0) AT TIME ZONE 'UTC', 'YYYY_MM'), month_start(m), month_start(m + 1));
        END LOOP;
      END $$
    `);
    await queryRunner.query(`INSERT INTO observation (${COLUMNS}) SELECT ${COLUMNS} FROM observation_flat`);
    await queryRunner.query('DROP TABLE observation_flat');
    await queryRunner.query(`
      -- One month of one listing, all metrics in one row: parallel arrays ordered by metric and minute. Kept in the row and
      -- compressed: minutes count from "middle", that of the month's possible 44640, so that they fit into two bytes; lengths are
      -- until - minute and delays recorded_at - minute, which are mostly alike and so nearly free.
      CREATE TABLE observation_month (
        listing_id integer NOT NULL,
        month smallint NOT NULL,
        middle integer NOT NULL,
        product_id uuid,
        metrics smallint[] NOT NULL,
        minutes smallint[] NOT NULL,
        "values" integer[] NOT NULL,
        lengths integer[] NOT NULL,
        sources smallint[] NOT NULL,
        delays integer[] NOT NULL,
        CONSTRAINT observation_month_listing_id_fkey FOREIGN KEY (listing_id) REFERENCES listing (id),
        CONSTRAINT observation_month_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
      ) WITH (toast_tuple_target = 128)
    `);
    for (const column of ['metrics', 'minutes', '"values"', 'lengths', 'sources', 'delays']) {
      await queryRunner.query(`ALTER TABLE observation_month ALTER COLUMN ${column} SET STORAGE MAIN`);
    }
    await queryRunner.query(`
      CREATE UNIQUE INDEX observation_month_key ON observation_month (listing_id, month, product_id) NULLS NOT DISTINCT
    `);
    await queryRunner.query(`
      CREATE INDEX observation_month_product_id_idx ON observation_month (product_id) WHERE product_id IS NOT NULL
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE observation_flat (
        recorded_at timestamp with time zone NOT NULL,
        listing_id integer NOT NULL,
        minute integer NOT NULL,
        until integer NOT NULL,
        value integer,
        metric smallint NOT NULL,
        source smallint NOT NULL,
        product_id uuid,
        CONSTRAINT observation_until_check CHECK (until >= minute),
        CONSTRAINT observation_listing_id_fkey FOREIGN KEY (listing_id) REFERENCES listing (id),
        CONSTRAINT observation_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`INSERT INTO observation_flat (${COLUMNS}) SELECT ${COLUMNS} FROM observation`);
    await queryRunner.query(`
      CREATE UNIQUE INDEX observation_flat_key ON observation_flat (listing_id, metric, minute, product_id) NULLS NOT DISTINCT
    `);
    await queryRunner.query(`
      -- What is not packed is the later word on the same point.
      INSERT INTO observation_flat (${COLUMNS})
      SELECT to_timestamp((m.middle + u.minute + u.delay) * 60.0), m.listing_id, m.middle + u.minute,
             m.middle + u.minute + u.length, u.value, u.metric, u.source, m.product_id
      FROM observation_month m
      CROSS JOIN LATERAL unnest(m.metrics, m.minutes, m."values", m.lengths, m.sources, m.delays)
        AS u(metric, minute, value, length, source, delay)
      ON CONFLICT (listing_id, metric, minute, product_id) DO NOTHING
    `);
    await queryRunner.query('DROP TABLE observation_month');
    await queryRunner.query('DROP TABLE observation');
    await queryRunner.query('ALTER TABLE observation_flat RENAME TO observation');
    await queryRunner.query('ALTER INDEX observation_flat_key RENAME TO observation_key');
    await queryRunner.query(`
      CREATE INDEX observation_product_id_idx ON observation (product_id) WHERE product_id IS NOT NULL
    `);
    await queryRunner.query('DROP FUNCTION month_start(integer)');
    await queryRunner.query('DROP FUNCTION month_of(integer)');
  }
}
