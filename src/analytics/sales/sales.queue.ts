/** Users whose own sales, or the ranks of them, may have changed. */
export const SALES_FIT_QUEUE = 'sales-fit';

export interface SalesFitJob {
  userId: string;
}
