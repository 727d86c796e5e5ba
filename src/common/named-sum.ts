import { round } from './round';

/** A part of a sum: what it looks at, and how much it counts. */
export interface SumRule<Inputs, Found> {
  name: string;
  /** All weights of a sum make 1. */
  weight: number;
  /** What it needs. */
  needs: string;
  /** Undefined where what it needs is not there. */
  look: (inputs: Inputs) => ({ value: number } & Found) | undefined;
}

type SumPart<Found> = { name: string; weight: number; value: number } & Found;

export interface NamedSum<Found> {
  /** From 0 to 1; null where less than half of the weight is known. */
  score: number | null;
  /** Those that are known, the largest contribution first. */
  parts: SumPart<Found>[];
  /** Of each part that is not known, what it needs. */
  missing: Record<string, string>;
}

const LEAST_WEIGHT = 0.5;

/**
 * A score as a weighted mean of named parts, each from 0 to 1. A part of which nothing is known is left out and its weight is shared among
 * the others; of less than half of the weight no score is made.
 */
export function namedSum<Inputs, Found>(rules: readonly SumRule<Inputs, Found>[], inputs: Inputs): NamedSum<Found> {
  const missing: Record<string, string> = {};
  const parts: SumPart<Found>[] = [];
  for (const { name, weight, needs, look } of rules) {
    const found = look(inputs);
    if (found) parts.push({ ...found, name, weight, value: round(found.value, 3) });
    else missing[name] = needs;
  }
  const weight = parts.reduce((sum, part) => sum + part.weight, 0);
  const sum = parts.reduce((total, part) => total + part.weight * part.value, 0);
  parts.sort((a, b) => b.weight * b.value - a.weight * a.value);
  return { score: weight < LEAST_WEIGHT - 1e-9 ? null : round(sum / weight, 3), parts, missing };
}

/** The value, or the end of 0 to 1 that it lies beyond. */
export function asShare(value: number): number {
  return Math.min(1, Math.max(0, value));
}
