import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiTags } from '@nestjs/swagger';
import { CurrentUser, Identity, SecretAnswer } from '../../common/access';
import { UuidPipe } from '../../common/uuid.pipe';
import { QueuedDeliveryView } from '../delivery/dto/delivery.view';
import { ChannelsService } from './channels.service';
import { Confirmations } from './confirmations.service';
import { CreateChannelDto, UpdateChannelDto } from './dto/channel.dto';
import { ChannelList, ChannelView, NewChannelView } from './dto/channel.view';

@ApiTags('alerts')
@ApiBearerAuth()
@Controller('channels')
export class ChannelsController {
  constructor(
    private readonly channels: ChannelsService,
    private readonly confirmations: Confirmations,
  ) {}

  /** Adds a place where you want to be told. The secret of a webhook is shown here and never again; an address for mails is sent a link to confirm it. */
  @Post()
  @SecretAnswer()
  @ApiConflictResponse({ description: 'You have 20 channels' })
  createChannel(@CurrentUser() user: Identity, @Body() request: CreateChannelDto): Promise<NewChannelView> {
    return this.channels.create(user.userId, request);
  }

  /** Your channels, the oldest first. */
  @Get()
  listChannels(@CurrentUser() user: Identity): Promise<ChannelList> {
    return this.channels.list(user.userId);
  }

  /** Changes a channel, or enables it again. Another address for mails has to be confirmed again. */
  @Patch(':id')
  updateChannel(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Body() change: UpdateChannelDto,
  ): Promise<ChannelView> {
    return this.channels.update(user.userId, id, change);
  }

  /** Removes a channel with its deliveries. Rules that name it go on with the others that they name. */
  @Delete(':id')
  @HttpCode(204)
  @ApiConflictResponse({ description: 'Active rules name no other channel; the error names them' })
  deleteChannel(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<void> {
    return this.channels.delete(user.userId, id);
  }

  /** Sends another mail that asks to confirm the address, three in an hour at most. The latest links of an address all work. */
  @Post(':id/confirmation')
  @HttpCode(202)
  @ApiConflictResponse({ description: 'The address is confirmed, or the channel is disabled or no e-mail channel' })
  async sendConfirmation(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
  ): Promise<QueuedDeliveryView> {
    return { deliveryId: await this.confirmations.resend(user.userId, id) };
  }

  /** Gives a webhook a new secret, shown here and never again. For a day messages are signed with the old one too. */
  @Post(':id/rotate-secret')
  @HttpCode(200)
  @SecretAnswer()
  @ApiConflictResponse({ description: 'The channel is no webhook' })
  rotateChannelSecret(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<NewChannelView> {
    return this.channels.rotateSecret(user.userId, id);
  }
}
