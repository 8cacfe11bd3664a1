# Debian 12 with Node 22, by the digest of the image for all platforms. Dependabot updates both.
FROM node:22.23.3-bookworm-slim@sha256:c3de60bf2f9dd0ac6370e6117950ff62d6e339527e7472301c9c78a017978392 AS base
WORKDIR /app

FROM base AS manifests
# The manifests alone, so that the layers with the dependencies outlive a change of the sources.
COPY package.json package-lock.json ./
COPY shared/package.json shared/
COPY server/package.json server/
COPY client/package.json client/
COPY admin/package.json admin/
# npm links the command, and runs the script of the client that does nothing here.
COPY server/bin/ server/bin/
COPY client/scripts/prepare.mjs client/scripts/

FROM manifests AS build
RUN npm ci --no-audit --no-fund
COPY tsconfig.base.json ./
COPY shared/ shared/
COPY server/ server/
COPY client/ client/
# As `npm run build`, without the projects of the tests, which are not in the build's context. The commands that call a
# server run the built client.
RUN node node_modules/typescript-7/bin/tsc -b server && npm run --silent build --workspace client
COPY scripts/build-admin.mjs scripts/arguments.mjs scripts/progress.mjs scripts/
COPY admin/ admin/
RUN node scripts/build-admin.mjs

FROM manifests AS dependencies
RUN npm ci --omit=dev --workspace server --no-audit --no-fund

FROM base
ENV NODE_ENV=production
# All of it: a workspace may have a node_modules of its own.
COPY --from=dependencies /app ./
COPY --from=build /app/shared/dist shared/dist
COPY --from=build /app/client/dist client/dist
COPY --from=build /app/server/dist server/dist
COPY --from=build /app/admin/dist admin/dist
# `tocsin` in any folder. .data is for the embedded database when no MONGODB_URI is set.
RUN ln -s /app/server/bin/tocsin.mjs /usr/local/bin/tocsin && mkdir .data && chown node:node .data
USER node
# Nothing outside the container reaches its 127.0.0.1.
ENV HOST=0.0.0.0 PORT=4400
EXPOSE 4400
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Publishing allocates much that lives for milliseconds. With a larger young generation, far less of it is copied.
CMD ["node", "--max-semi-space-size=64", "server/dist/main.js"]
