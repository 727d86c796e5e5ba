import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiTags } from '@nestjs/swagger';
import { CurrentUser, Identity } from '../../common/access';
import { UuidPipe } from '../../common/uuid.pipe';
import { Deliveries } from './deliveries.service';
import { DeliveriesQuery, RedeliverQuery } from './dto/delivery.dto';
import { DeliveryPage, QueuedDeliveryView, RedeliveryView } from './dto/delivery.view';

const NOT_SENDING = {
  description: 'The channel is disabled, sends nothing, or is to an address that is not confirmed',
};

@ApiTags('alerts')
@ApiBearerAuth()
@Controller()
export class DeliveriesController {
  constructor(private readonly deliveries: Deliveries) {}

  /** Sends a test by the channel, once; how it goes is in the channel's deliveries. */
  @Post('channels/:id/test')
  @HttpCode(202)
  @ApiConflictResponse(NOT_SENDING)
  testChannel(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<QueuedDeliveryView> {
    return this.deliveries.test(user.userId, id);
  }

  /** What went out by the channel, and what waits, with each attempt. */
  @Get('channels/:id/deliveries')
  listChannelDeliveries(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() query: DeliveriesQuery,
  ): Promise<DeliveryPage> {
    return this.deliveries.listOfChannel(user.userId, id, query);
  }

  /** Sends again what the channel did not get since a time, in the old order. */
  @Post('channels/:id/redeliver')
  @HttpCode(202)
  @ApiConflictResponse(NOT_SENDING)
  redeliverSince(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() query: RedeliverQuery,
  ): Promise<RedeliveryView> {
    return this.deliveries.redeliverSince(user.userId, id, query);
  }

  /** Deliveries by all your channels. */
  @Get('deliveries')
  listDeliveries(@CurrentUser() user: Identity, @Query() query: DeliveriesQuery): Promise<DeliveryPage> {
    return this.deliveries.list(user.userId, query);
  }

  /** Sends one again. */
  @Post('deliveries/:id/redeliver')
  @HttpCode(202)
  @ApiConflictResponse({ description: 'It is pending or asks for a confirmation, or the channel does not send' })
  redeliver(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<QueuedDeliveryView> {
    return this.deliveries.redeliver(user.userId, id);
  }
}
