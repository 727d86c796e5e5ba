import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiTags } from '@nestjs/swagger';
import { CurrentUser, Identity } from '../../common/access';
import { UuidPipe } from '../../common/uuid.pipe';
import { CreateAlertRuleDto, CreateScopedAlertRuleDto, ReplayDto, UpdateAlertRuleDto } from '../dto/alert-rule.dto';
import { AlertRuleList, AlertRuleView, ReplayView } from '../dto/alert-rule.view';
import { Replay } from '../engine/replay.service';
import { AlertRules } from './alert-rules.service';

@ApiTags('alerts')
@ApiBearerAuth()
@Controller()
export class AlertRulesController {
  constructor(
    private readonly rules: AlertRules,
    private readonly replays: Replay,
  ) {}

  /** A rule for one product. It tells of readings from the next full minute on. */
  @Post('products/:id/alert-rules')
  @ApiConflictResponse({
    description:
      'The product has as many rules as it may have; or `no_own_sellers`: `buy_box_lost` and `buy_box_won` need your seller ids in its marketplace',
  })
  createProductAlertRule(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Body() rule: CreateAlertRuleDto,
  ): Promise<AlertRuleView> {
    return this.rules.create(user.userId, { productId: id, tag: null }, rule);
  }

  /** The rules that concern a product: its own, those of its tags and those of all products. */
  @Get('products/:id/alert-rules')
  listProductAlertRules(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<AlertRuleList> {
    return this.rules.ofProduct(user.userId, id);
  }

  /**
   * A rule for all products with a tag, or without one for all of yours. It tells of readings from the next full minute on. `buy_box_lost` and `buy_box_won` concern those in marketplaces in which
   * you have named your seller ids.
   */
  @Post('alert-rules')
  @ApiConflictResponse({ description: 'There are as many such rules as there may be' })
  createAlertRule(@CurrentUser() user: Identity, @Body() rule: CreateScopedAlertRuleDto): Promise<AlertRuleView> {
    return this.rules.create(user.userId, { productId: null, tag: rule.tag ?? null }, rule);
  }

  /** All your rules. */
  @Get('alert-rules')
  listAlertRules(@CurrentUser() user: Identity): Promise<AlertRuleList> {
    return this.rules.all(user.userId);
  }

  /**
   * When a rule, saved or not, would have fired in the last 30 to 365 days, how much of it was over within a day, and which percentage would
   * give so many alerts a week. By the same code as now; of up to 25 products.
   */
  @Post('alert-rules/replay')
  @HttpCode(200)
  replayAlertRule(@CurrentUser() user: Identity, @Body() request: ReplayDto): Promise<ReplayView> {
    return this.replays.of(user.userId, request);
  }

  /** One rule. */
  @Get('alert-rules/:id')
  getAlertRule(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<AlertRuleView> {
    return this.rules.get(user.userId, id);
  }

  /**
   * Changes a rule. With other conditions, another cooldown or re-arm, or turned on again it starts anew: it tells of readings from the
   * next full minute on, and of nothing before.
   */
  @Patch('alert-rules/:id')
  @ApiConflictResponse({ description: '`no_own_sellers`, as when it is made' })
  updateAlertRule(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Body() change: UpdateAlertRuleDto,
  ): Promise<AlertRuleView> {
    return this.rules.update(user.userId, id, change);
  }

  /** Deletes a rule; its alerts stay. */
  @Delete('alert-rules/:id')
  @HttpCode(204)
  deleteAlertRule(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<void> {
    return this.rules.remove(user.userId, id);
  }
}
