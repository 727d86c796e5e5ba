import { MigrationInterface, QueryRunner } from 'typeorm';

/** What products' series say, as last computed. */
export class CreatedProductAnalytics1795700000014 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE product_analytics (
        product_id uuid NOT NULL,
        user_id uuid NOT NULL,
        version text NOT NULL,
        computed_at timestamp with time zone NOT NULL,
        result jsonb NOT NULL,
        CONSTRAINT product_analytics_pkey PRIMARY KEY (product_id),
        CONSTRAINT product_analytics_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE,
        CONSTRAINT product_analytics_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`CREATE INDEX product_analytics_user_id_idx ON product_analytics (user_id)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE product_analytics`);
  }
}
