# One image for web, worker and beat; docker-compose.yml says which it is.
FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 DEBUG=off
WORKDIR /app
# Makes the PDFs.
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
COPY requirements/base.lock requirements/
RUN pip install --quiet --require-hashes --no-deps -r requirements/base.lock
COPY . .
RUN python fleetportal/local/translations.py compile \
    && SECRET_KEY=only-while-building python manage.py collectstatic --noinput \
    && useradd --system --uid 10001 portal && mkdir -p var && chown portal var
USER portal
VOLUME /app/var
EXPOSE 8000
CMD ["gunicorn", "fleetportal.wsgi", "--bind=0.0.0.0:8000", "--workers=2", "--threads=4", "--worker-class=gthread", "--no-control-socket", "--worker-tmp-dir=/dev/shm"]
