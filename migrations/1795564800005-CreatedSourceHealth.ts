import { MigrationInterface, QueryRunner } from 'typeorm';

/** What sources were asked and how it went, and values that wait for a second reading. */
export class CreatedSourceHealth1795564800005 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE source_health (
        source text NOT NULL,
        failures integer NOT NULL DEFAULT 0,
        open_until timestamp with time zone,
        last_ok_at timestamp with time zone,
        last_error_at timestamp with time zone,
        last_error_kind text,
        last_error text,
        CONSTRAINT source_health_pkey PRIMARY KEY (source)
      )
    `);
    await queryRunner.query(`
      CREATE TABLE source_usage (
        source text NOT NULL,
        day date NOT NULL,
        calls integer NOT NULL DEFAULT 0,
        failed_calls integer NOT NULL DEFAULT 0,
        units integer NOT NULL DEFAULT 0,
        CONSTRAINT source_usage_pkey PRIMARY KEY (source, day)
      )
    `);
    await queryRunner.query(`
      CREATE TABLE source_rate (
        source text NOT NULL,
        operation text NOT NULL,
        rate double precision NOT NULL,
        arrival_at timestamp with time zone NOT NULL,
        CONSTRAINT source_rate_pkey PRIMARY KEY (source, operation)
      )
    `);
    await queryRunner.query(`ALTER TABLE listing_check ADD jumps jsonb`);
    await queryRunner.query(`ALTER TABLE listing_state ADD held_values integer array NOT NULL DEFAULT '{}'`);
    await queryRunner.query(`ALTER TABLE listing_state ADD held_since integer array NOT NULL DEFAULT '{}'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE listing_state DROP COLUMN held_since');
    await queryRunner.query('ALTER TABLE listing_state DROP COLUMN held_values');
    await queryRunner.query('ALTER TABLE listing_check DROP COLUMN jumps');
    await queryRunner.query('DROP TABLE source_rate');
    await queryRunner.query('DROP TABLE source_usage');
    await queryRunner.query('DROP TABLE source_health');
  }
}
