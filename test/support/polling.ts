import { setTimeout as sleep } from 'node:timers/promises';

/** Looks until `look` gives something, for what happens in the background; fails after the deadline. */
export async function eventually<T>(
  look: () => Promise<T | undefined | false | null>,
  what: string,
  deadlineMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited ${deadlineMs} ms for ${what}`);
    await sleep(25);
  }
}
