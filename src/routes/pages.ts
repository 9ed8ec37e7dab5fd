// The two pages and what they load: plain files, with a policy that lets nothing else in.

import type { Middleware } from 'koa';
import serve from 'koa-static';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The files that are there for people and programs; the others are what these load. */
export const PAGES = ['/', '/live', '/openapi.json'];

/** @param root the folder of the files; `/live` is its `live.html` */
export function pages(root: string): Middleware {
  const files = serve(root, {
    extensions: ['html'],
    setHeaders: (response) => {
      response.setHeader('Content-Security-Policy', POLICY);
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Referrer-Policy', 'same-origin');
      // A new release shows at once; unchanged files are answered 304.
      response.setHeader('Cache-Control', 'no-cache');
    },
  });
  return async (ctx, next) => {
    await files(ctx, next);
    // What the browser has already (RFC 9110, 13.2).
    if (!ctx.fresh) return;
    ctx.status = 304;
    ctx.body = null;
  };
}
