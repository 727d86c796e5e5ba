import { MigrationInterface, QueryRunner } from 'typeorm';

/** Insights that wait, by how long they have: the schedule that asks for them again reads no others. */
export class IndexedWaitingInsights1795800000024 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX insight_waiting_idx ON insight (requested_at, id) WHERE state = 'queued'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX insight_waiting_idx`);
  }
}
