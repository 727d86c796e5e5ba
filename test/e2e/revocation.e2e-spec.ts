import { IdentityChanges } from '../../src/auth/identity-changes';
import { Answer, startTestApp, TestApp } from '../support/app';
import { createTestDatabase, TestDatabase } from '../support/database';
import { eventually } from '../support/polling';
import { ScriptedSource } from '../support/scripted-source';

/** Two processes: what one ends, the other must refuse within a second, although it remembers who tokens stand for. */
describe('revocation across processes', () => {
  let database: TestDatabase;
  let one: TestApp;
  let other: TestApp;
  let users = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    const options = { databaseUrl: database.url, sources: [new ScriptedSource()] };
    one = await startTestApp(options);
    other = await startTestApp(options);
    for (const { app } of [one, other]) {
      await eventually(() => Promise.resolve(app.get(IdentityChanges).isHeard), 'the line to the database');
    }
  });
  afterAll(async () => {
    await one.close();
    await other.close();
    await database.drop();
  });

  const newLogin = () => one.login(`user-${++users}`);
  const statusAt = async (app: TestApp, path: string, token: string) =>
    ((await app.call('get', path, token)) as Answer).status;
  const answersWithinASecond = (path: string, token: string, status: number) =>
    eventually(async () => (await statusAt(other, path, token)) === status, `a ${status}`, 1000);
  /** Asked twice, so that the second answer comes from what was remembered. */
  const use = async (path: string, token: string) => {
    expect([await statusAt(other, path, token), await statusAt(other, path, token)]).toEqual([200, 200]);
  };

  it('should remember who a token stands for', async () => {
    const { token } = await newLogin();
    await use('/users/me', token);
    const queries = jest.spyOn(other.postgres, 'query');
    await statusAt(other, '/products', token);
    expect(
      queries.mock.calls.map(([statement]) => (typeof statement === 'string' ? '' : statement.name)),
    ).not.toContain('session-identity');
    queries.mockRestore();
  });

  it('should end with a logout', async () => {
    const { token } = await newLogin();
    await use('/users/me', token);
    await one.call('post', '/auth/logout', token);
    expect(await statusAt(one, '/users/me', token)).toBe(401);
    expect(await answersWithinASecond('/users/me', token, 401)).toBe(true);
  });

  it('should end with a deactivation', async () => {
    const { token, userId } = await newLogin();
    await use('/users/me', token);
    await one.postgres.query('UPDATE app_user SET is_active = false WHERE id = $1', [userId]);
    expect(await answersWithinASecond('/users/me', token, 401)).toBe(true);
  });

  it('should take a role back', async () => {
    const { token, userId } = await newLogin();
    await one.postgres.query(`UPDATE app_user SET role = 'admin' WHERE id = $1`, [userId]);
    await use('/admin/schedules', token);
    await one.postgres.query(`UPDATE app_user SET role = 'user' WHERE id = $1`, [userId]);
    expect(await answersWithinASecond('/admin/schedules', token, 403)).toBe(true);
  });

  it('should end a key that is deleted', async () => {
    const { token } = await newLogin();
    const { body } = (await one.call('post', '/users/me/api-keys', token).send({ name: 'program' })) as Answer;
    const { id, key } = body as { id: string; key: string };
    const withKey = async () => ((await other.call('get', '/users/me').set('X-API-Key', key)) as Answer).status;
    expect([await withKey(), await withKey()]).toEqual([200, 200]);
    await one.call('delete', `/users/me/api-keys/${id}`, token);
    await eventually(async () => (await withKey()) === 401, 'the refusal', 1000);
  });

  it('should remember nothing while it cannot hear the database', async () => {
    const { token, userId } = await newLogin();
    await use('/users/me', token);
    await database.dataSource.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'amazon-insights identity_changed' AND datname = current_database()`,
    );
    await one.postgres.query('UPDATE app_user SET is_active = false WHERE id = $1', [userId]);
    expect(await answersWithinASecond('/users/me', token, 401)).toBe(true);
    await eventually(() => Promise.resolve(other.app.get(IdentityChanges).isHeard), 'the line to the database');
  });

  it('should not remember a token longer than it lives', async () => {
    const app = await startTestApp({
      databaseUrl: database.url,
      sources: [new ScriptedSource()],
      env: { ACCESS_TOKEN_SECONDS: '60' },
    });
    try {
      await eventually(() => Promise.resolve(app.app.get(IdentityChanges).isHeard), 'the line to the database');
      const { token } = await app.login(`user-${++users}`);
      expect(await statusAt(app, '/users/me', token)).toBe(200);
      jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 61_000);
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
      expect(await statusAt(app, '/users/me', token)).toBe(401);
    } finally {
      jest.restoreAllMocks();
      await app.close();
    }
  });
});
