# The daemon in a container, from the same Debian package as without one. compose.yaml shows how it is run.
FROM debian:12 AS build
WORKDIR /source
# What changes seldom comes first: these layers are kept while sources change.
COPY scripts/install-packages scripts/
RUN scripts/install-packages
COPY scripts/from-forky scripts/whisper-prefix scripts/debian-mirror scripts/
RUN scripts/whisper-prefix
COPY . .
RUN make package

FROM debian:12
# What the GPU's driver needs. NVIDIA's comes from the host (nvidia-container-toolkit) and looks for these two; for AMD
# and Intel: --build-arg GPU_PACKAGES=mesa-vulkan-drivers
ARG GPU_PACKAGES="libegl1 libxext6"
COPY --from=build /source/build/package/*.deb /tmp/
RUN apt-get update \
  && apt-get install -y --no-install-recommends /tmp/*.deb ca-certificates curl $GPU_PACKAGES \
  && rm -rf /tmp/*.deb /var/lib/apt/lists/*
ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility,graphics
# Of the container, not of the host. Off loopback the daemon starts only with a key: TRANSCRIBED_API_KEY.
ENV TRANSCRIBED_LISTEN=0.0.0.0:8585
ENV HOME=/var/lib/transcribed
USER transcribed
VOLUME /var/lib/transcribed
EXPOSE 8585
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8585/healthz"]
# It drains on SIGTERM, which takes drain_timeout_s (30 s) and a little: docker stop -t 60.
CMD ["transcribed"]
