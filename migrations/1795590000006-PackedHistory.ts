import { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS = 'listing_id, minute, until, value, metric, source, product_id';

/** History in months: what checks end in a partition for each, months that are over packed into arrays. */
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
    await queryRunner.query(`ALTER TABLE listing_state ADD current_sources smallint array NOT NULL DEFAULT '{}'`);
    await queryRunner.query(`ALTER TABLE listing_state ADD current_recorded integer array NOT NULL DEFAULT '{}'`);
    await queryRunner.query(`ALTER TABLE product ADD history_version integer NOT NULL DEFAULT 0`);
    await queryRunner.query('ALTER TABLE observation RENAME TO observation_flat');
    await queryRunner.query('ALTER INDEX observation_key RENAME TO observation_flat_key');
    await queryRunner.query('ALTER INDEX observation_product_id_idx RENAME TO observation_flat_product_id_idx');
    await queryRunner.query(`
      -- What one check ended, all metrics in one row. Without a foreign key, whose check for each row would cost more than the
      -- row: it is written under the lock of the listing's state, which has one.
      CREATE TABLE observation (
        listing_id integer NOT NULL,
        closed integer NOT NULL,
        metrics smallint[] NOT NULL,
        minutes integer[] NOT NULL,
        "values" integer[] NOT NULL,
        lengths integer[] NOT NULL,
        sources smallint[] NOT NULL,
        delays integer[] NOT NULL
      ) PARTITION BY RANGE (closed)
    `);
    await queryRunner.query(`
      CREATE INDEX observation_listing_id_closed_idx ON observation (listing_id, closed)
    `);
    await queryRunner.query(`
      CREATE FUNCTION forget_listing() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM observation WHERE listing_id = OLD.id;
        DELETE FROM listing_check WHERE listing_id = OLD.id;
        RETURN NULL;
      END $$
    `);
    await queryRunner.query(`
      CREATE TRIGGER listing_forgotten AFTER DELETE ON listing FOR EACH ROW EXECUTE FUNCTION forget_listing()
    `);
    // The same goes for the log of checks.
    await queryRunner.query('ALTER TABLE listing_check DROP CONSTRAINT listing_check_listing_id_fkey');
    await queryRunner.query(`
      -- What has no month of its own, because no process was there to make one.
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
    await queryRunner.query(`
      -- The open point of a series is the head in the listing's state, and nowhere else.
      UPDATE listing_state s SET current_sources = h.sources, current_recorded = h.recorded
      FROM (
        SELECT s.listing_id, array_agg(coalesce(o.source, s.source) ORDER BY head.metric) AS sources,
               array_agg(coalesce(floor(extract(epoch FROM o.recorded_at) / 60)::integer, head.since) ORDER BY head.metric) AS recorded
        FROM listing_state s CROSS JOIN LATERAL unnest(s.current_since) WITH ORDINALITY AS head(since, metric)
        LEFT JOIN observation_flat o ON o.listing_id = s.listing_id AND o.metric = head.metric AND o.minute = head.since
          AND o.product_id IS NULL
        GROUP BY s.listing_id
      ) h WHERE h.listing_id = s.listing_id
    `);
    await queryRunner.query(`
      -- One month of one listing, all metrics in one row: parallel arrays ordered by metric and minute. Kept in the row and
      -- compressed: minutes count from "middle", that of the month's possible 44640, so that they fit into two bytes; lengths are
      -- until - minute and delays recorded - minute, which are mostly alike and so nearly free. Bit n of "metric_set" stands
      -- for metric n.
      CREATE TABLE observation_month (
        listing_id integer NOT NULL,
        month smallint NOT NULL,
        middle integer NOT NULL,
        metric_set integer NOT NULL,
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
      INSERT INTO observation_month (listing_id, month, middle, metric_set, product_id, metrics, minutes, "values", lengths, sources, delays)
      SELECT listing_id, month, month_start(month) + 22320, bit_or(1 << metric), product_id, array_agg(metric ORDER BY metric, minute),
             array_agg((minute - month_start(month) - 22320)::smallint ORDER BY metric, minute),
             array_agg(value ORDER BY metric, minute), array_agg(until - minute ORDER BY metric, minute),
             array_agg(source ORDER BY metric, minute),
             array_agg(floor(extract(epoch FROM recorded_at) / 60)::integer - minute ORDER BY metric, minute)
      FROM (SELECT *, month_of(minute) AS month FROM observation_flat) o
      WHERE product_id IS NOT NULL OR NOT EXISTS (
        SELECT FROM listing_state s WHERE s.listing_id = o.listing_id AND s.current_since[o.metric] = o.minute)
      GROUP BY listing_id, month, product_id
    `);
    await queryRunner.query('DROP TABLE observation_flat');
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
    await queryRunner.query(`
      CREATE UNIQUE INDEX observation_flat_key ON observation_flat (listing_id, metric, minute, product_id) NULLS NOT DISTINCT
    `);
    await queryRunner.query(`
      INSERT INTO observation_flat (${COLUMNS}, recorded_at)
      SELECT o.listing_id, u.minute, u.minute + u.length, u.value, u.metric, u.source, NULL, to_timestamp((u.minute + u.delay) * 60.0)
      FROM observation o
      CROSS JOIN LATERAL unnest(o.metrics, o.minutes, o."values", o.lengths, o.sources, o.delays)
        AS u(metric, minute, value, length, source, delay)
    `);
    await queryRunner.query(`
      INSERT INTO observation_flat (${COLUMNS}, recorded_at)
      SELECT s.listing_id, head.since, head.until, head.value, head.metric, head.source, NULL, to_timestamp(head.recorded * 60.0)
      FROM listing_state s
      CROSS JOIN LATERAL unnest(s.current_since, s.current_until, s.current_values, s.current_sources, s.current_recorded)
        WITH ORDINALITY AS head(since, until, value, source, recorded, metric)
      WHERE head.since IS NOT NULL
      ON CONFLICT (listing_id, metric, minute, product_id) DO UPDATE SET until = excluded.until
    `);
    await queryRunner.query(`
      -- What is not packed is the later word on the same point.
      INSERT INTO observation_flat (${COLUMNS}, recorded_at)
      SELECT m.listing_id, m.middle + u.minute, m.middle + u.minute + u.length, u.value, u.metric, u.source, m.product_id,
             to_timestamp((m.middle + u.minute + u.delay) * 60.0)
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
    await queryRunner.query('DROP TRIGGER listing_forgotten ON listing');
    await queryRunner.query('DROP FUNCTION forget_listing()');
    await queryRunner.query(`
      ALTER TABLE listing_check ADD CONSTRAINT listing_check_listing_id_fkey
      FOREIGN KEY (listing_id) REFERENCES listing (id) ON DELETE CASCADE
    `);
    await queryRunner.query('ALTER TABLE product DROP COLUMN history_version');
    await queryRunner.query('ALTER TABLE listing_state DROP COLUMN current_recorded');
    await queryRunner.query('ALTER TABLE listing_state DROP COLUMN current_sources');
    await queryRunner.query('DROP FUNCTION month_start(integer)');
    await queryRunner.query('DROP FUNCTION month_of(integer)');
  }
}
