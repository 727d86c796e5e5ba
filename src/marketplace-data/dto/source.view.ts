import { ApiProperty } from '@nestjs/swagger';
import type { SourceName } from '../../common/source-name';
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
  /** Whether it has a listing's past, and can search. */
  capabilities: { history: boolean; search: boolean };
  budget: SourceBudgetView;
}
