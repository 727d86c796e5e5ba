import { ThrottlerStorage } from '@nestjs/throttler';
import { LRUCache } from 'lru-cache';

/** Callers counted at a time; those that came longest ago are forgotten first. */
const MAX_CALLERS = 100_000;

type Record = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Counts hits in fixed windows, as the storage in Redis does, at the same cost whatever the count. The library's own storage
 * keeps every hit and walks through all of them with each new one.
 */
export class WindowCounter implements ThrottlerStorage {
  private readonly windows = new LRUCache<string, { hits: number; endsAt: number }>({ max: MAX_CALLERS });

  increment(key: string, ttl: number, limit: number): Promise<Record> {
    const now = Date.now();
    let window = this.windows.get(key);
    if (window === undefined || window.endsAt <= now) {
      window = { hits: 0, endsAt: now + ttl };
      this.windows.set(key, window);
    }
    window.hits += 1;
    const timeToExpire = Math.ceil((window.endsAt - now) / 1000);
    const isBlocked = window.hits > limit;
    return Promise.resolve({
      totalHits: window.hits,
      timeToExpire,
      isBlocked,
      timeToBlockExpire: isBlocked ? timeToExpire : 0,
    });
  }
}
