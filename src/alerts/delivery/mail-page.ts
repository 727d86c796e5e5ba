/** The page behind a link in a mail. */
export const mailPage = (body: string) =>
  `<!doctype html><html lang="en"><title>Alerts</title><body>${body}</body></html>`;
