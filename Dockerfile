# syntax=docker/dockerfile:1
# One file, three images:
#   docker build --target web -t obelus-web .              the front end: API and dashboard
#   docker build --target worker -t obelus-worker .        classify, deliver and relay on onnxruntime
#   docker build --target worker-torch -t obelus-torch .   the same with torch and transformers
# compose.yaml builds and joins them. Nothing secret is built in: settings come from the environment.

FROM python:3.13-slim AS base
# ONNX Runtime otherwise keeps an id of the machine and a store of events to send to its maker.
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ORT_DISABLE_TELEMETRY=1 \
    MALLOC_ARENA_MAX=2 \
    PATH=/opt/obelus/bin:$PATH
# A number, so that an orchestrator can see that it is not root. No home, no shell.
RUN groupadd --gid 10001 obelus \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin obelus
WORKDIR /app

# --- what is installed: every pin has a wheel, so no compiler is needed anywhere ------------------
FROM base AS light
COPY requirements/run.txt requirements/run.txt
RUN python -m venv /opt/obelus \
 && /opt/obelus/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary=:all: -r requirements/run.txt

FROM light AS full
COPY requirements.txt requirements.txt
COPY requirements/train.txt requirements/train.txt
# Where the index offers a torch with CUDA (several gigabytes) and you have no such card, choose the CPU build: hand in
# the address of the CPU index that PyTorch's installation page names, and pip takes the "+cpu" wheel of the same pin:
#   docker build --target worker-torch --build-arg PIP_EXTRA_INDEX_URL=ADDRESS .
ARG PIP_EXTRA_INDEX_URL
RUN /opt/obelus/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary=:all: -r requirements.txt

# --- the code, compiled once because the final file systems are read-only -------------------------
FROM base AS code
COPY models models
COPY store store
COPY service service
COPY workers workers
COPY docs docs
RUN python -m compileall -q models store service workers

FROM code AS code-without-weights
RUN rm -rf models/weights

# --- the images -----------------------------------------------------------------------------------
FROM base AS web
COPY --from=light /opt/obelus /opt/obelus
COPY --from=code-without-weights /app/models models
COPY --from=code /app/store store
COPY --from=code /app/service service
COPY --from=code /app/docs docs
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
# gunicorn's heartbeat file wants memory, not a disk; its control socket would need a home.
CMD ["sh", "-c", "exec gunicorn 'service.wsgi:create()' --bind 0.0.0.0:8000 --worker-class service.server.ProblemWorker --workers 1 --threads \"${OBELUS_WEB_THREADS:-32}\" --timeout 60 --keep-alive 15 --graceful-timeout 20 --worker-tmp-dir /dev/shm --no-control-socket"]

FROM base AS worker
COPY --from=light /opt/obelus /opt/obelus
COPY --from=code /app/models models
COPY --from=code /app/store store
COPY --from=code /app/workers workers
USER 10001:10001
# The relay is no RQ worker and has no such check: where it dies, its container ends and is started again.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["python", "-m", "workers.health", "classify"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "workers", "classify"]

FROM base AS worker-torch
COPY --from=full /opt/obelus /opt/obelus
COPY --from=code /app/models models
COPY --from=code /app/store store
COPY --from=code /app/workers workers
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["python", "-m", "workers.health", "classify"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "workers", "classify"]
