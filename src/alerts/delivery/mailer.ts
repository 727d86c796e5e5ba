import { Injectable, Logger, OnApplicationShutdown } from '@nestjs/common';
import { createTransport, Transporter } from 'nodemailer';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withDeadline } from '../../common/deadline';
import { Config } from '../../config/config';
import { Email, PICTURE_ID } from './email';

const TIMEOUT_MS = 15_000;
/** For the whole dialogue, which is many answers. */
const DIALOGUE_MS = 40_000;
const CONNECTIONS = 4;

/** The mail server did not take a mail. */
export class MailError extends Error {
  constructor(
    message: string,
    readonly status: number | null,
  ) {
    super(message);
  }
}

/** Sends mails by the configured server; without one they are written into the data folder, as files that mail programs open. */
@Injectable()
export class Mailer implements OnApplicationShutdown {
  private readonly logger = new Logger(Mailer.name);
  private readonly server: Transporter | undefined;
  private readonly composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  private readonly folder: string;
  private readonly from: string;

  constructor(config: Config) {
    const { SMTP_URL, SMTP_FROM } = config.env;
    this.folder = join(config.dataDir, 'mail');
    this.from = SMTP_FROM ?? 'alerts@localhost';
    if (SMTP_URL === undefined) return;
    this.server = createTransport({
      url: SMTP_URL,
      pool: true,
      maxConnections: CONNECTIONS,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      dnsTimeout: TIMEOUT_MS,
    });
  }

  /** After the workers have finished what they had in hand. */
  onApplicationShutdown(): void {
    this.server?.close();
  }

  /**
   * @param id the same in each attempt, so that mail programs show it once
   * @returns what the server answered, or where the file is
   * @throws MailError
   */
  async send(id: string, to: string, email: Email): Promise<{ status: number | null; answer: string }> {
    const mail = {
      from: this.from,
      // As parts and not as a line, of which more than one receiver could be read.
      to: { name: '', address: to },
      subject: email.subject,
      text: email.text,
      html: email.html,
      messageId: `<${id}@${this.from.split('@').at(-1) ?? 'localhost'}>`,
      attachments: email.picture
        ? [{ cid: PICTURE_ID, filename: 'series.png', contentType: 'image/png', content: email.picture.png }]
        : [],
      headers: unsubscribeHeaders(email.unsubscribe),
      disableFileAccess: true,
      disableUrlAccess: true,
    };
    if (!this.server) {
      const { message } = await this.composer.sendMail(mail);
      return { status: null, answer: await this.write(id, message as Buffer) };
    }
    try {
      const { response } = await withDeadline(this.server.sendMail(mail), DIALOGUE_MS);
      return { status: Number(/^\d{3}/.exec(response ?? '')?.[0] ?? 250), answer: response ?? '' };
    } catch (error) {
      const { message, responseCode } = error as Error & { responseCode?: number };
      throw new MailError(message, responseCode ?? null);
    }
  }

  private async write(id: string, message: Buffer): Promise<string> {
    await mkdir(this.folder, { recursive: true });
    const file = join(this.folder, `${id}.eml`);
    await writeFile(`${file}.part`, message, { mode: 0o600 });
    await rename(`${file}.part`, file);
    this.logger.warn({ mail: `mail/${id}.eml` }, 'no SMTP_URL is set: a mail was written into the data folder');
    return `No SMTP_URL is set: written to mail/${id}.eml in the data folder`;
  }
}

/** RFC 2369, and where the link is https the one click of RFC 8058, which allows no other. */
function unsubscribeHeaders(link: string | null): Record<string, string> {
  if (link === null) return {};
  return {
    'List-Unsubscribe': `<${link}>`,
    ...(link.startsWith('https://') ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {}),
  };
}
