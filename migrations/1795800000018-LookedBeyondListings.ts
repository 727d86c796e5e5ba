import { MigrationInterface, QueryRunner } from 'typeorm';

/** Since when competitors are confirmed, when they were first found, and how far rules have looked at them. */
export class LookedBeyondListings1795800000018 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE competitor ADD confirmed_at timestamp with time zone`);
    await queryRunner.query(`UPDATE competitor SET confirmed_at = updated_at WHERE status = 'confirmed'`);
    await queryRunner.query(`
      ALTER TABLE competitor ADD CONSTRAINT competitor_confirmed_at_check CHECK ((status = 'confirmed') = (confirmed_at IS NOT NULL))
    `);
    await queryRunner.query(`
      CREATE TABLE competitor_found (
        product_id uuid NOT NULL,
        listing_id integer NOT NULL,
        user_id uuid NOT NULL,
        found_at timestamp with time zone NOT NULL,
        found_by text array NOT NULL,
        similarity real,
        CONSTRAINT competitor_found_pkey PRIMARY KEY (product_id, listing_id),
        CONSTRAINT competitor_found_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE,
        CONSTRAINT competitor_found_listing_id_fkey FOREIGN KEY (listing_id) REFERENCES listing (id),
        CONSTRAINT competitor_found_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`CREATE INDEX competitor_found_listing_id_idx ON competitor_found (listing_id)`);
    await queryRunner.query(`CREATE INDEX competitor_found_user_id_idx ON competitor_found (user_id)`);
    await queryRunner.query(`
      INSERT INTO competitor_found (product_id, listing_id, user_id, found_at, found_by, similarity)
      SELECT product_id, listing_id, user_id, created_at, found_by, similarity FROM competitor
    `);
    await queryRunner.query(`ALTER TABLE alert_rule_state ADD rivals_version text`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE alert_rule_state DROP COLUMN rivals_version`);
    await queryRunner.query(`DROP TABLE competitor_found`);
    await queryRunner.query(`ALTER TABLE competitor DROP CONSTRAINT competitor_confirmed_at_check`);
    await queryRunner.query(`ALTER TABLE competitor DROP COLUMN confirmed_at`);
  }
}
