import { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may come in: accounts, logins, API keys. And what every write and schedule needs: remembered answers and runs. */
export class CreatedAccounts1795478400001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE app_user (
        id uuid NOT NULL,
        email character varying(320) NOT NULL,
        username character varying(30) NOT NULL,
        password_hash text NOT NULL,
        full_name character varying(100),
        role text NOT NULL DEFAULT 'user',
        is_active boolean NOT NULL DEFAULT true,
        created_at timestamp with time zone NOT NULL,
        updated_at timestamp with time zone NOT NULL,
        CONSTRAINT app_user_pkey PRIMARY KEY (id),
        CONSTRAINT app_user_email_key UNIQUE (email),
        CONSTRAINT app_user_username_key UNIQUE (username),
        CONSTRAINT app_user_role_check CHECK (role IN ('user', 'admin'))
      )
    `);
    await queryRunner.query(`
      CREATE TABLE auth_session (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        generation integer NOT NULL DEFAULT 0,
        created_at timestamp with time zone NOT NULL,
        expires_at timestamp with time zone NOT NULL,
        revoked_at timestamp with time zone,
        CONSTRAINT auth_session_pkey PRIMARY KEY (id),
        CONSTRAINT auth_session_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`
      CREATE INDEX auth_session_user_id_idx ON auth_session (user_id)
    `);
    await queryRunner.query(`
      CREATE TABLE api_key (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        name character varying(100) NOT NULL,
        prefix character varying(12) NOT NULL,
        secret_hash bytea NOT NULL,
        scopes text array NOT NULL,
        created_at timestamp with time zone NOT NULL,
        last_used_at timestamp with time zone,
        CONSTRAINT api_key_pkey PRIMARY KEY (id),
        CONSTRAINT api_key_secret_hash_key UNIQUE (secret_hash),
        CONSTRAINT api_key_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`
      CREATE INDEX api_key_user_id_idx ON api_key (user_id)
    `);
    await queryRunner.query(`
      CREATE TABLE idempotency_key (
        user_id uuid NOT NULL,
        key character varying(200) NOT NULL,
        request_hash bytea NOT NULL,
        status smallint,
        body json,
        created_at timestamp with time zone NOT NULL,
        CONSTRAINT idempotency_key_pkey PRIMARY KEY (user_id, key)
      )
    `);
    await queryRunner.query(`
      CREATE INDEX idempotency_key_created_at_idx ON idempotency_key (created_at)
    `);
    await queryRunner.query(`
      CREATE TABLE job_run (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        schedule text NOT NULL,
        slot timestamp with time zone NOT NULL,
        trigger text NOT NULL,
        started_at timestamp with time zone NOT NULL,
        finished_at timestamp with time zone,
        attempts smallint NOT NULL,
        counts jsonb,
        error text,
        CONSTRAINT job_run_pkey PRIMARY KEY (id),
        CONSTRAINT job_run_slot_key UNIQUE (schedule, slot),
        CONSTRAINT job_run_trigger_check CHECK ("trigger" IN ('schedule', 'manual'))
      )
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE job_run');
    await queryRunner.query('DROP TABLE idempotency_key');
    await queryRunner.query('DROP TABLE api_key');
    await queryRunner.query('DROP TABLE auth_session');
    await queryRunner.query('DROP TABLE app_user');
  }
}
