import { MigrationInterface, QueryRunner } from 'typeorm';

/** Texts that a model wrote, and what each user's texts took of it. */
export class CreatedWrittenTexts1795800000021 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE written_text (
        user_id uuid NOT NULL,
        hash text NOT NULL,
        content jsonb,
        note text,
        input_tokens integer,
        output_tokens integer,
        cost numeric(14,6),
        created_at timestamp with time zone NOT NULL,
        expires_at timestamp with time zone NOT NULL,
        CONSTRAINT written_text_pkey PRIMARY KEY (user_id, hash),
        CONSTRAINT written_text_content_check CHECK ((content IS NULL) <> (note IS NULL)),
        CONSTRAINT written_text_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`
      CREATE TABLE llm_usage (
        user_id uuid NOT NULL,
        day date NOT NULL,
        calls integer NOT NULL,
        input_tokens integer NOT NULL DEFAULT 0,
        output_tokens integer NOT NULL DEFAULT 0,
        reserved_tokens integer NOT NULL,
        cost numeric(14,6),
        CONSTRAINT llm_usage_pkey PRIMARY KEY (user_id, day),
        CONSTRAINT llm_usage_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
      )
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE llm_usage`);
    await queryRunner.query(`DROP TABLE written_text`);
  }
}
