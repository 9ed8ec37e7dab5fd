# One replica. The image holds the production dependencies, src and public, and nothing that installed them.

FROM node:26-trixie-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# No dependency needs its install script, so none runs.
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:26-trixie-slim
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY public ./public
COPY src ./src

# 9464 is for Prometheus alone and is published nowhere.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 METRICS_PORT=9464
EXPOSE 3000 9464

# Which commit this is; last, so that it spoils no layer.
ARG REVISION=
ENV REVISION=$REVISION
LABEL org.opencontainers.image.title="fanfare" org.opencontainers.image.revision=$REVISION

USER node
# Exec form: SIGTERM must reach Node itself, or the drain (R9) never begins.
STOPSIGNAL SIGTERM
# The young space would grow to 16 MB for each half while streams open, and keep it; `npm start` says the same.
CMD ["node", "--max-semi-space-size=2", "src/main.ts"]

# Bash asks, not Node: starting an interpreter for each question costs fifty times as much.
HEALTHCHECK --start-period=30s --start-interval=500ms --interval=5s --timeout=3s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${PORT} && printf 'GET /readyz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [[ $status == 200 ]]"]
