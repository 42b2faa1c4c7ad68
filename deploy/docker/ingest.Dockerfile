# The image of the ingest service: Python, the packages of the extras `ingest` and `tracing`, and our code. At run time it needs no shell,
# no root and no writable disk. Built from the repository's root; docs/how-to/run-with-containers.md says how.

# A tag moves. A release is built with the digest that its tag had: --build-arg PYTHON_DIGEST=@sha256:…
ARG PYTHON_DIGEST=""

FROM python:3.11-slim-bookworm${PYTHON_DIGEST} AS build
# No time of the build gets into a file: the time of the commit, when it is given.
ARG SOURCE_DATE_EPOCH=0
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore \
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/build/backend
WORKDIR /build
RUN python -m venv --without-pip /opt/claimwire
# Packages come first: they change less often than our code. Wheels only: nothing is compiled or run to install them.
COPY deploy/docker/build.txt deploy/docker/ingest.txt ./
RUN python -m pip install --require-hashes --only-binary :all: --target backend -r build.txt \
 && python -m pip --python /opt/claimwire/bin/python install --require-hashes --only-binary :all: --no-compile -r ingest.txt
COPY pyproject.toml README.md LICENSE ./
COPY services/__init__.py services/py.typed services/
COPY services/contract services/contract
COPY services/runtime services/runtime
COPY services/ingest services/ingest
COPY services/local services/local
COPY services/cli services/cli
# The byte code is made once, and trusted unchecked: the disk is read-only, and a check would need the files' times.
# A fixed seed orders the sets in it the same way in each build.
RUN python -m pip --python /opt/claimwire/bin/python install --no-deps --no-build-isolation --no-compile . \
 && PYTHONHASHSEED=0 python -m compileall -q --invalidation-mode unchecked-hash /opt/claimwire/lib \
 && find /opt/claimwire -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH}" {} +

FROM python:3.11-slim-bookworm${PYTHON_DIGEST}
LABEL org.opencontainers.image.title="claimwire-ingest" \
      org.opencontainers.image.description="Claimwire's HTTP service: takes articles and puts them on Kafka" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="python:3.11-slim-bookworm"
COPY --from=build /opt/claimwire /opt/claimwire
COPY deploy/docker/probe.py /opt/claimwire/probe.py
# A container's loopback is reached by nobody, hence 0.0.0.0. That nobody is asked who they are stays the operator's
# decision: without CLAIMWIRE_INGEST_ALLOW_REMOTE=true the service refuses to start, and says why.
ENV PATH=/opt/claimwire/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    CLAIMWIRE_LOG_FORMAT=json \
    CLAIMWIRE_INGEST_HOST=0.0.0.0 \
    CLAIMWIRE_INGEST_PORT=8080
# A number, not a name: Kubernetes can check runAsNonRoot only by it.
USER 10001:10001
WORKDIR /
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-I", "/opt/claimwire/probe.py", "CLAIMWIRE_INGEST_PORT"]
ENTRYPOINT ["python", "-m", "services.ingest"]
# Last, since it changes with each commit.
ARG CLAIMWIRE_REVISION=unknown
ENV CLAIMWIRE_REVISION=${CLAIMWIRE_REVISION}
LABEL org.opencontainers.image.revision="${CLAIMWIRE_REVISION}"
