import { MigrationInterface, QueryRunner } from 'typeorm';

/** What of a listing changed that is no number, as each source told it; and which sellers are a user's own. */
export class KeptListingChanges1795800000017 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE listing ADD told_by smallint array, ADD set_aside jsonb`);
    await queryRunner.query(`
      CREATE TABLE listing_change (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        listing_id integer NOT NULL,
        field text NOT NULL,
        before jsonb,
        after jsonb,
        observed_minute integer NOT NULL,
        recorded_minute integer NOT NULL,
        source smallint NOT NULL,
        CONSTRAINT listing_change_pkey PRIMARY KEY (id),
        CONSTRAINT listing_change_listing_id_field_observed_minute_key UNIQUE (listing_id, field, observed_minute),
        CONSTRAINT listing_change_field_check CHECK
          (field IN ('title', 'brand', 'category_path', 'bullets', 'image_count', 'image_url', 'buy_box_seller_id')),
        CONSTRAINT listing_change_listing_id_fkey FOREIGN KEY (listing_id) REFERENCES listing (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(
      `CREATE INDEX listing_change_listing_id_observed_minute_id_idx ON listing_change (listing_id, observed_minute, id)`,
    );
    await queryRunner.query(`CREATE INDEX listing_change_observed_minute_idx ON listing_change (observed_minute)`);
    await queryRunner.query(`
      CREATE TABLE own_seller (
        user_id uuid NOT NULL,
        marketplace character varying(2) NOT NULL,
        seller_id character varying(21) NOT NULL,
        CONSTRAINT own_seller_pkey PRIMARY KEY (user_id, marketplace, seller_id),
        CONSTRAINT own_seller_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
      )
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE own_seller`);
    await queryRunner.query(`DROP TABLE listing_change`);
    await queryRunner.query(`ALTER TABLE listing DROP set_aside, DROP told_by`);
  }
}
