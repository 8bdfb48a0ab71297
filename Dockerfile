# One image for web, worker and beat. Not built where it was written (no container engine there):
# treat the first build as a test.
FROM python:3.11-slim-bookworm AS build
COPY requirements/runtime.txt /requirements.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /requirements.txt

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/xunfang --shell /usr/sbin/nologin xunfang \
    && install -d -o xunfang -g xunfang /var/lib/xunfang/files /var/lib/xunfang/static /var/backups/xunfang
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/xunfang
COPY . .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=xunfang.settings.prod \
    XUNFANG_FILES=/var/lib/xunfang/files \
    XUNFANG_STATIC=/var/lib/xunfang/static \
    XUNFANG_BACKUPS=/var/backups/xunfang
# The compressed static files depend on nothing but the code; the secrets here live for this one command.
RUN XUNFANG_SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    XUNFANG_DATA_KEYS="1:$(python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')" \
    XUNFANG_INDEX_KEY="$(python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')" \
    XUNFANG_HOSTS=build.invalid XUNFANG_EXTERNAL_URL=https://build.invalid \
    DATABASE_URL=postgresql://build.invalid/none REDIS_URL=unix:///none \
    python manage.py collectstatic --noinput
USER xunfang
EXPOSE 8000
CMD ["gunicorn", "xunfang.wsgi", "-w", "2", "-b", "0.0.0.0:8000", "--no-control-socket", "--worker-tmp-dir", "/dev/shm"]
