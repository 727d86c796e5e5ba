/** Insights that are to be made. */
export const INSIGHTS_QUEUE = 'insights';

export interface InsightJob {
  insightId: string;
}
