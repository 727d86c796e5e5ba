import { MigrationInterface, QueryRunner } from 'typeorm';

/** Addresses for mails are confirmed before alerts go there. Those of before are asked too, and what waited for them is dead. */
export class ConfirmedAddresses1795800000019 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE channel ADD confirmed_at timestamp with time zone`);
    await queryRunner.query(`
      ALTER TABLE channel ADD CONSTRAINT channel_confirmed_at_check CHECK (kind = 'email' OR confirmed_at IS NULL)
    `);
    await queryRunner.query(`ALTER TABLE delivery ADD purpose text NOT NULL DEFAULT 'alert'`);
    await queryRunner.query(`UPDATE delivery SET purpose = 'test' WHERE alert_id IS NULL`);
    await queryRunner.query(`
      ALTER TABLE delivery ADD CONSTRAINT delivery_purpose_check
        CHECK (purpose IN ('alert', 'test', 'confirmation') AND (purpose = 'alert') = (alert_id IS NOT NULL))
    `);
    await queryRunner.query(`
      CREATE INDEX delivery_confirmation_idx ON delivery (channel_id, created_at) WHERE purpose = 'confirmation'
    `);
    await queryRunner.query(`
      UPDATE delivery SET state = 'dead', next_attempt_at = NULL, finished_at = now()
      WHERE state = 'pending' AND channel_id IN (SELECT id FROM channel WHERE kind = 'email')
    `);
    await queryRunner.query(`
      INSERT INTO delivery (id, user_id, channel_id, purpose, state, next_attempt_at, created_at)
      SELECT gen_random_uuid(), user_id, id, 'confirmation', 'pending', now(), now() FROM channel
      WHERE kind = 'email' AND is_enabled
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DELETE FROM delivery WHERE purpose = 'confirmation'`);
    await queryRunner.query(`DROP INDEX delivery_confirmation_idx`);
    await queryRunner.query(`ALTER TABLE delivery DROP CONSTRAINT delivery_purpose_check`);
    await queryRunner.query(`ALTER TABLE delivery DROP purpose`);
    await queryRunner.query(`ALTER TABLE channel DROP CONSTRAINT channel_confirmed_at_check`);
    await queryRunner.query(`ALTER TABLE channel DROP confirmed_at`);
  }
}
