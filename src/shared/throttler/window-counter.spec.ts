import { WindowCounter } from './window-counter';

describe('WindowCounter', () => {
  beforeEach(() => jest.useFakeTimers({ now: 0 }));
  afterEach(() => jest.useRealTimers());

  it('should let as many through as the limit says, and say when the window ends', async () => {
    const counter = new WindowCounter();
    const blocked = [];
    for (let hit = 0; hit < 3; hit++) blocked.push((await counter.increment('a', 60_000, 2)).isBlocked);
    expect(blocked).toEqual([false, false, true]);
    jest.setSystemTime(45_500);
    expect(await counter.increment('a', 60_000, 2)).toMatchObject({ totalHits: 4, timeToBlockExpire: 15 });
  });

  it('should start anew when the window is over, and count each key by itself', async () => {
    const counter = new WindowCounter();
    await counter.increment('a', 60_000, 1);
    jest.setSystemTime(60_000);
    expect((await counter.increment('a', 60_000, 1)).totalHits).toBe(1);
    expect((await counter.increment('b', 60_000, 1)).totalHits).toBe(1);
  });
});
