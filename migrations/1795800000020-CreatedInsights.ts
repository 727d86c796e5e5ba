import { MigrationInterface, QueryRunner } from 'typeorm';

/** What was told of products, with the evidence as it was. */
export class CreatedInsights1795800000020 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE insight (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        product_id uuid NOT NULL,
        slot text,
        state text NOT NULL,
        requested_at timestamp with time zone NOT NULL,
        made_at timestamp with time zone,
        failure text,
        content jsonb,
        evidence bytea,
        CONSTRAINT insight_pkey PRIMARY KEY (id),
        CONSTRAINT insight_product_id_slot_key UNIQUE (product_id, slot),
        CONSTRAINT insight_state_check CHECK (state IN ('queued', 'ready', 'failed')),
        CONSTRAINT insight_ready_check CHECK ((state = 'ready') = (content IS NOT NULL AND evidence IS NOT NULL AND made_at IS NOT NULL)),
        CONSTRAINT insight_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE,
        CONSTRAINT insight_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`CREATE INDEX insight_product_id_id_idx ON insight (product_id, id)`);
    await queryRunner.query(`CREATE INDEX insight_user_id_idx ON insight (user_id)`);
    await queryRunner.query(`CREATE INDEX insight_requested_at_idx ON insight (requested_at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE insight`);
  }
}
