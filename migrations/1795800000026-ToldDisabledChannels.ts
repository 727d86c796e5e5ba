import { MigrationInterface, QueryRunner } from 'typeorm';

/** That a channel was disabled is told through the user's other ones: a delivery that holds what is told. */
export class ToldDisabledChannels1795800000026 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE delivery ADD notice jsonb`);
    await queryRunner.query(`ALTER TABLE delivery DROP CONSTRAINT delivery_purpose_check`);
    await queryRunner.query(`
      ALTER TABLE delivery ADD CONSTRAINT delivery_purpose_check
        CHECK (purpose IN ('alert', 'test', 'confirmation', 'channel_disabled') AND (purpose = 'alert') = (alert_id IS NOT NULL))
    `);
    await queryRunner.query(`
      ALTER TABLE delivery ADD CONSTRAINT delivery_notice_check
        CHECK ((purpose = 'channel_disabled') = (notice IS NOT NULL))
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DELETE FROM delivery WHERE purpose = 'channel_disabled'`);
    await queryRunner.query(`ALTER TABLE delivery DROP CONSTRAINT delivery_notice_check`);
    await queryRunner.query(`ALTER TABLE delivery DROP CONSTRAINT delivery_purpose_check`);
    await queryRunner.query(`
      ALTER TABLE delivery ADD CONSTRAINT delivery_purpose_check
        CHECK (purpose IN ('alert', 'test', 'confirmation') AND (purpose = 'alert') = (alert_id IS NOT NULL))
    `);
    await queryRunner.query(`ALTER TABLE delivery DROP COLUMN notice`);
  }
}
