import { MigrationInterface, QueryRunner } from 'typeorm';

/** Token buckets of paid sources, shared by all workers, and what calls under way have reserved of them. */
export class CreatedSourceBudgets1795478400004 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE source_budget (
        source text NOT NULL,
        account text NOT NULL,
        tokens integer NOT NULL,
        refill_rate integer NOT NULL,
        next_refill_at timestamp with time zone NOT NULL,
        answered_reservation bigint NOT NULL,
        CONSTRAINT source_budget_pkey PRIMARY KEY (source, account)
      )
    `);
    await queryRunner.query(`
      CREATE TABLE source_reservation (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        source text NOT NULL,
        account text NOT NULL,
        cost integer NOT NULL,
        expires_at timestamp with time zone NOT NULL,
        CONSTRAINT source_reservation_pkey PRIMARY KEY (id)
      )
    `);
    await queryRunner.query(`
      CREATE INDEX source_reservation_account_idx ON source_reservation (source, account)
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE source_reservation');
    await queryRunner.query('DROP TABLE source_budget');
  }
}
