import { MigrationInterface, QueryRunner } from 'typeorm';

/** Whoever remembers who a token stands for is told when that changes, whichever statement changed it. */
export class NotifiedRevocations1795590000007 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION notify_identity_changed() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('identity_changed', CASE TG_TABLE_NAME WHEN 'app_user' THEN to_jsonb(OLD)->>'id' ELSE to_jsonb(OLD)->>'user_id' END);
        RETURN NULL;
      END $$
    `);
    await queryRunner.query(`
      CREATE TRIGGER app_user_identity_changed AFTER UPDATE OF role, is_active OR DELETE ON app_user
      FOR EACH ROW EXECUTE FUNCTION notify_identity_changed()
    `);
    await queryRunner.query(`
      CREATE TRIGGER auth_session_identity_changed AFTER UPDATE OF revoked_at OR DELETE ON auth_session
      FOR EACH ROW EXECUTE FUNCTION notify_identity_changed()
    `);
    await queryRunner.query(`
      CREATE TRIGGER api_key_identity_changed AFTER UPDATE OF scopes OR DELETE ON api_key
      FOR EACH ROW EXECUTE FUNCTION notify_identity_changed()
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TRIGGER api_key_identity_changed ON api_key');
    await queryRunner.query('DROP TRIGGER auth_session_identity_changed ON auth_session');
    await queryRunner.query('DROP TRIGGER app_user_identity_changed ON app_user');
    await queryRunner.query('DROP FUNCTION notify_identity_changed()');
  }
}
