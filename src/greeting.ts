// What a person who starts the server in a terminal is told. Logs are for programs, and one line of JSON among them is easily
// missed; so this goes beside them, to a terminal only.

/** @param host where it listens, as in the settings */
export function greeting(host: string, port: number): string {
  const url = originFor(host, port);
  return `
  Fanfare is up.

    Send a message:          ${url}/
    Watch messages arrive:   ${url}/live

  Control-C ends it.

`;
}

/** An origin for a browser: where the server listens on all addresses, it is reached under one of them. */
function originFor(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
