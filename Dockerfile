# The bot in a container: all of it (the default), or one line of the Procfile as the command.
#
#   docker build --tag gopherbot --build-arg COMMIT="$(git rev-parse HEAD)" .
#   docker run --env-file settings.env --publish 8000:8000 gopherbot
#   docker run --env-file settings.env gopherbot python -m gopherbot check

FROM python:3.11-slim
ARG COMMIT=""
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=1 \
    HEROKU_SLUG_COMMIT="$COMMIT" PORT=8000
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --requirement requirements.txt
COPY . .
RUN python -m compileall -q gopherbot glossary && useradd --no-create-home bot
USER bot
EXPOSE 8000
# Alive, not ready: a Redis that is away is no reason to start the container again. Only a gateway can
# be asked; another line of the Procfile is alive as long as its container runs.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as r; c = open('/proc/1/cmdline').read(); 'gunicorn' in c or c.endswith('\\0all\\0') or exit(); r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/_ruok', timeout=4)"]
CMD ["python", "-m", "gopherbot", "all"]
