import { MigrationInterface, QueryRunner } from 'typeorm';

/** History as change points, and how checks ended. */
export class CreatedHistory1795478400003 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Columns in an order that wastes nothing on alignment: history is the largest table by far.
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
      )
    `);
    await queryRunner.query(`
      -- A point is one per listing, metric and minute, in the shared feed (product null) and in each user's own imports.
      CREATE UNIQUE INDEX observation_key ON observation (listing_id, metric, minute, product_id) NULLS NOT DISTINCT
    `);
    await queryRunner.query(`
      CREATE INDEX observation_product_id_idx ON observation (product_id) WHERE product_id IS NOT NULL
    `);
    await queryRunner.query(`
      CREATE TABLE listing_check (
        listing_id integer NOT NULL,
        checked_at timestamp with time zone NOT NULL,
        source smallint NOT NULL,
        result text NOT NULL,
        detail text,
        changes smallint NOT NULL DEFAULT 0,
        CONSTRAINT listing_check_pkey PRIMARY KEY (listing_id, checked_at),
        CONSTRAINT listing_check_listing_id_fkey FOREIGN KEY (listing_id) REFERENCES listing (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`
      CREATE INDEX listing_check_checked_at_idx ON listing_check (checked_at)
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE listing_check');
    await queryRunner.query('DROP TABLE observation');
  }
}
