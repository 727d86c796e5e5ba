import { mean, median } from 'simple-statistics';
import { interquartileMean } from '../interquartile-mean';
import { Daily, Factor, knownDays, RivalSeries, Window } from './factors';

/** Days of BSR that make a rival a control, and how many controls make an attribution. */
export const CONTROL_DAYS = 60;
export const FEWEST_CONTROLS = 3;
/** Days known in each window. */
const FEWEST_IN_WINDOW = 3;
/** A rival that itself moved by more around the change shows what that did, and no drift. */
const MOST_OWN_PRICE = 0.08;
const LEAST_PRESENCE = 0.875;
/** How far the product may be from taking part in the drift as the controls do, and how likely it takes part at all. */
const LOADING_DEVIATION = 0.35;
const SHARE = 0.3;

/** Rivals whose BSR is known well enough to show the drift of the market. */
export function controlsOf(rivals: readonly RivalSeries[], windows: readonly Window[]): RivalSeries[] {
  return rivals.filter(
    ({ bsr }) =>
      knownDays(bsr) >= CONTROL_DAYS &&
      windows.every(({ from, to }) => knownDays(bsr.slice(from, to)) >= FEWEST_IN_WINDOW),
  );
}

/**
 * More known days after which there would be enough controls, at least.
 * @param isOpen days to come are of the window after the change
 * @returns null where there are too few rivals whose BSR is known before the change
 */
export function missingForControls(
  rivals: readonly RivalSeries[],
  [before, after]: readonly Window[],
  isOpen: boolean,
): number | null {
  const needed = rivals.flatMap(({ bsr }) => {
    const inWindow = (window: Window | undefined) => FEWEST_IN_WINDOW - knownDays(bsr.slice(window?.from, window?.to));
    if (inWindow(before) > 0 || (inWindow(after) > 0 && !isOpen)) return [];
    return [Math.max(0, CONTROL_DAYS - knownDays(bsr), inWindow(after))];
  });
  return needed.sort((a, b) => a - b)[FEWEST_CONTROLS - 1] ?? null;
}

/**
 * Drift of the market in log BSR, for each day: the middle of the controls, each beside its own level (the parallel trends of difference in
 * differences), interquartile mean or, of fewer than four, median, which one that goes its own way does not move. Controls with a price or a
 * stock-out of their own around the change are left out as long as two remain.
 */
export function marketDrift(controls: readonly RivalSeries[], windows: readonly Window[]) {
  const quiet = controls.filter((control) => !movedItself(control, windows));
  const used = quiet.length >= 2 ? quiet : controls;
  const [before, after] = windows;
  const beside = used.map(({ bsr }) => {
    const logarithms = bsr.map((rank) => (rank === null ? null : Math.log(rank)));
    const known = logarithms.slice(before?.from, after?.to).filter((value) => value !== null);
    const level = mean(known);
    return logarithms.map((value) => (value === null ? null : value - level));
  });
  const days = Math.max(0, ...controls.map(({ bsr }) => bsr.length));
  let last = 0;
  const values = Float64Array.from({ length: days }, (_, day) => {
    const known = beside.flatMap((series) => series[day] ?? []);
    if (known.length > 0) last = known.length < 4 ? median(known) : interquartileMean(known);
    return last;
  });
  const market: Factor = {
    cause: 'market',
    rival: null,
    series: 'bsr',
    values: [...values].map(Math.exp),
    signal: values,
    scale: LOADING_DEVIATION,
    share: SHARE,
    wobble: 0,
  };
  return { market, used: used.map(({ id }) => id) };
}

function movedItself({ price, inStock }: RivalSeries, windows: readonly Window[]): boolean {
  const [before, after] = windows;
  const level = (values: Daily, window: Window | undefined) => {
    const known = values.slice(window?.from, window?.to).filter((value) => value !== null);
    return known.length > 0 ? mean(known) : null;
  };
  const [priceBefore, priceAfter] = [level(price, before), level(price, after)];
  const [thereBefore, thereAfter] = [level(inStock, before), level(inStock, after)];
  const priced =
    priceBefore !== null && priceAfter !== null && Math.abs(Math.log(priceAfter / priceBefore)) > MOST_OWN_PRICE;
  const absent = Math.min(thereBefore ?? 1, thereAfter ?? 1) < LEAST_PRESENCE;
  return priced || absent;
}
