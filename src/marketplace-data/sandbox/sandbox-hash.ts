// A name of its own, as looking up a global in the innermost loop is slow where globals are guarded (Jest's contexts).
const { imul } = Math;

/**
 * Numbers that look random and depend on nothing but their keys: FNV-1a over the text of the keys, then the finaliser of
 * MurmurHash3 (Appleby, public domain), which spreads every input bit over the whole result.
 */
export function hash(...keys: (string | number)[]): number {
  let state = 0x811c9dc5;
  for (const key of keys) {
    const text = `${key}|`;
    for (let index = 0; index < text.length; index++) {
      state = imul(state ^ text.charCodeAt(index), 0x01000193);
    }
  }
  state = imul(state ^ (state >>> 16), 0x85ebca6b);
  state = imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** In [0, 1). */
export function unit(...keys: (string | number)[]): number {
  return hash(...keys) / 0x1_0000_0000;
}

/** In [low, high). */
export function between(low: number, high: number, ...keys: (string | number)[]): number {
  return low + (high - low) * unit(...keys);
}

export function pick<T>(list: readonly T[], ...keys: (string | number)[]): T {
  const item = list[hash(...keys) % list.length];
  if (item === undefined) throw new Error('cannot pick from nothing');
  return item;
}
