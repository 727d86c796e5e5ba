import { MigrationInterface, QueryRunner } from 'typeorm';

/** What a rule's cooldown holds back is told when that is over, if it is still so. */
export class HeldBackAlerts1795800000028 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE alert_rule_state ADD held jsonb`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE alert_rule_state DROP COLUMN held`);
  }
}
