# Profile as an image: docs/deploy/docker.md says how to run it. Settings are environment variables; none is in the image.

FROM debian:trixie-slim AS packages
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-dev python3-venv gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/profile
COPY requirements.txt ./
# gunicorn's C parser is built here, so that the image needs no compiler.
RUN python3 -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --requirement requirements.txt

FROM debian:trixie-slim
# `flask backup` runs pg_dump, which must not be older than the server.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/profile --shell /usr/sbin/nologin profile
WORKDIR /srv/profile
COPY --from=packages /srv/profile/.venv .venv
# What .dockerignore lets through: the product without tests, documents and history.
COPY . .
# Only the SQLite file is written below, for those who mount a volume at instance/.
RUN install --directory --owner=profile --group=profile --mode=0700 instance \
    && .venv/bin/python -m compileall -q app.py config.py version.py gunicorn.conf.py gunicorn_worker.py blueprints models migrations
ENV PATH=/srv/profile/.venv/bin:$PATH \
    FLASK_APP=app \
    PORT=8000 \
    PYTHONUNBUFFERED=1
USER profile
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/livez', timeout=4)"]
# Migrations are a step of their own: flask db upgrade. The worker: flask work, with WORKER=separate.
CMD ["gunicorn", "app:create_app()"]
