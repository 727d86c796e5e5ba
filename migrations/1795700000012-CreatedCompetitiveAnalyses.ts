import { MigrationInterface, QueryRunner } from 'typeorm';

/** Products beside their rivals, as they were when compared. */
export class CreatedCompetitiveAnalyses1795700000012 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE competitive_analysis (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        product_id uuid NOT NULL,
        made_at timestamp with time zone NOT NULL,
        is_complete boolean NOT NULL,
        competitor_ids uuid array NOT NULL,
        result jsonb NOT NULL,
        CONSTRAINT competitive_analysis_pkey PRIMARY KEY (id),
        CONSTRAINT competitive_analysis_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE,
        CONSTRAINT competitive_analysis_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(
      `CREATE INDEX competitive_analysis_product_id_id_idx ON competitive_analysis (product_id, id)`,
    );
    await queryRunner.query(`CREATE INDEX competitive_analysis_user_id_idx ON competitive_analysis (user_id)`);
    await queryRunner.query(`CREATE INDEX competitive_analysis_made_at_idx ON competitive_analysis (made_at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE competitive_analysis`);
  }
}
