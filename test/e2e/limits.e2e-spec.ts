import { startTestApp, TestApp } from '../support/app';

describe('limits', () => {
  let api: TestApp;
  afterEach(() => api.close());

  it('should stop the sixth wrong login of an account within a minute and say when to come back', async () => {
    api = await startTestApp({ env: { LIMIT_LOGIN_PER_MINUTE: '5' } });
    const attempt = () => api.call('post', '/auth/token').send({ username: 'victim', password: 'guess' });
    const statuses: number[] = [];
    for (let index = 0; index < 5; index++) statuses.push((await attempt()).status);
    const sixth = await attempt();
    expect(statuses).toEqual([401, 401, 401, 401, 401]);
    expect(sixth.status).toBe(429);
    expect(Number(sixth.headers['retry-after'])).toBeGreaterThan(0);
    expect((sixth.body as { errorCode: string }).errorCode).toBe('rate_limited');
  });

  it('should count an account also when the guesses come from many addresses', async () => {
    api = await startTestApp({ env: { LIMIT_LOGIN_PER_MINUTE: '5', TRUST_PROXY: 'true' } });
    const statuses: number[] = [];
    for (let index = 0; index < 6; index++) {
      const guess = api.call('post', '/auth/token').set('X-Forwarded-For', `203.0.113.${String(index)}`);
      statuses.push((await guess.send({ username: index % 2 ? 'victim' : 'VICTIM', password: 'guess' })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it('should not believe a forwarded address unless a proxy is trusted', async () => {
    api = await startTestApp({ env: { LIMIT_LOGIN_PER_MINUTE: '2' } });
    const statuses: number[] = [];
    for (let index = 0; index < 3; index++) {
      const guess = api.call('post', '/auth/token').set('X-Forwarded-For', `203.0.113.${String(index)}`);
      statuses.push((await guess.send({ username: `somebody${String(index)}`, password: 'guess' })).status);
    }
    expect(statuses).toEqual([401, 401, 429]);
  });

  it('should count product reads per user and show what is left', async () => {
    api = await startTestApp({ env: { LIMIT_PRODUCT_READS_PER_MINUTE: '2' } });
    const one = await api.login('one');
    const two = await api.login('two');
    const first = await api.call('get', '/products', one.token);
    await api.call('get', '/products', one.token);
    const third = await api.call('get', '/products', one.token);
    const other = await api.call('get', '/products', two.token);
    expect(first.headers).toMatchObject({
      'x-ratelimit-limit': '100000',
      'x-ratelimit-limit-product-reads': '2',
      'x-ratelimit-remaining-product-reads': '1',
    });
    expect([third.status, other.status]).toEqual([429, 200]);
  });

  it('should count password changes for each user', async () => {
    api = await startTestApp({ env: { LIMIT_LOGIN_PER_MINUTE: '4' } });
    const users = [await api.login('first'), await api.login('second')];
    const change = async (token = '') => {
      const body = { currentPassword: 'not it', newPassword: 'another one of mine' };
      return (await api.call('post', '/users/me/password', token).send(body)).status;
    };
    const [first, second] = users.map(({ token }) => token);
    const statuses = [];
    for (const token of [first, first, first, first, first, second]) statuses.push(await change(token));
    expect(statuses).toEqual([422, 422, 422, 422, 429, 422]);
  });
});
