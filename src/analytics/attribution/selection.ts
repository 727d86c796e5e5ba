import { errorFunction } from 'simple-statistics';

/** One way in which a cause may have acted. */
export interface Term {
  /** Which cause it is a form of; a model holds one form of each. */
  cause: number;
  values: Float64Array;
  /** Normal prior of its effect. */
  mean: number;
  scale: number;
  /** Whether the effect cannot be below 0. */
  signed: boolean;
  /** Prior probability that the cause acts, in this form. */
  logOdds: number;
}

/** A model at a correlation: its share of the posterior, and the effects in it. */
interface Component {
  weight: number;
  /** Those of one component go together by `correlations`, which are by place of the other effect. */
  effects: { term: number; mean: number; deviation: number; correlations: number[] }[];
}

export interface Selection {
  components: Component[];
  /** Log evidence of the model, prior included, for comparisons with the same data. */
  evidence(terms: readonly number[]): number;
  /** Terms of the most probable model. */
  best: number[];
}

const CORRELATIONS = [0.15, 0.45, 0.65, 0.8, 0.92];
/** Of a column, below which it is one of those before it. */
const NOTHING = 1e-8;
/** Of them those that matter once single terms were tried. */
const KEPT_CORRELATIONS = 2;
const KEPT_FORMS = 2;
/** Models of each size that are looked at with one more term. */
const BEAM = 12;
const LARGEST_MODEL = 4;
/** How large an effect is, once it is chosen, is told by the data: a prior that is wider by this hardly draws it in. */
const ESTIMATE_WIDENED = 2;
const MAD_TO_SD = 1.4826;
/** Models of less than this share of the best one are left out (Occam's window: Madigan and Raftery 1994). */
const OCCAM = 1e-3;

/**
 * @param days places of the values, ascending; gaps between them are fine
 * @param nuisance columns whose effects are of no interest and have no prior
 */
export function select(
  days: readonly number[],
  outcome: Float64Array,
  nuisance: readonly Float64Array[],
  terms: readonly Term[],
): Selection {
  const all = CORRELATIONS.map((correlation) => new Whitened(days, outcome, nuisance, terms, correlation));
  // Which forms and correlations matter at all, by each term alone.
  const single = terms.map((_, term) => all.map((whitened) => whitened.fit([term])?.evidence ?? -Infinity));
  const none = all.map((whitened) => whitened.fit([])?.evidence ?? -Infinity);
  const byCorrelation = all.map((_, index) =>
    logSum([none[index] ?? -Infinity, ...single.map((each) => each[index] ?? -Infinity)]),
  );
  const kept = largest(byCorrelation, KEPT_CORRELATIONS).flatMap((index) => all[index] ?? []);
  const strengths = single.map(logSum);
  const candidates = [...new Set(terms.map(({ cause }) => cause))].flatMap((cause) => {
    const forms = terms.flatMap((term, index) => (term.cause === cause ? [index] : []));
    const ofForms = forms.map((index) => strengths[index] ?? -Infinity);
    return largest(ofForms, KEPT_FORMS).map((place) => forms[place] ?? 0);
  });
  const known = new Map<string, Fitted>();
  const fitted = (model: readonly number[]): Fitted => {
    const key = model.join();
    let found = known.get(key);
    if (!found) {
      const fits = kept.map((whitened) => whitened.fit(model));
      found = { model: [...model], fits, evidence: logSum(fits.map((fit) => fit?.evidence ?? -Infinity)) };
      known.set(key, found);
    }
    return found;
  };
  let layer = [fitted([])];
  for (let size = 1; size <= LARGEST_MODEL; size++) {
    const next = new Map<string, Fitted>();
    for (const { model } of layer) {
      for (const term of candidates) {
        if (model.some((each) => terms[each]?.cause === terms[term]?.cause)) continue;
        const larger = [...model, term].sort((a, b) => a - b);
        const key = larger.join();
        if (!next.has(key)) next.set(key, fitted(larger));
      }
    }
    layer = [...next.values()].sort((a, b) => b.evidence - a.evidence).slice(0, BEAM);
    const top = Math.max(...[...known.values()].map(({ evidence }) => evidence));
    if ((layer[0]?.evidence ?? -Infinity) < top + Math.log(OCCAM)) break;
  }
  const models = [...known.values()].sort((a, b) => b.evidence - a.evidence);
  const top = models[0]?.evidence ?? 0;
  const inside = models.filter(({ evidence }) => evidence > top + Math.log(OCCAM));
  const total = logSum(inside.map(({ evidence }) => evidence));
  const components = inside.flatMap(({ model, fits }) =>
    fits.flatMap((chosen, place) => {
      const weight = chosen ? Math.exp(chosen.evidence - total) : 0;
      if (weight < OCCAM / 10) return [];
      const fit = kept[place]?.fit(model, ESTIMATE_WIDENED) ?? null;
      if (!fit) return [];
      return [
        {
          weight,
          effects: model.map((term, place) => ({
            term,
            mean: fit.means[place] ?? 0,
            deviation: fit.deviations[place] ?? 0,
            correlations: fit.correlations[place] ?? [],
          })),
        },
      ];
    }),
  );
  const sum = components.reduce((weights, { weight }) => weights + weight, 0);
  return {
    components: components.map((component) => ({ ...component, weight: component.weight / sum })),
    evidence: (model) => fitted(model.toSorted((a, b) => a - b)).evidence,
    best: models[0]?.model ?? [],
  };
}

