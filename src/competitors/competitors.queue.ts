/** Products whose rivals are to be looked for. */
export const DISCOVERY_QUEUE = 'competitor-discovery';

/** Products that are to be compared with their competitors. */
export const ANALYSIS_QUEUE = 'competitive-analysis';

export interface AnalysisJob {
  userId: string;
  productId: string;
}

export interface DiscoveryJob {
  userId: string;
  productId: string;
  excludeOwnBrand: boolean;
  /** Somebody asked for it: sources are asked however lately they answered. */
  isDemanded: boolean;
  /** The same for each try. */
  runId: string;
}
