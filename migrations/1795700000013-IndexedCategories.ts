import { MigrationInterface, QueryRunner } from 'typeorm';

/** Listings are found by their categories. */
export class IndexedCategories1795700000013 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX listing_category_path_idx ON listing USING gin (category_path)`);
    await queryRunner.query(`CREATE INDEX listing_bsr_category_idx ON listing (bsr_category)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX listing_bsr_category_idx`);
    await queryRunner.query(`DROP INDEX listing_category_path_idx`);
  }
}
