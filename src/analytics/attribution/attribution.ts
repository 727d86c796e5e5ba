import { CoincidentEvent, coincidences } from './coincidences';
import { Change, Daily, factorsOf, knownDays, OwnSeries, RivalSeries, Window } from './factors';
import { CONTROL_DAYS, controlsOf, FEWEST_CONTROLS, marketDrift, missingForControls } from './market';
import { Attribution, told } from './parts';
import { select } from './selection';
import { asSteps, nuisance, termsOf } from './terms';

export interface AttributionInput {
  /** Ranks are better the lower they are, units a day the higher. */
  quantity: 'bsr' | 'units';
  /** Of the product, one for each day, oldest first; all series of the input are of the same days. */
  outcome: Daily;
  /** The days from `from` up to `day` are compared with those from `day` up to `to`. */
  change: Change;
  own: OwnSeries;
  rivals: readonly RivalSeries[];
}

export interface Coincidences {
  status: 'coincidences';
  /** That this is no attribution, and why. */
  statement: string;
  /** In the order of time. */
  events: CoincidentEvent[];
  /** What of the factors is not known. */
  missing: string[];
  /** Known days of the rivals after which there are enough of them, at least; null where days alone will not do. */
  missingDays: number | null;
}

/** Of what there is to explain, too little is known. */
export interface NoAttribution {
  status: 'refused';
  missing: string[];
  /** More known days of the outcome that would do, at least; null where they would have to be before the change or another one has come since. */
  missingDays: number | null;
}

/** Known days on each side: what holds for less is no level. */
const FEWEST_DAYS = 5;
/** And in all, for the noise to be known. */
const FEWEST_KNOWN = 28;
/** Days before the window that still tell of noise and of what causes did. */
const HISTORY_DAYS = 60;
/** Days before the change in which what a factor did is looked at. */
const MEMORY_DAYS = 45;
/** What stands for no units at all, which have no logarithm (Haldane 1956, "The estimation and significance of the logarithm of a ratio of frequencies"). */
const HALF = 0.5;

/**
 * What moved BSR, or units a day, at a change: how much of it each cause contributed in logarithms, and what remains unexplained.
 *
 * Regression on the series before and after the change with first-order autoregressive noise. Causes enter by Bayesian variable selection
 * (spike and slab: George and McCulloch 1993, "Variable selection via Gibbs sampling"; averaged over models: Hoeting et al. 1999, "Bayesian model
 * averaging: a tutorial"), as they do in CausalImpact (Brodersen et al. 2015, "Inferring causal impact using Bayesian structural time-series
 * models"). The market is one of them: the drift of rivals as controls (difference in differences). A cause competes with the others, with noise,
 * and with a change of level that nothing recorded explains; it can explain the more, the more it moved itself, and only in the direction in which
 * it acts. Same input, same answer. How often it is right, and how often an interval holds the truth, is measured by `npm run bench:attribution`.
 * @returns coincident events instead with fewer than 3 controls; with fewer than 5 known days on a side, or 28 in all, what is missing
 */
export function attribute(input: AttributionInput): Attribution | Coincidences | NoAttribution {
  const { change, quantity } = input;
  const before = { from: change.from, to: change.day };
  const after = { from: change.day, to: change.to };
  const windows = [before, after];
  // As logarithms, worse upwards whatever the quantity.
  const sign = quantity === 'bsr' ? 1 : -1;
  const outcome = input.outcome.map((value) => (value === null ? null : sign * Math.log(value > 0 ? value : HALF)));
  const tooFew = missingOutcome(outcome, windows, quantity);
  const isOpen = change.to >= outcome.length;
  if (tooFew.missing.length > 0) {
    return { status: 'refused', missing: tooFew.missing, missingDays: isOpen ? tooFew.days : null };
  }
  const controls = controlsOf(input.rivals, windows);
  const { factors, missing } = factorsOf(input.own, input.rivals, windows);
  if (controls.length < FEWEST_CONTROLS) {
    return {
      status: 'coincidences',
      statement: `No attribution: that needs ${FEWEST_CONTROLS} rivals with ${CONTROL_DAYS} known days of BSR, and there ${controls.length === 1 ? 'is' : 'are'} ${controls.length}. These events came at about the time of the change; that they caused it is not said.`,
      events: coincidences(factors, change.day),
      missing,
      missingDays: missingForControls(input.rivals, windows, isOpen),
    };
  }
  const { market, used } = marketDrift(controls, windows);
  const begin = Math.max(0, Math.min(change.from, change.day - MEMORY_DAYS));
  const causes = [
    ...factors.map((factor) => ({ ...factor, signal: asSteps(factor.signal, factor.wobble, begin, change.to) })),
    market,
  ];
  const first = Math.max(0, begin - HISTORY_DAYS);
  const days = outcome.flatMap((value, day) => (value !== null && day >= first && day < after.to ? [day] : []));
  const at = (values: Float64Array) => Float64Array.from(days, (day) => values[day] ?? 0);
  const terms = termsOf(causes, change, first).map((term) => ({ ...term, values: at(term.values) }));
  const selection = select(
    days,
    Float64Array.from(days, (day) => outcome[day] ?? 0),
    nuisance(days, outcome, begin, first),
    terms,
  );
  return told(selection, terms, causes, { days, before, after, outcome, sign, missing, controls: used });
}

function missingOutcome(outcome: Daily, windows: readonly Window[], quantity: string) {
  const name = quantity === 'bsr' ? 'BSR' : 'units';
  const [before = 0, after = 0] = windows.map(({ from, to }) => knownDays(outcome.slice(from, to)));
  const needs = (more: number, where: string) =>
    more > 0 ? [`needs ${more} more known ${more === 1 ? 'day' : 'days'} of ${name} ${where} the change`] : [];
  const [earlier, later] = [FEWEST_DAYS - before, FEWEST_DAYS - after];
  const missing = [...needs(earlier, 'before'), ...needs(later, 'after')];
  const around =
    FEWEST_KNOWN - knownDays(outcome.slice(Math.max(0, (windows[0]?.from ?? 0) - HISTORY_DAYS), windows[1]?.to));
  return {
    missing: missing.length > 0 ? missing : needs(around, 'around'),
    days: earlier > 0 ? null : Math.max(later, around),
  };
}
