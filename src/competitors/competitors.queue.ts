/** Products whose rivals are to be looked for. */
export const DISCOVERY_QUEUE = 'competitor-discovery';

export interface DiscoveryJob {
  userId: string;
  productId: string;
  excludeOwnBrand: boolean;
}
