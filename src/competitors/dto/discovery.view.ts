import { ApiProperty } from '@nestjs/swagger';
import { RIVAL_WAYS, type RivalWay } from '../../marketplace-data/marketplace-data';
import { DISCOVERY_OUTCOMES, DiscoveryLine, type DiscoveryOutcome } from '../discovery-outcome';

export class DiscoverySourceView {
  /** A source, or `known-listings`: those that are known here. @example "keepa" */
  @ApiProperty({ type: String })
  source: DiscoveryLine['source'];
  /** In which way it was asked; null where it did not come to that. @example "search" */
  @ApiProperty({ enum: RIVAL_WAYS, nullable: true })
  way: RivalWay | null;
  /**
   * `searched`: it answered, also with nothing. `skipped`: it answered lately. `unsupported`: its account may not.
   * `no_title`: there is nothing to search with yet. `not_in_order`: SOURCE_ORDER does not name it. `not_covered`: it does not
   * know the marketplace or the listing. `unavailable`: it is left alone after failures. Only `searched` and `skipped` with
   * 0 hits mean that there is nothing.
   * @example "searched"
   */
  @ApiProperty({ enum: DISCOVERY_OUTCOMES })
  outcome: DiscoveryOutcome;
  /** Other listings that its last answer named; null without one. @example 20 */
  @ApiProperty({ type: Number, nullable: true })
  hits: number | null;
  /** When it last answered. */
  @ApiProperty({ type: String, nullable: true })
  answeredAt: string | null;
  /** Why it was not asked or did not answer, where there is more to say. */
  @ApiProperty({ type: String, nullable: true })
  detail: string | null;
}

export class DiscoveryView {
  /** `under_way`: the lines are those of the one before. `interrupted`: it was lost; ask again. @example "finished" */
  state: 'under_way' | 'finished' | 'interrupted';
  startedAt: string;
  /** When the last one finished; null before the first has. */
  @ApiProperty({ type: String, nullable: true })
  finishedAt: string | null;
  excludeOwnBrand: boolean;
  /** Words of the title that sources were searched with. @example "electric kettle steel" */
  @ApiProperty({ type: String, nullable: true })
  terms: string | null;
  /** A line for each source and each of its ways. */
  sources: DiscoverySourceView[];
}
