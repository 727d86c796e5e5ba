/** Tells price-history that listings became due just now, so that they need not wait for the next tick. */
export const LISTINGS_DUE_QUEUE = 'listings-due';

/** Carries nothing: what is due stands in the database. */
export type ListingsDueJob = Record<string, never>;
