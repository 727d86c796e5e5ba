import { Config } from '../../src/config/config';
import { readEnvironment } from '../../src/config/environment';
import { BudgetAccount, Reservation, SourceBudget } from '../../src/marketplace-data/source-budget';
import { Postgres } from '../../src/shared/database/postgres';
import { FixedClock } from '../support/clock';
import { createTestDatabase, TestDatabase } from '../support/database';

const MINUTE_MS = 60_000;

describe('SourceBudget', () => {
  let database: TestDatabase;
  let budget: SourceBudget;
  let accounts = 0;
  const clock = new FixedClock();

  beforeAll(async () => {
    database = await createTestDatabase();
    const env = readEnvironment({ NODE_ENV: 'test', JWT_SECRET: 'only for tests, and long enough for them' });
    budget = new SourceBudget(new Postgres(database.dataSource, new Config(env, database.url)), clock);
  });
  afterAll(() => database.drop());

  /** A bucket of its own with so many tokens, 20 more a minute, the next in half a minute. */
  async function newAccount(tokensLeft: number, refillRate = 20): Promise<BudgetAccount> {
    const account: BudgetAccount = { source: 'keepa', account: `test-${++accounts}` };
    await budget.learn(account, { tokensLeft, refillRate, refillInMs: MINUTE_MS / 2 });
    return account;
  }

  async function granted(account: BudgetAccount, cost: number): Promise<string> {
    const reservation = await budget.reserve(account, cost);
    if (!reservation?.granted) throw new Error('not granted');
    return reservation.id;
  }

  const waitOf = async (account: BudgetAccount) => {
    const reservation = await budget.reserve(account, 1);
    return reservation?.granted === false ? reservation.waitMs : reservation;
  };

  it('should say that it knows nothing of a new account', async () => {
    expect(await budget.reserve({ source: 'keepa', account: 'never seen' }, 1)).toBeNull();
  });

  it('should grant a call that costs more than there is, and no other after it', async () => {
    const account = await newAccount(1);
    await granted(account, 400);
    expect(await budget.reserve(account, 1)).toMatchObject({ granted: false });
  });

  it('should wait for the refill that lifts the bucket above zero', async () => {
    // -45 with 20 a minute: above zero with the third refill, the first of which comes in 30 s.
    expect(await waitOf(await newAccount(-45))).toBe(2.5 * MINUTE_MS);
  });

  it('should still refuse a millisecond before that refill, and grant at it', async () => {
    const account = await newAccount(-45);
    const start = clock.now().getTime();
    clock.set(new Date(start + 2.5 * MINUTE_MS - 1));
    expect(await budget.reserve(account, 1)).toMatchObject({ granted: false, waitMs: 1 });
    clock.set(new Date(start + 2.5 * MINUTE_MS));
    expect(await budget.reserve(account, 1)).toMatchObject({ granted: true });
  });

  it('should never divide by a refill rate of zero', async () => {
    expect(await waitOf(await newAccount(0, 0))).toBe(MINUTE_MS);
  });

  it('should keep at most sixty refills, however long nobody asked', async () => {
    const account = await newAccount(-100);
    clock.advance(24 * 60);
    await granted(account, 1199);
    await granted(account, 1);
    expect(await budget.reserve(account, 1)).toMatchObject({ granted: false });
  });

  it('should take what the vendor said, less what other calls have reserved', async () => {
    const account = await newAccount(100);
    const first = await granted(account, 60);
    await granted(account, 30);
    await budget.settle(account, first, { tokensLeft: 31, refillRate: 20, refillInMs: MINUTE_MS });
    await granted(account, 1);
    expect(await budget.reserve(account, 1)).toMatchObject({ granted: false });
  });

  it('should give back what a refused call would have cost', async () => {
    const account = await newAccount(10);
    await budget.settle(account, await granted(account, 400), 'refused');
    expect(await budget.reserve(account, 1)).toMatchObject({ granted: true });
  });

  it('should count a call that nobody knows the outcome of', async () => {
    const account = await newAccount(10);
    await budget.settle(account, await granted(account, 400), 'unknown');
    expect(await budget.reserve(account, 1)).toMatchObject({ granted: false });
  });

  it('should not believe an answer that a later one has overtaken', async () => {
    const account = await newAccount(100);
    const early = await granted(account, 50);
    const late = await granted(account, 40);
    await budget.settle(account, late, { tokensLeft: 10, refillRate: 20, refillInMs: MINUTE_MS });
    await budget.settle(account, early, { tokensLeft: 60, refillRate: 20, refillInMs: MINUTE_MS });
    expect(await budget.reserve(account, 1)).toMatchObject({ granted: false });
  });

  it('should forget the reservation of a worker that died, with the next answer', async () => {
    const account = await newAccount(1000);
    await granted(account, 500);
    clock.advance(6);
    const next = await granted(account, 4);
    await budget.settle(account, next, { tokensLeft: 1, refillRate: 20, refillInMs: MINUTE_MS });
    expect(await budget.reserve(account, 1)).toMatchObject({ granted: true });
  });

  it('should never let workers at once overdraw by more than one call', async () => {
    const account = await newAccount(100);
    // The vendor's own bucket, and how low it went.
    let tokens = 100;
    let lowest = tokens;
    const worker = async (cost: number) => {
      for (let call = 0; call < 5; call++) {
        const reservation: Reservation | null = await budget.reserve(account, cost);
        if (!reservation?.granted) return;
        await new Promise(setImmediate);
        tokens -= cost;
        lowest = Math.min(lowest, tokens);
        await budget.settle(account, reservation.id, { tokensLeft: tokens, refillRate: 20, refillInMs: MINUTE_MS });
      }
    };
    await Promise.all(Array.from({ length: 10 }, () => worker(16)));
    // Seven calls of 16 take 100 to -12; an answer that was overtaken may leave the last of them for later.
    expect(lowest).toBeGreaterThanOrEqual(-12);
    expect(lowest).toBeLessThan(100);
  });
});