interface Fit {
  evidence: number;
  means: number[];
  deviations: number[];
  correlations: number[][];
}

interface Fitted {
  model: number[];
  fits: (Fit | null)[];
  evidence: number;
}

/** The data freed of a correlation and of the nuisance. */
class Whitened {
  private readonly columns: Float64Array[];
  private readonly moments: Float64Array;
  private readonly squares: number;
  private readonly freedoms: number;
  private readonly constant: number;
  private readonly precisions: Float64Array;
  /** Products of columns, as far as they were asked for. */
  private readonly gram: Float64Array;

  constructor(
    days: readonly number[],
    outcome: Float64Array,
    nuisance: readonly Float64Array[],
    private readonly terms: readonly Term[],
    correlation: number,
  ) {
    const pasts = Float64Array.from(days, (day, index) =>
      index === 0 ? 0 : correlation ** (day - (days[index - 1] ?? day)),
    );
    const spreads = pasts.map((past) => Math.sqrt(1 - past * past));
    const basis: Float64Array[] = [];
    const freed = (values: Float64Array) => {
      const left = new Float64Array(values.length);
      let last = 0;
      for (let index = 0; index < values.length; index++) {
        const value = values[index] ?? 0;
        left[index] = (value - (pasts[index] ?? 0) * last) / (spreads[index] ?? 1);
        last = value;
      }
      for (const each of basis) {
        const share = dot(left, each);
        for (let index = 0; index < left.length; index++) left[index] = (left[index] ?? 0) - share * (each[index] ?? 0);
      }
      return left;
    };
    let constant = -spreads.reduce((sum, spread) => sum + Math.log(spread), 0);
    for (const column of nuisance) {
      const rest = freed(column);
      const length = Math.sqrt(dot(rest, rest));
      if (length <= NOTHING * Math.sqrt(dot(column, column))) continue;
      constant -= Math.log(length);
      basis.push(rest.map((value) => value / length));
    }
    const left = freed(outcome);
    this.columns = terms.map(({ values }) => freed(values));
    this.squares = dot(left, left);
    this.freedoms = days.length - basis.length;
    this.constant = constant;
    this.moments = Float64Array.from(this.columns, (column) => dot(column, left));
    this.gram = new Float64Array(terms.length ** 2).fill(NaN);
    // What a change of level makes a few large values of: the median does not see them.
    const sizes = left.map(Math.abs).sort();
    const spread = MAD_TO_SD * (sizes[sizes.length >> 1] ?? 0);
    const noise = Math.max(spread ** 2, (1e-6 * this.squares) / days.length, 1e-12);
    this.precisions = Float64Array.from(terms, ({ scale }) => noise / scale ** 2);
  }

  private product(first: number, second: number): number {
    const place = first * this.terms.length + second;
    const known = this.gram[place] ?? NaN;
    if (!Number.isNaN(known)) return known;
    const product = dot(this.columns[first] ?? this.moments, this.columns[second] ?? this.moments);
    this.gram[place] = product;
    return product;
  }

