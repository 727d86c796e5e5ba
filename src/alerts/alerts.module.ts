import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CompetitorsModule } from '../competitors/competitors.module';
import { PriceHistoryModule } from '../price-history/price-history.module';
import { UsersModule } from '../users/users.module';
import { Outbound } from '../shared/outbound/outbound';
import { AlertsController } from './alerts.controller';
import { Alerts } from './alerts.service';
import { ChannelSecrets } from './channels/channel-secrets';
import { ConfirmationsController } from './channels/confirmations.controller';
import { Confirmations } from './channels/confirmations.service';
import { ChannelsController } from './channels/channels.controller';
import { ChannelsService } from './channels/channels.service';
import { AlertPictures } from './delivery/alert-picture';
import { AlertSignals } from './delivery/alert-signals';
import { AlertStreamController } from './delivery/alert-stream.controller';
import { AlertStreams } from './delivery/alert-stream';
import { DeliveriesController } from './delivery/deliveries.controller';
import { Deliveries } from './delivery/deliveries.service';
import { DeliveryLedger } from './delivery/delivery-ledger';
import { DeliveryMetrics } from './delivery/delivery-metrics';
import { DeliveryWorker } from './delivery/delivery-worker';
import { DeliveryProcessor } from './delivery/delivery.processor';
import { DELIVERY_QUEUE } from './delivery/delivery.queue';
import { DeliveryScheduler } from './delivery/delivery.scheduler';
import { Mailer } from './delivery/mailer';
import { Sender } from './delivery/sender';
import { ConfirmationLinks, UnsubscribeLinks } from './delivery/mail-links';
import { UnsubscribeController } from './delivery/unsubscribe.controller';
import { EvaluationProcessor } from './engine/evaluation.processor';
import { EvaluationScheduler } from './engine/evaluation.scheduler';
import { Evaluation } from './engine/evaluation.service';
import { ReadingOrders } from './engine/reading-orders.service';
import { Replay } from './engine/replay.service';
import { Streams } from './engine/streams.service';
import { AlertRuleStateEntity } from './entities/alert-rule-state.entity';
import { AlertRuleEntity } from './entities/alert-rule.entity';
import { AlertStragglerEntity } from './entities/alert-straggler.entity';
import { AlertEntity } from './entities/alert.entity';
import { ChannelEntity } from './entities/channel.entity';
import { DeliveryAttemptEntity } from './entities/delivery-attempt.entity';
import { DeliveryEntity } from './entities/delivery.entity';
import { AlertRulesController } from './rules/alert-rules.controller';
import { AlertRules } from './rules/alert-rules.service';

@Module({
  imports: [
    CompetitorsModule,
    PriceHistoryModule,
    UsersModule,
    TypeOrmModule.forFeature([
      AlertEntity,
      AlertRuleEntity,
      AlertRuleStateEntity,
      AlertStragglerEntity,
      ChannelEntity,
      DeliveryAttemptEntity,
      DeliveryEntity,
    ]),
    BullModule.registerQueue({ name: DELIVERY_QUEUE }),
  ],
  controllers: [
    AlertStreamController,
    AlertRulesController,
    AlertsController,
    ChannelsController,
    ConfirmationsController,
    DeliveriesController,
    UnsubscribeController,
  ],
  providers: [
    AlertRules,
    Alerts,
    AlertPictures,
    AlertSignals,
    AlertStreams,
    ChannelSecrets,
    ChannelsService,
    ConfirmationLinks,
    Confirmations,
    Deliveries,
    DeliveryLedger,
    DeliveryMetrics,
    DeliveryProcessor,
    DeliveryScheduler,
    DeliveryWorker,
    Evaluation,
    EvaluationProcessor,
    EvaluationScheduler,
    Mailer,
    Outbound,
    ReadingOrders,
    Replay,
    Sender,
    Streams,
    UnsubscribeLinks,
  ],
  exports: [Alerts],
})
export class AlertsModule {}
