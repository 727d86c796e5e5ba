import { MigrationInterface, QueryRunner } from 'typeorm';

/** What a listing's page says beside its title: content is compared, and bullets tell what is alike. */
export class KeptListingContent1795700000011 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE listing ADD image_count smallint, ADD bullets text array`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE listing DROP bullets, DROP image_count`);
  }
}
