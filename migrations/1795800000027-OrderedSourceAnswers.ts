import { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Answers of a source are ordered by its own clock, as calls may be served in another order than they were reserved in. What
 * stands there counts as the oldest.
 */
export class OrderedSourceAnswers1795800000027 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE source_budget DROP COLUMN answered_reservation`);
    await queryRunner.query(
      `ALTER TABLE source_budget ADD answered_at timestamp with time zone NOT NULL DEFAULT to_timestamp(0)`,
    );
    await queryRunner.query(`ALTER TABLE source_budget ALTER COLUMN answered_at DROP DEFAULT`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE source_budget DROP COLUMN answered_at`);
    await queryRunner.query(`ALTER TABLE source_budget ADD answered_reservation bigint NOT NULL DEFAULT 0`);
    await queryRunner.query(`ALTER TABLE source_budget ALTER COLUMN answered_reservation DROP DEFAULT`);
  }
}
