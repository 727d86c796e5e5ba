import { Injectable, OnModuleInit } from '@nestjs/common';
import { Config } from '../../config/config';
import { Schedules } from '../../shared/queue/schedules';
import { TokenBudget } from './token-budget';
import { WrittenTexts } from './written-texts';

@Injectable()
export class WordingScheduler implements OnModuleInit {
  constructor(
    private readonly schedules: Schedules,
    private readonly texts: WrittenTexts,
    private readonly budget: TokenBudget,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.schedules.add({
      name: 'clean-up-texts',
      description:
        'Deletes texts of the model that are too old to be used again, and what they took of it more than 400 days ago',
      cron: this.config.env.CLEANUP_CRON,
      run: async () => ({ texts: await this.texts.deleteExpired(), usageDays: await this.budget.deleteOld() }),
    });
  }
}
