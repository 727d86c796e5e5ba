import { Injectable, OnModuleInit } from '@nestjs/common';
import { Config } from '../../config/config';
import { Schedules } from '../../shared/queue/schedules';
import { WrittenTexts } from './written-texts';

@Injectable()
export class WordingScheduler implements OnModuleInit {
  constructor(
    private readonly schedules: Schedules,
    private readonly texts: WrittenTexts,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.schedules.add({
      name: 'clean-up-texts',
      description: 'Deletes texts of the model that are too old to be used again',
      cron: this.config.env.CLEANUP_CRON,
      run: async () => ({ texts: await this.texts.deleteExpired() }),
    });
  }
}
