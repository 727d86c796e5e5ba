import { MigrationInterface, QueryRunner } from 'typeorm';

/** Listings, shared by everybody, with the state of their checks apart; and products, one user's tracking of a listing. */
export class CreatedListings1795478400002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE listing (
        id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
        marketplace character varying(2) NOT NULL,
        asin character varying(10) NOT NULL,
        title text,
        brand text,
        category_path text array,
        image_url text,
        parent_asin character varying(10),
        bsr_category text,
        bsr_sub_category text,
        buy_box_seller_id text,
        availability text,
        CONSTRAINT listing_pkey PRIMARY KEY (id),
        CONSTRAINT listing_marketplace_asin_key UNIQUE (marketplace, asin)
      )
    `);
    await queryRunner.query(`
      -- Every check rewrites its row: room on the page keeps the new version beside the old one.
      CREATE TABLE listing_state (
        listing_id integer NOT NULL,
        interval_minutes integer,
        next_check_at timestamp with time zone,
        claimed_until timestamp with time zone,
        backfilled_at timestamp with time zone,
        checked_at timestamp with time zone,
        result text,
        detail text,
        failures integer NOT NULL DEFAULT 0,
        observed_at timestamp with time zone,
        source smallint,
        current_values integer array NOT NULL DEFAULT '{}',
        current_since integer array NOT NULL DEFAULT '{}',
        current_until integer array NOT NULL DEFAULT '{}',
        CONSTRAINT listing_state_pkey PRIMARY KEY (listing_id),
        CONSTRAINT listing_state_listing_id_fkey FOREIGN KEY (listing_id) REFERENCES listing (id) ON DELETE CASCADE
      ) WITH (fillfactor = 80)
    `);
    await queryRunner.query(`
      CREATE INDEX listing_state_due_idx ON listing_state (next_check_at) WHERE interval_minutes IS NOT NULL
    `);
    await queryRunner.query(`
      CREATE TABLE product (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        listing_id integer NOT NULL,
        title character varying(500),
        brand character varying(100),
        category character varying(100),
        description character varying(2000),
        tags text array NOT NULL DEFAULT '{}',
        is_active boolean NOT NULL DEFAULT true,
        refresh_interval_minutes integer,
        cost_of_goods integer,
        created_at timestamp with time zone NOT NULL,
        updated_at timestamp with time zone NOT NULL,
        CONSTRAINT product_pkey PRIMARY KEY (id),
        CONSTRAINT product_user_id_listing_id_key UNIQUE (user_id, listing_id),
        CONSTRAINT product_refresh_interval_minutes_check CHECK (refresh_interval_minutes BETWEEN 15 AND 10080),
        CONSTRAINT product_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE,
        CONSTRAINT product_listing_id_fkey FOREIGN KEY (listing_id) REFERENCES listing (id)
      )
    `);
    await queryRunner.query(`
      CREATE INDEX product_listing_id_idx ON product (listing_id)
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE product');
    await queryRunner.query('DROP TABLE listing_state');
    await queryRunner.query('DROP TABLE listing');
  }
}
