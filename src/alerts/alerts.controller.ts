import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { CurrentUser, Identity } from '../common/access';
import { UuidPipe } from '../common/uuid.pipe';
import { Alerts } from './alerts.service';
import { ListAlertsQuery, SnoozeDto } from './dto/alert.dto';
import { AlertPage, AlertView } from './dto/alert.view';

@ApiTags('alerts')
@ApiBearerAuth()
@Controller('alerts')
export class AlertsController {
  constructor(private readonly alerts: Alerts) {}

  /** What happened, the latest first. */
  @Get()
  listAlerts(@CurrentUser() user: Identity, @Query() query: ListAlertsQuery): Promise<AlertPage> {
    return this.alerts.list(user.userId, query);
  }

  /** An alert with the readings behind it. */
  @Get(':id')
  getAlert(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<AlertView> {
    return this.alerts.get(user.userId, id);
  }

  /** Marks it as seen. */
  @Post(':id/acknowledge')
  @HttpCode(200)
  acknowledgeAlert(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<AlertView> {
    return this.alerts.acknowledge(user.userId, id);
  }

  /** Takes it from the open ones for a while. */
  @Post(':id/snooze')
  @HttpCode(200)
  snoozeAlert(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Body() { minutes }: SnoozeDto,
  ): Promise<AlertView> {
    return this.alerts.snooze(user.userId, id, minutes);
  }
}