  /** @param widened by which the priors of effects are wider */
  fit(model: readonly number[], widened = 1): Fit | null {
    const size = model.length;
    // Cholesky of the posterior precision.
    const lower = new Float64Array(size * size);
    const half = new Float64Array(size);
    let [determinant, priorSquares, odds] = [0, 0, 0];
    for (let row = 0; row < size; row++) {
      const term = model[row] ?? 0;
      const precision = (this.precisions[term] ?? 1) / widened ** 2;
      const prior = this.terms[term]?.mean ?? 0;
      let moment = (this.moments[term] ?? 0) + precision * prior;
      priorSquares += precision * prior * prior;
      odds += this.terms[term]?.logOdds ?? 0;
      for (let column = 0; column <= row; column++) {
        let value = this.product(term, model[column] ?? 0);
        if (column === row) value += precision;
        for (let before = 0; before < column; before++)
          value -= (lower[row * size + before] ?? 0) * (lower[column * size + before] ?? 0);
        if (column < row) lower[row * size + column] = value / (lower[column * size + column] ?? 1);
        else {
          if (value <= 0) return null;
          lower[row * size + row] = Math.sqrt(value);
          determinant += Math.log(value / precision);
        }
      }
      for (let before = 0; before < row; before++) moment -= (lower[row * size + before] ?? 0) * (half[before] ?? 0);
      half[row] = moment / (lower[row * size + row] ?? 1);
    }
    const rest = Math.max(this.squares + priorSquares - dot(half, half), 1e-12 * this.squares, 1e-300);
    const noise = rest / this.freedoms;
    const means = new Array<number>(size).fill(0);
    const deviations = new Array<number>(size).fill(0);
    const inverses: Float64Array[] = [];
    let evidence = odds + this.constant - determinant / 2 - (this.freedoms / 2) * Math.log(rest);
    for (let row = size - 1; row >= 0; row--) {
      let value = half[row] ?? 0;
      for (let after = row + 1; after < size; after++) value -= (lower[after * size + row] ?? 0) * (means[after] ?? 0);
      means[row] = value / (lower[row * size + row] ?? 1);
    }
    for (let row = 0; row < size; row++) {
      // A column of the inverse factor; products of them are the inverse.
      const inverse = new Float64Array(size);
      for (let place = row; place < size; place++) {
        let value = place === row ? 1 : 0;
        for (let before = row; before < place; before++)
          value -= (lower[place * size + before] ?? 0) * (inverse[before] ?? 0);
        inverse[place] = value / (lower[place * size + place] ?? 1);
      }
      inverses.push(inverse);
      deviations[row] = Math.sqrt(noise * dot(inverse, inverse));
      const term = this.terms[model[row] ?? 0];
      if (term?.signed) {
        const deviation = deviations[row] ?? 1;
        evidence += logNormalShare((means[row] ?? 0) / deviation) - logNormalShare(term.mean / term.scale / widened);
      }
    }
    const correlations = inverses.map((first, row) =>
      inverses.map(
        (second, column) => (noise * dot(first, second)) / ((deviations[row] ?? 1) * (deviations[column] ?? 1)),
      ),
    );
    return { evidence, means, deviations, correlations };
  }
}

function dot(first: Float64Array, second: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < first.length; index++) sum += (first[index] ?? 0) * (second[index] ?? 0);
  return sum;
}

function logSum(values: readonly number[]): number {
  const top = Math.max(...values);
  if (top === -Infinity) return top;
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/** Places of the largest values. */
function largest(values: readonly number[], count: number): number[] {
  return values
    .map((_, index) => index)
    .sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b)
    .slice(0, count);
}

/** Logarithm of the normal distribution function. */
function logNormalShare(z: number): number {
  if (z > -4) return Math.log(normalShare(z));
  // Its tail (Mills' ratio; Abramowitz and Stegun 1964, 26.2.12).
  return (-z * z) / 2 - Math.log(-z * Math.sqrt(2 * Math.PI)) + Math.log1p(-1 / (z * z));
}

/** The normal distribution function. */
export function normalShare(z: number): number {
  return (1 + errorFunction(z / Math.SQRT2)) / 2;
}
