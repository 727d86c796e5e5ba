import { MigrationInterface, QueryRunner } from 'typeorm';

/** Points that rules looked at after others of their minute: in which order, so that a replay takes the same steps. */
export class CreatedAlertStragglers1795800000025 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE alert_straggler (
        product_id uuid NOT NULL,
        series text NOT NULL,
        minute integer NOT NULL,
        known integer NOT NULL,
        step smallint NOT NULL,
        CONSTRAINT alert_straggler_pkey PRIMARY KEY (product_id, series, minute),
        CONSTRAINT alert_straggler_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
      )
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE alert_straggler`);
  }
}
