import { MigrationInterface, QueryRunner } from 'typeorm';

/** Where users want to be told, what is on its way there, and how each attempt went. */
export class CreatedDeliveries1795700000016 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE channel (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        kind text NOT NULL,
        name character varying(100),
        address character varying(320),
        url character varying(2000),
        secret bytea,
        previous_secret bytea,
        previous_secret_until timestamp with time zone,
        digest text NOT NULL DEFAULT 'at_once',
        digest_hour smallint NOT NULL DEFAULT 8,
        time_zone character varying(64) NOT NULL DEFAULT 'UTC',
        is_enabled boolean NOT NULL DEFAULT true,
        disabled_reason text,
        failing_since timestamp with time zone,
        not_before timestamp with time zone,
        last_ms integer,
        last_attempt_at timestamp with time zone,
        lease_id uuid,
        leased_until timestamp with time zone,
        created_at timestamp with time zone NOT NULL,
        updated_at timestamp with time zone NOT NULL,
        CONSTRAINT channel_pkey PRIMARY KEY (id),
        CONSTRAINT channel_kind_check CHECK (kind IN ('email', 'webhook', 'in_app')),
        CONSTRAINT channel_target_check
          CHECK ((kind = 'email') = (address IS NOT NULL) AND (kind = 'webhook') = (url IS NOT NULL)),
        CONSTRAINT channel_secret_check CHECK ((kind = 'webhook') = (secret IS NOT NULL)),
        CONSTRAINT channel_digest_check CHECK (digest IN ('at_once', 'hourly', 'daily')),
        CONSTRAINT channel_digest_hour_check CHECK (digest_hour BETWEEN 0 AND 23),
        CONSTRAINT channel_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`CREATE INDEX channel_user_id_idx ON channel (user_id)`);
    await queryRunner.query(`
      CREATE TABLE delivery (
        id uuid NOT NULL,
        position bigserial NOT NULL,
        user_id uuid NOT NULL,
        channel_id uuid NOT NULL,
        alert_id uuid,
        product_id uuid,
        digest_id uuid,
        state text NOT NULL,
        failures smallint NOT NULL DEFAULT 0,
        next_attempt_at timestamp with time zone,
        created_at timestamp with time zone NOT NULL,
        finished_at timestamp with time zone,
        CONSTRAINT delivery_pkey PRIMARY KEY (id),
        CONSTRAINT delivery_position_key UNIQUE (position),
        CONSTRAINT delivery_alert_id_channel_id_key UNIQUE (alert_id, channel_id),
        CONSTRAINT delivery_state_check CHECK (state IN ('pending', 'delivered', 'dead')),
        CONSTRAINT delivery_next_attempt_at_check CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL)),
        CONSTRAINT delivery_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE,
        CONSTRAINT delivery_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES channel (id) ON DELETE CASCADE,
        CONSTRAINT delivery_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES alert (id) ON DELETE CASCADE,
        CONSTRAINT delivery_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`CREATE INDEX delivery_due_idx ON delivery (next_attempt_at) WHERE state = 'pending'`);
    await queryRunner.query(
      `CREATE INDEX delivery_queue_idx ON delivery (channel_id, position) WHERE state = 'pending'`,
    );
    await queryRunner.query(
      `CREATE INDEX delivery_product_queue_idx ON delivery (channel_id, product_id, position) WHERE state = 'pending'`,
    );
    await queryRunner.query(`CREATE INDEX delivery_channel_id_position_idx ON delivery (channel_id, position)`);
    await queryRunner.query(`CREATE INDEX delivery_user_id_state_position_idx ON delivery (user_id, state, position)`);
    await queryRunner.query(`CREATE INDEX delivery_product_id_idx ON delivery (product_id)`);
    await queryRunner.query(`CREATE INDEX delivery_digest_id_idx ON delivery (digest_id)`);
    await queryRunner.query(`
      CREATE TABLE delivery_attempt (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        delivery_id uuid NOT NULL,
        attempted_at timestamp with time zone NOT NULL,
        ms integer NOT NULL,
        status smallint,
        error text,
        answer text,
        CONSTRAINT delivery_attempt_pkey PRIMARY KEY (id),
        CONSTRAINT delivery_attempt_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES delivery (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`CREATE INDEX delivery_attempt_delivery_id_idx ON delivery_attempt (delivery_id)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE delivery_attempt`);
    await queryRunner.query(`DROP TABLE delivery`);
    await queryRunner.query(`DROP TABLE channel`);
  }
}
