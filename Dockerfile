# The server and its explorer, and nothing that builds them.
#
# Tags can be moved. To hold a base to its digest as well, take the digest from `docker buildx imagetools inspect
# python:3.11.14-slim-bookworm` and write `FROM python:3.11.14-slim-bookworm@sha256:…`; each base is named once.

FROM node:22.21.1-bookworm-slim AS explorer
WORKDIR /explorer
COPY explorer/package.json explorer/package-lock.json explorer/.npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY explorer/build.js ./
COPY explorer/source ./source
RUN node build.js

FROM python:3.11.14-slim-bookworm AS python

FROM python AS packages
WORKDIR /packages
COPY requirements.lock ./
RUN python -m venv --without-pip /opt/venv \
    && python -m pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --only-binary=:all: --require-hashes --no-deps -r requirements.lock

FROM python
LABEL org.opencontainers.image.title="medical-insurance-wallet" \
      org.opencontainers.image.description="GraphQL back end for China's medical-insurance wallet (医保钱包)" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
# The number is fixed, so that files given to the server (keys, a volume) can be made its own.
RUN groupadd --gid 10001 wallet \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin wallet \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/wallet
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    WALLET_DATA_DIR=/var/lib/wallet \
    WALLET_HOST=0.0.0.0 \
    WALLET_PORT=8000
WORKDIR /srv/wallet
COPY LICENSE ./
COPY --from=packages /opt/venv /opt/venv
COPY --from=explorer /explorer/dist ./explorer/dist
COPY api ./api
COPY domain ./domain
COPY repositories ./repositories
COPY schema ./schema
COPY seeds ./seeds
COPY services ./services
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; asked = http.client.HTTPConnection('127.0.0.1', int(os.environ['WALLET_PORT']), timeout=4); asked.request('GET', '/health/live'); sys.exit(asked.getresponse().status != 200)"]
ENTRYPOINT ["python", "-m", "api"]
CMD ["serve"]
