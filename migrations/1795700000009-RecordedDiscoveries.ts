import { MigrationInterface, QueryRunner } from 'typeorm';

/** How the last discovery of each product went, and every origin of a competitor instead of one. */
export class RecordedDiscoveries1795700000009 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE competitor_discovery (
        product_id uuid NOT NULL,
        user_id uuid NOT NULL,
        run_id uuid,
        started_at timestamp with time zone NOT NULL,
        finished_at timestamp with time zone,
        exclude_own_brand boolean NOT NULL,
        terms text,
        outcomes jsonb NOT NULL DEFAULT '[]',
        CONSTRAINT competitor_discovery_pkey PRIMARY KEY (product_id),
        CONSTRAINT competitor_discovery_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE,
        CONSTRAINT competitor_discovery_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`
      CREATE INDEX competitor_discovery_user_id_idx ON competitor_discovery (user_id)
    `);
    await queryRunner.query(`ALTER TABLE competitor ALTER found_by TYPE text array USING ARRAY[found_by]`);
    await queryRunner.query(`
      ALTER TABLE competitor ADD CONSTRAINT competitor_found_by_check CHECK (cardinality(found_by) > 0)
    `);
  }

  /** What a source alone found becomes one of the known listings, which it is by now. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE competitor DROP CONSTRAINT competitor_found_by_check`);
    await queryRunner.query(`
      ALTER TABLE competitor ALTER found_by TYPE text
      USING CASE WHEN 'user' = ANY (found_by) THEN 'user' ELSE 'known-listings' END
    `);
    await queryRunner.query(`DROP TABLE competitor_discovery`);
  }
}
