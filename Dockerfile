# syntax=docker/dockerfile:1

FROM node:22-slim AS manifests
WORKDIR /app
# The manifests alone, so that the layers with the dependencies outlive a change of the sources.
COPY package.json package-lock.json ./
COPY shared/package.json shared/
COPY server/package.json server/
COPY client/package.json client/
COPY admin/package.json admin/

FROM manifests AS build
RUN npm ci --no-audit --no-fund
COPY tsconfig.base.json ./
COPY shared/ shared/
COPY server/ server/
# The commands that call a server are compiled against it.
COPY client/ client/
# As `npm run build`, without the projects of the tests, which are not in the build's context.
RUN npx tsc -b server
COPY scripts/build-admin.mjs scripts/
COPY admin/ admin/
RUN node scripts/build-admin.mjs

FROM manifests AS dependencies
RUN npm ci --omit=dev --workspace shared --workspace server --no-audit --no-fund

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
# All of it: a workspace may have a node_modules of its own.
COPY --from=dependencies /app ./
COPY --from=build /app/shared/dist shared/dist
COPY --from=build /app/server/dist server/dist
COPY --from=build /app/admin/dist admin/dist
# For the embedded database's data when no MONGODB_URI is set.
RUN mkdir .data && chown node:node .data
USER node
# Inside a container 127.0.0.1 is reached by nobody else.
ENV HOST=0.0.0.0 PORT=4400
EXPOSE 4400
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server/dist/main.js"]
