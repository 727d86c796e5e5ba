import { MigrationInterface, QueryRunner } from 'typeorm';

/** Rivals of products, and the words by which listings that are alike are found. */
export class CreatedCompetitors1795600000008 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Each word once, in lower case, without accents. What is not ASCII counts as a letter, whatever the database's locale.
      CREATE FUNCTION words_of(title text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT ARRAY(
          SELECT DISTINCT word FROM regexp_split_to_table(
            lower(regexp_replace(normalize(title, NFKD), '[\\u0300-\\u036f]', '', 'g')), '[\\u0001-\\u002f\\u003a-\\u0060\\u007b-\\u00bf\\u2000-\\u206f\\u3000-\\u3020]+'
          ) AS word WHERE word <> ''
        )
      $$
    `);
    await queryRunner.query(`ALTER TABLE listing ADD title_words text array NOT NULL DEFAULT '{}'`);
    await queryRunner.query(`UPDATE listing SET title_words = words_of(title) WHERE title IS NOT NULL`);
    await queryRunner.query(`
      CREATE FUNCTION set_title_words() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.title_words := coalesce(words_of(NEW.title), '{}');
        RETURN NEW;
      END $$
    `);
    await queryRunner.query(`
      CREATE TRIGGER listing_title_words_inserted BEFORE INSERT ON listing FOR EACH ROW WHEN (NEW.title IS NOT NULL)
      EXECUTE FUNCTION set_title_words()
    `);
    await queryRunner.query(`
      CREATE TRIGGER listing_title_words_updated BEFORE UPDATE OF title ON listing FOR EACH ROW
      WHEN (NEW.title IS DISTINCT FROM OLD.title) EXECUTE FUNCTION set_title_words()
    `);
    await queryRunner.query(`
      CREATE INDEX listing_title_words_idx ON listing USING gin (title_words)
    `);
    await queryRunner.query(`
      CREATE TABLE listing_watch (
        listing_id integer NOT NULL,
        product_id uuid NOT NULL,
        CONSTRAINT listing_watch_pkey PRIMARY KEY (listing_id, product_id),
        CONSTRAINT listing_watch_listing_id_fkey FOREIGN KEY (listing_id) REFERENCES listing (id),
        CONSTRAINT listing_watch_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
      )
    `);
    await queryRunner.query(`
      CREATE INDEX listing_watch_product_id_idx ON listing_watch (product_id)
    `);
    await queryRunner.query(`
      CREATE TABLE competitor (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        product_id uuid NOT NULL,
        listing_id integer NOT NULL,
        status text NOT NULL,
        is_pinned boolean NOT NULL DEFAULT false,
        found_by text NOT NULL,
        similarity real,
        parts jsonb,
        created_at timestamp with time zone NOT NULL,
        updated_at timestamp with time zone NOT NULL,
        CONSTRAINT competitor_pkey PRIMARY KEY (id),
        CONSTRAINT competitor_product_id_listing_id_key UNIQUE (product_id, listing_id),
        CONSTRAINT competitor_status_check CHECK (status IN ('suggested', 'confirmed', 'dismissed')),
        CONSTRAINT competitor_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE,
        CONSTRAINT competitor_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE,
        CONSTRAINT competitor_listing_id_fkey FOREIGN KEY (listing_id) REFERENCES listing (id)
      )
    `);
    await queryRunner.query(`
      CREATE INDEX competitor_listing_id_idx ON competitor (listing_id)
    `);
    await queryRunner.query(`
      CREATE INDEX competitor_user_id_idx ON competitor (user_id)
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE competitor');
    await queryRunner.query('DROP TABLE listing_watch');
    await queryRunner.query('DROP TRIGGER listing_title_words_updated ON listing');
    await queryRunner.query('DROP TRIGGER listing_title_words_inserted ON listing');
    await queryRunner.query('DROP FUNCTION set_title_words()');
    await queryRunner.query('DROP INDEX listing_title_words_idx');
    await queryRunner.query('ALTER TABLE listing DROP COLUMN title_words');
    await queryRunner.query('DROP FUNCTION words_of(text)');
  }
}
