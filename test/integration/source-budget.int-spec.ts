import fc from 'fast-check';
import { Config } from '../../src/config/config';
import { readEnvironment } from '../../src/config/environment';
import { BudgetAccount, BudgetReading, SourceBudget } from '../../src/marketplace-data/source-budget';
import { Postgres } from '../../src/shared/database/postgres';
import { FixedClock } from '../support/clock';
import { createTestDatabase, TestDatabase } from '../support/database';

const MINUTE_MS = 60_000;

/** What the vendor says when it has served a call, on its `tick`th millisecond. */
const reading = (tick: number, tokensLeft: number, refillRate = 20, refillInMs = MINUTE_MS): BudgetReading => ({
  at: new Date(tick),
  tokensLeft,
  refillRate,
  refillInMs,
});

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
    await budget.learn(account, reading(0, tokensLeft, refillRate, MINUTE_MS / 2));
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
    await budget.settle(account, first, reading(1, 31));
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

  it('should count a call once whose answer a later one has overtaken', async () => {
    const account = await newAccount(100);
    const first = await granted(account, 50);
    const second = await granted(account, 40);
    await budget.settle(account, second, reading(2, 10));
    await budget.settle(account, first, reading(1, 50));
    await granted(account, 10);
    expect(await budget.reserve(account, 1)).toMatchObject({ granted: false });
  });

  it('should not take an early answer for the latest because its call was reserved last', async () => {
    const account = await newAccount(100);
    const reservedFirst = await granted(account, 50);
    const servedFirst = await granted(account, 40);
    await budget.settle(account, reservedFirst, reading(2, 10));
    await budget.settle(account, servedFirst, reading(1, 60));
    await granted(account, 10);
    expect(await budget.reserve(account, 1)).toMatchObject({ granted: false });
  });

  it('should believe the vendor again after its clock was far ahead', async () => {
    const account = await newAccount(100);
    await budget.settle(account, await granted(account, 50), reading(3_600_000, 50));
    await budget.settle(account, await granted(account, 50), reading(10, 7));
    await granted(account, 7);
    expect(await budget.reserve(account, 1)).toMatchObject({ granted: false });
  });

  it('should forget the reservation of a worker that died, with the next answer', async () => {
    const account = await newAccount(1000);
    await granted(account, 500);
    clock.advance(6);
    const next = await granted(account, 4);
    await budget.settle(account, next, reading(1, 1));
    expect(await budget.reserve(account, 1)).toMatchObject({ granted: true });
  });

  it('should never overdraw by more than one call, and know the bucket once all have answered, in whatever order', async () => {
    const dearest = 40;
    // Calls to reserve, to be served by the vendor and to be answered for, each picked among those that wait for it. The
    // vendor's clock may stand still from one call to the next.
    const steps = fc.array(
      fc.record({
        action: fc.constantFrom('reserve', 'serve', 'answer'),
        pick: fc.nat(),
        cost: fc.integer({ min: 1, max: dearest }),
        ticks: fc.constantFrom(0, 1),
      }),
      { minLength: 5, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (moves) => {
        const account = await newAccount(100, 0);
        let tokens = 100;
        let tick = 1;
        const reserved: { id: string; cost: number }[] = [];
        const served: { id: string; reading: BudgetReading }[] = [];
        const takeFrom = <T>(calls: T[], pick: number) => calls.splice(pick % Math.max(1, calls.length), 1)[0];
        const serve = (pick: number, ticks: number) => {
          const call = takeFrom(reserved, pick);
          if (!call) return;
          // Served while the bucket is above zero, else refused, as when a dearer call went first.
          if (tokens > 0) tokens -= call.cost;
          expect(tokens).toBeGreaterThan(-dearest);
          tick += ticks;
          served.push({ id: call.id, reading: reading(tick, tokens, 0) });
        };
        const answer = async (pick: number) => {
          const call = takeFrom(served, pick);
          if (call) await budget.settle(account, call.id, call.reading);
        };
        for (const { action, pick, cost, ticks } of moves) {
          if (action === 'serve') serve(pick, ticks);
          else if (action === 'answer') await answer(pick);
          else {
            const reservation = await budget.reserve(account, cost);
            if (reservation?.granted) reserved.push({ id: reservation.id, cost });
          }
        }
        while (reserved.length > 0) serve(0, 0);
        while (served.length > 0) await answer(0);
        const [bucket] = await database.dataSource.query<{ tokens: number }[]>(
          `SELECT tokens FROM source_budget WHERE account = $1`,
          [account.account],
        );
        expect(bucket).toEqual({ tokens });
      }),
      { numRuns: 60 },
    );
  });

  it('should never let workers at once overdraw by more than one call', async () => {
    const account = await newAccount(100);
    // The vendor's own bucket, and how low it went.
    let tokens = 100;
    let tick = 0;
    const worker = async (cost: number) => {
      for (let call = 0; call < 5; call++) {
        const reservation = await budget.reserve(account, cost);
        if (!reservation?.granted) return;
        await new Promise(setImmediate);
        tokens -= cost;
        await budget.settle(account, reservation.id, reading(++tick, tokens));
      }
    };
    await Promise.all(Array.from({ length: 10 }, () => worker(16)));
    // Seven calls of 16 take 100 to -12.
    expect(tokens).toBe(-12);
  });
});
