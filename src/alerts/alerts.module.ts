import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PriceHistoryModule } from '../price-history/price-history.module';
import { AlertsController } from './alerts.controller';
import { Alerts } from './alerts.service';
import { EvaluationProcessor } from './engine/evaluation.processor';
import { EvaluationScheduler } from './engine/evaluation.scheduler';
import { Evaluation } from './engine/evaluation.service';
import { Replay } from './engine/replay.service';
import { AlertRuleStateEntity } from './entities/alert-rule-state.entity';
import { AlertRuleEntity } from './entities/alert-rule.entity';
import { AlertEntity } from './entities/alert.entity';
import { AlertRulesController } from './rules/alert-rules.controller';
import { AlertRules } from './rules/alert-rules.service';

@Module({
  imports: [PriceHistoryModule, TypeOrmModule.forFeature([AlertEntity, AlertRuleEntity, AlertRuleStateEntity])],
  controllers: [AlertRulesController, AlertsController],
  providers: [AlertRules, Alerts, Evaluation, EvaluationProcessor, EvaluationScheduler, Replay],
})
export class AlertsModule {}
