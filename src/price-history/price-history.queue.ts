import { SourceName } from '../marketplace-data/marketplace-data';
import { Marketplace } from '../common/marketplace';

/** Batches of listings to be checked. */
export const CAPTURE_QUEUE = 'capture';

export interface CaptureJob {
  source: SourceName;
  marketplace: Marketplace;
  /** Shrinks to what is left when some of the batch has to be tried again. */
  listingIds: number[];
  /** Whether the past is to be taken in too. */
  history: boolean;
  /** When the batch was made, epoch ms: a listing checked after that has had its turn. */
  slot: number;
}

/** Listings that have just been read. Who needs to know looks at what is recorded: the queue may lose everything. */
export const RECORDED_QUEUE = 'recorded';

export interface RecordedJob {
  listingIds: number[];
}
