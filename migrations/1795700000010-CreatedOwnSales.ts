import { MigrationInterface, QueryRunner } from 'typeorm';

/** What users sold themselves, and the models that are fitted to it. */
export class CreatedOwnSales1795700000010 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // GiST compares ranges and no ids: a range of one id stands for it, so that no extension has to be installed.
    await queryRunner.query('CREATE TYPE uuid_range AS RANGE (subtype = uuid)');
    await queryRunner.query(`
      CREATE TABLE own_sales (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        product_id uuid NOT NULL,
        first_day date NOT NULL,
        last_day date NOT NULL,
        units integer NOT NULL,
        created_at timestamp with time zone NOT NULL,
        updated_at timestamp with time zone NOT NULL,
        CONSTRAINT own_sales_pkey PRIMARY KEY (id),
        CONSTRAINT own_sales_days_check CHECK (first_day <= last_day),
        CONSTRAINT own_sales_units_check CHECK (units >= 0),
        CONSTRAINT own_sales_days_excl EXCLUDE
          USING gist (uuid_range(product_id, product_id, '[]') WITH &&, daterange(first_day, last_day, '[]') WITH &&),
        CONSTRAINT own_sales_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE,
        CONSTRAINT own_sales_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query('CREATE INDEX own_sales_product_id_first_day_idx ON own_sales (product_id, first_day)');
    await queryRunner.query('CREATE INDEX own_sales_user_id_id_idx ON own_sales (user_id, id)');
    await queryRunner.query(`
      CREATE TABLE sales_model (
        user_id uuid NOT NULL,
        marketplace character varying(2) NOT NULL,
        category text NOT NULL,
        inputs text NOT NULL,
        fitted_at timestamp with time zone NOT NULL,
        periods integer NOT NULL,
        families integer NOT NULL,
        simulated boolean NOT NULL,
        left_out jsonb NOT NULL,
        curve jsonb,
        refusal text,
        CONSTRAINT sales_model_pkey PRIMARY KEY (user_id, marketplace, category),
        CONSTRAINT sales_model_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
      )
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE sales_model');
    await queryRunner.query('DROP TABLE own_sales');
    await queryRunner.query('DROP TYPE uuid_range');
  }
}
