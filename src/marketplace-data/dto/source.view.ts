import { ApiProperty } from '@nestjs/swagger';
import type { SourceName } from '../../common/source-name';
import type { RelatedWay } from '../marketplace-data';
import { SourceErrorKind } from '../source-error';

export class SourceFaultView {
  at: string;
  /** @example "timeout" */
  @ApiProperty({ type: String })
  kind: SourceErrorKind;
  message: string;
}

export class SourceBudgetView {
  /** What the source charges. @example "token" */
  unit: string;
  /** Day in UTC. @example "2026-11-25" */
  day: string;
  usedToday: number;
  /** From SOURCE_DAILY_BUDGET; null without. */
  limitPerDay: number | null;
  leftToday: number | null;
  /** Level of the source's own token bucket, less what calls under way may take; null for a source without one. */
  bucket: number | null;
  callsToday: number;
  failedCallsToday: number;
}

export class SourceCapabilitiesView {
  /** Has a listing's past. */
  history: boolean;
  /** Searches by words. */
  search: boolean;
  /** Other ways in which it knows of a listing's rivals. @example ["finder", "bought-together"] */
  @ApiProperty({ type: [String] })
  related: readonly RelatedWay[];
}

export class SourceView {
  /** @example "keepa" */
  @ApiProperty({ type: String })
  name: SourceName;
  /** `closed`: it is asked. `open`: it is left alone until `openUntil`. `trial`: one call finds out whether it works again. */
  state: 'closed' | 'open' | 'trial';
  openUntil: string | null;
  /** Failed calls since the last good one. */
  failures: number;
  lastOkAt: string | null;
  lastError: SourceFaultView | null;
  capabilities: SourceCapabilitiesView;
  budget: SourceBudgetView;
}
