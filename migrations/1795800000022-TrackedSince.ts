import { MigrationInterface, QueryRunner } from 'typeorm';

/** Since when products are tracked again after a pause and have each of their tags, and rules are as they are: nothing is told of before. */
export class TrackedSince1795800000022 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE product ADD active_since timestamp with time zone`);
    await queryRunner.query(`ALTER TABLE product ADD tagged_at timestamp with time zone array`);
    await queryRunner.query(`ALTER TABLE alert_rule ADD restarted_at timestamp with time zone`);
    await queryRunner.query(`UPDATE alert_rule SET restarted_at = updated_at WHERE updated_at > created_at`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE alert_rule DROP COLUMN restarted_at`);
    await queryRunner.query(`ALTER TABLE product DROP COLUMN tagged_at`);
    await queryRunner.query(`ALTER TABLE product DROP COLUMN active_since`);
  }
}
