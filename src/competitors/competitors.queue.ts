/** Products whose rivals are to be looked for. */
export const DISCOVERY_QUEUE = 'competitor-discovery';

export interface DiscoveryJob {
  userId: string;
  productId: string;
  excludeOwnBrand: boolean;
  /** Somebody asked for it: sources are asked however lately they answered. */
  isDemanded: boolean;
  /** The same for each try. */
  runId: string;
}
