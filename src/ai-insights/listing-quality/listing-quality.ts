import { namedSum } from '../../common/named-sum';
import { StatementValue } from '../statement';
import { Check, CHECKS, QualityFinding, QualityListing } from './checks';
import { RivalWords } from './keywords';

export interface QualityCheck extends Pick<Check, 'name' | 'field' | 'rule' | 'source' | 'weight'> {
  /** From 0 to 1, which is all that is asked; null where it is not known. */
  result: number | null;
  /** What it needs where it is not known. */
  missing: string | null;
  /** Counts: what was counted, and the bound that it is held against. @example {"characters":120,"most":75} */
  found: QualityFinding['found'];
  /** What it is about: characters, words or phrases. */
  words: string[];
}

export interface ListingQuality {
  /** Weighted mean of the checks that are known; null where these have less than half of the weight. */
  score: number | null;
  checks: QualityCheck[];
}

/** How far a listing's texts, images and category are as Amazon asks and as the competitors' are, as far as these are known. */
export function listingQuality(listing: QualityListing, rivals: readonly RivalWords[]): ListingQuality {
  const { score, parts, missing } = namedSum(CHECKS, { listing, rivals });
  const checks = CHECKS.map(({ name, field, rule, source, weight }): QualityCheck => {
    const part = parts.find((one) => one.name === name);
    return {
      name,
      field,
      rule,
      source,
      weight,
      result: part?.value ?? null,
      missing: missing[name] ?? null,
      found: part?.found ?? {},
      words: part?.words ?? [],
    };
  });
  return { score, checks };
}

/** By which a recommendation names a check. @example "listing_quality:title_length" */
export function checkKey({ name }: Pick<QualityCheck, 'name'>): string {
  return `listing_quality:${name}`;
}

/** What to do about a check that is not met. */
export function adviceOf({ name, found, words }: QualityCheck): {
  template: string;
  values: Record<string, StatementValue>;
} {
  const template = CHECKS.find((check) => check.name === name)?.advice;
  if (template === undefined) throw new Error(`no check ${name}`);
  const values: Record<string, StatementValue> = {};
  for (const [key, value] of Object.entries(found)) values[key] = { type: 'number', value, unit: 'count', scale: 0 };
  if (words.length > 0) values['words'] = { type: 'name', value: words.join(', ') };
  return { template, values };
}
