import { MigrationInterface, QueryRunner } from 'typeorm';

/** What users want to be told of, and what happened. */
export class CreatedAlerts1795700000015 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE alert_rule (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        product_id uuid,
        tag text,
        name character varying(100),
        conditions jsonb NOT NULL,
        cooldown_minutes integer NOT NULL,
        rearm text NOT NULL,
        channel_ids uuid array,
        is_active boolean NOT NULL DEFAULT true,
        created_at timestamp with time zone NOT NULL,
        updated_at timestamp with time zone NOT NULL,
        CONSTRAINT alert_rule_pkey PRIMARY KEY (id),
        CONSTRAINT alert_rule_scope_check CHECK (product_id IS NULL OR tag IS NULL),
        CONSTRAINT alert_rule_cooldown_minutes_check CHECK (cooldown_minutes BETWEEN 0 AND 43200),
        CONSTRAINT alert_rule_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE,
        CONSTRAINT alert_rule_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`CREATE INDEX alert_rule_user_id_idx ON alert_rule (user_id)`);
    await queryRunner.query(`CREATE INDEX alert_rule_product_id_idx ON alert_rule (product_id)`);
    await queryRunner.query(`
      CREATE TABLE alert (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        product_id uuid NOT NULL,
        rule_id uuid,
        severity text NOT NULL,
        message text NOT NULL,
        evidence jsonb NOT NULL,
        occurred_at timestamp with time zone NOT NULL,
        created_at timestamp with time zone NOT NULL,
        acknowledged_at timestamp with time zone,
        snoozed_until timestamp with time zone,
        CONSTRAINT alert_pkey PRIMARY KEY (id),
        CONSTRAINT alert_rule_id_product_id_occurred_at_key UNIQUE (rule_id, product_id, occurred_at),
        CONSTRAINT alert_severity_check CHECK (severity IN ('info', 'warning', 'critical')),
        CONSTRAINT alert_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE,
        CONSTRAINT alert_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE,
        CONSTRAINT alert_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES alert_rule (id) ON DELETE SET NULL
      )
    `);
    await queryRunner.query(`CREATE INDEX alert_user_id_id_idx ON alert (user_id, id)`);
    await queryRunner.query(`CREATE INDEX alert_product_id_idx ON alert (product_id)`);
    await queryRunner.query(`
      CREATE TABLE alert_rule_state (
        rule_id uuid NOT NULL,
        product_id uuid NOT NULL,
        seen jsonb NOT NULL,
        fired_at integer,
        is_armed boolean NOT NULL,
        checked_at timestamp with time zone NOT NULL,
        CONSTRAINT alert_rule_state_pkey PRIMARY KEY (rule_id, product_id),
        CONSTRAINT alert_rule_state_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES alert_rule (id) ON DELETE CASCADE,
        CONSTRAINT alert_rule_state_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`CREATE INDEX alert_rule_state_product_id_idx ON alert_rule_state (product_id)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE alert_rule_state`);
    await queryRunner.query(`DROP TABLE alert`);
    await queryRunner.query(`DROP TABLE alert_rule`);
  }
}
