/** Products whose analytics are to be computed. */
export const ANALYTICS_QUEUE = 'product-analytics';

export interface AnalyticsJob {
  userId: string;
  productId: string;
}
