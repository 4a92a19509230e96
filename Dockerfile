# OmniAudit as an image: console, MCP endpoint, scheduler and the browser for scans, run by an ordinary user.
#
#   docker build -t omniaudit .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges -v omniaudit:/data -p 127.0.0.1:8080:8080 omniaudit
#
# scripts/check-dockerfile.sh runs these very steps where no container engine is, so keep to the instructions it knows.

ARG DOTNET=10.0
ARG DEBIAN=trixie

# --- build --------------------------------------------------------------------------------------------------------
FROM mcr.microsoft.com/dotnet/sdk:${DOTNET} AS build
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
WORKDIR /src

# Restored by itself, from what names packages, so that a change of code does not restore again.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY OmniAudit.Modules/OmniAudit.Modules.csproj OmniAudit.Modules/packages.lock.json OmniAudit.Modules/
COPY OmniAudit.Web/OmniAudit.Web.csproj OmniAudit.Web/BlazorScript.targets OmniAudit.Web/packages.lock.json OmniAudit.Web/
RUN dotnet restore OmniAudit.Web/OmniAudit.Web.csproj --locked-mode

COPY appsettings.json ./
COPY wwwroot wwwroot
COPY OmniAudit.Modules OmniAudit.Modules
COPY OmniAudit.Web OmniAudit.Web
# The browser's driver comes out of its package executable for its owner only, who is not the one that runs it.
RUN dotnet publish OmniAudit.Web/OmniAudit.Web.csproj -c Release --no-restore --nologo -o /app \
      -p:UseAppHost=false -p:RunAnalyzers=false -p:DebugType=none \
 && chmod -R a+rX /app

# --- run ----------------------------------------------------------------------------------------------------------
# .NET 10 comes on no Debian image, and Ubuntu's images have no Chromium outside snap: so Debian, with Microsoft's runtime.
FROM mcr.microsoft.com/dotnet/aspnet:${DOTNET} AS dotnet

FROM debian:${DEBIAN}-slim
# libgssapi: PostgreSQL's client asks for it. tini: reaps what a killed browser leaves behind. curl: for the health check.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      ca-certificates chromium-headless-shell curl fonts-liberation libgssapi-krb5-2 libssl3t64 libstdc++6 tini tzdata \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 omniaudit \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin omniaudit \
 && install -d -o 10001 -g 10001 -m 0700 /data /data/log /shared

COPY --from=dotnet /usr/share/dotnet /usr/share/dotnet
RUN ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet
COPY --from=build /app /app

# Reached from outside the container, so agents need a key: docker run … omniaudit agents add NAME
ENV APP_HOST=0.0.0.0 \
    APP_PORT=8080 \
    MCP_AUTH_MODE=api_key \
    OMNIAUDIT_DATA=/data \
    HOME=/tmp \
    DOTNET_EnableDiagnostics=0
WORKDIR /app
VOLUME ["/data"]
EXPOSE 8080
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD curl --fail --silent --show-error --max-time 4 --output /dev/null "http://127.0.0.1:${APP_PORT}/healthz"
# A write that is being executed gets up to 30 seconds to finish: give the container longer than that to stop.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/tini", "--", "dotnet", "/app/OmniAudit.Web.dll"]
CMD ["serve"]
