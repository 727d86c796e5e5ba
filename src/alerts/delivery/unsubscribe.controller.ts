import { Controller, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiConsumes, ApiExcludeEndpoint, ApiTags } from '@nestjs/swagger';
import { Public } from '../../common/access';
import { NotFoundError } from '../../common/app-error';
import { Clock } from '../../common/clock';
import { Postgres } from '../../shared/database/postgres';
import { BURY_STATEMENT } from './delivery-ledger';
import { mailPage } from './mail-page';
import { UnsubscribeLinks } from './mail-links';

/** Links in mails. Their signature is the permission; a mail program follows them without a login (RFC 8058). */
@ApiTags('alerts')
@Public()
@Controller('unsubscribe')
export class UnsubscribeController {
  constructor(
    private readonly links: UnsubscribeLinks,
    private readonly postgres: Postgres,
    private readonly clock: Clock,
  ) {}

  /** For a person who follows the link: a button. Looking at it changes nothing, as scanners of mails look at every link. */
  @Get(':token')
  @Header('content-type', 'text/html; charset=utf-8')
  @ApiExcludeEndpoint()
  showUnsubscribe(@Param('token') token: string): string {
    const target = this.read(token);
    return mailPage(
      `<form method="post"><button>Turn off ${target.target === 'rule' ? 'this rule' : 'mails to this address'}</button></form>`,
    );
  }

  /** Turns off the rule that a mail was about, or the channel of a digest. Needs no login: the token is signed. */
  @Post(':token')
  @HttpCode(200)
  @Header('content-type', 'text/html; charset=utf-8')
  @ApiConsumes('application/x-www-form-urlencoded', 'multipart/form-data', 'application/json')
  async unsubscribe(@Param('token') token: string): Promise<string> {
    const { target, id } = this.read(token);
    const statement =
      target === 'rule'
        ? `UPDATE alert_rule SET is_active = false, updated_at = $2 WHERE id = $1 RETURNING user_id`
        : `UPDATE channel SET is_enabled = false, disabled_reason = 'Turned off by the link in a mail', updated_at = $2
           WHERE id = $1 RETURNING user_id`;
    await this.postgres.transaction(async (sql) => {
      const [changed] = await sql.query<{ user_id: string }>(statement, [id, this.clock.now()]);
      if (!changed) throw new NotFoundError(target === 'rule' ? 'Rule' : 'Channel');
      if (target === 'channel') await sql.query(BURY_STATEMENT, [id, changed.user_id, this.clock.now()]);
    });
    return mailPage(
      `<p>${target === 'rule' ? 'The rule is turned off.' : 'No more mails are sent to this address.'}</p>`,
    );
  }

  private read(token: string): NonNullable<ReturnType<UnsubscribeLinks['read']>> {
    const target = this.links.read(token);
    if (!target) throw new NotFoundError('Link');
    return target;
  }
}
