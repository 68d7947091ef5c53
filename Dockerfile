# syntax=docker/dockerfile:1
# paperlake with Dagster, for compose.yaml; docs/production.md describes it.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH

# torch first: it is the largest and changes least. `cpu` takes PyTorch's build without the libraries of CUDA,
# `cuda` the one of PyPI for Linux, which brings several GB of them.
ARG TORCH=cpu
ARG TORCH_CPU_INDEX=https://download.pytorch.org/whl/cpu
COPY constraints.txt ./
RUN --mount=type=cache,target=/root/.cache/pip <<'SCRIPT'
version=$(sed -n 's/^torch==//p' constraints.txt)
case "$TORCH" in
  cpu) pip install -c constraints.txt --extra-index-url "$TORCH_CPU_INDEX" "torch==$version+cpu" ;;
  cuda) pip install -c constraints.txt "torch==$version" ;;
  *) echo "TORCH must be cpu or cuda, not $TORCH" >&2; exit 1 ;;
esac
SCRIPT

# The dependencies without the code, so that a change of the code does not install them again.
ARG EXTRAS=notify,object-store,postgres,serve
COPY pyproject.toml ./
RUN --mount=type=cache,target=/root/.cache/pip <<'SCRIPT'
mkdir -p src/paperlake pipelines
touch src/paperlake/__init__.py pipelines/__init__.py README.md LICENSE
pip install -c constraints.txt ".[$EXTRAS]"
SCRIPT

COPY README.md LICENSE ./
COPY src ./src
COPY pipelines ./pipelines
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --no-deps --force-reinstall -c constraints.txt .

FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10001 paperlake \
    && useradd --uid 10001 --gid 10001 --create-home --shell /usr/sbin/nologin paperlake \
    && install -d -o 10001 -g 10001 /lake
COPY --from=build /opt/venv /opt/venv
COPY deploy/dagster.yaml deploy/workspace.yaml /opt/paperlake/
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DAGSTER_HOME=/lake/dagster \
    PAPERLAKE_LAKE=/lake
# Number and not name, so that Kubernetes can check that it is not root.
USER 10001:10001
WORKDIR /home/paperlake
CMD ["paperlake", "status"]
