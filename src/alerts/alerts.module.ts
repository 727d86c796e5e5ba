import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PriceHistoryModule } from '../price-history/price-history.module';
import { Outbound } from '../shared/outbound/outbound';
import { ChannelSecrets } from './channels/channel-secrets';
import { ChannelsController } from './channels/channels.controller';
import { ChannelsService } from './channels/channels.service';
import { AlertPictures } from './delivery/alert-picture';
import { AlertSignals } from './delivery/alert-signals';
import { AlertStreamController } from './delivery/alert-stream.controller';
import { AlertStreams } from './delivery/alert-stream';
import { DeliveriesController } from './delivery/deliveries.controller';
import { Deliveries } from './delivery/deliveries.service';
import { DeliveryLedger } from './delivery/delivery-ledger';
import { DeliveryWorker } from './delivery/delivery-worker';
import { DeliveryProcessor } from './delivery/delivery.processor';
import { DELIVERY_QUEUE } from './delivery/delivery.queue';
import { DeliveryScheduler } from './delivery/delivery.scheduler';
import { Mailer } from './delivery/mailer';
import { Sender } from './delivery/sender';
import { UnsubscribeLinks } from './delivery/unsubscribe-links';
import { UnsubscribeController } from './delivery/unsubscribe.controller';
import { AlertRuleEntity } from './entities/alert-rule.entity';
import { AlertEntity } from './entities/alert.entity';
import { ChannelEntity } from './entities/channel.entity';
import { DeliveryAttemptEntity } from './entities/delivery-attempt.entity';
import { DeliveryEntity } from './entities/delivery.entity';

@Module({
  imports: [
    PriceHistoryModule,
    TypeOrmModule.forFeature([AlertEntity, AlertRuleEntity, ChannelEntity, DeliveryAttemptEntity, DeliveryEntity]),
    BullModule.registerQueue({ name: DELIVERY_QUEUE }),
  ],
  controllers: [AlertStreamController, ChannelsController, DeliveriesController, UnsubscribeController],
  providers: [
    AlertPictures,
    AlertSignals,
    AlertStreams,
    ChannelSecrets,
    ChannelsService,
    Deliveries,
    DeliveryLedger,
    DeliveryProcessor,
    DeliveryScheduler,
    DeliveryWorker,
    Mailer,
    Outbound,
    Sender,
    UnsubscribeLinks,
  ],
})
export class AlertsModule {}
