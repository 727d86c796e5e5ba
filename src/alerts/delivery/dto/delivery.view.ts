import { ApiProperty } from '@nestjs/swagger';
import { PageView } from '../../../common/pagination';
import type { AttemptError } from '../../entities/delivery-attempt.entity';
import type { DeliveryPurpose, DeliveryState } from '../../entities/delivery.entity';

const ERRORS: AttemptError[] = [
  'status',
  'redirect',
  'gone',
  'timeout',
  'connection',
  'forbidden_address',
  'mail',
  'secret',
];

export class AttemptView {
  at: string;
  /** How long it took. @example 43 */
  ms: number;
  /** HTTP status or the mail server's code; null where there was no answer. @example 500 */
  @ApiProperty({ type: Number, nullable: true })
  status: number | null;
  /** Why it failed; null when it arrived. @example "status" */
  @ApiProperty({ enum: ERRORS, nullable: true })
  error: AttemptError | null;
  /** The first 500 bytes of the answer, or what is to be said where there was none. */
  @ApiProperty({ type: String, nullable: true })
  answer: string | null;
}

export class DeliveryView {
  /** In a webhook's `webhook-id`, where the alert went out by itself. */
  id: string;
  /**
   * `confirmation`: the mail that asks for a confirmation of the address. `channel_disabled`: that another channel of yours was
   * disabled as its receiver wants no more, or has failed for long.
   * @example "alert"
   */
  @ApiProperty({ enum: ['alert', 'test', 'confirmation', 'channel_disabled'] })
  purpose: DeliveryPurpose;
  channelId: string;
  /** Null for what is no alert. */
  @ApiProperty({ type: String, nullable: true })
  alertId: string | null;
  @ApiProperty({ type: String, nullable: true })
  productId: string | null;
  /** Names the message in which several went out together; null for one that went out by itself. */
  @ApiProperty({ type: String, nullable: true })
  digestId: string | null;
  /** What the alert says, or the notice of a disabled channel; null for others. */
  @ApiProperty({ type: String, nullable: true })
  message: string | null;
  /** `dead`: all attempts failed, or the channel was disabled before. @example "delivered" */
  @ApiProperty({ enum: ['pending', 'delivered', 'dead'] })
  state: DeliveryState;
  /** Null when it is over. */
  @ApiProperty({ type: String, nullable: true })
  nextAttemptAt: string | null;
  createdAt: string;
  @ApiProperty({ type: String, nullable: true })
  finishedAt: string | null;
  /** The oldest first; the last 20. */
  attempts: AttemptView[];
}

export class DeliveryPage {
  /** The latest first. */
  data: DeliveryView[];
  page: PageView;
}

export class QueuedDeliveryView {
  /** How it goes is in the channel's deliveries. */
  deliveryId: string;
}

export class RedeliveryView {
  /** Deliveries that are pending again. @example 12 */
  deliveries: number;
}
