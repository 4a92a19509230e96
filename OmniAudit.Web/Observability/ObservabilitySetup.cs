using System.Diagnostics.Metrics;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using OmniAudit.Modules.Health;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Serilog;
using Serilog.Events;

namespace OmniAudit.Web.Observability;

/// <summary>Logs to standard error, metrics to /metrics, both metrics and traces over OTLP when asked.</summary>
internal static class ObservabilitySetup
{
    public static void AddObservability(this WebApplicationBuilder builder, OmniAuditOptions options)
    {
        var log = ToStandardError(options);
        builder.Logging.ClearProviders();
        builder.Logging.AddSerilog(log.CreateLogger(), dispose: true);

        builder.Services.AddSingleton<PrometheusExporter>();
        builder.Services.AddSingleton(services => Meters(options, services.GetRequiredService<IMeterFactory>(), services.GetRequiredService<PrometheusExporter>()));
        if (!options.Observability.OtelEnabled) return;
        builder.Services.AddSingleton(_ => Traces(options));
        // Whoever pulls refreshes the figures by pulling; for what is pushed the clock does.
        builder.Services.AddHostedService<FigureClock>();
    }

    /// <summary>Standard output belongs to the greeting, and for the stdio verb to the protocol.</summary>
    internal static LoggerConfiguration ToStandardError(OmniAuditOptions options) => options.Observability.LogFormat == "plain"
        ? Logging().WriteTo.Console(standardErrorFromLevel: LogEventLevel.Verbose, outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj} {request_id}{NewLine}{Exception}")
        : Logging().WriteTo.Console(new JsonLogFormatter { Traces = options.Observability.OtelEnabled }, standardErrorFromLevel: LogEventLevel.Verbose);

    /// <summary>Which lines are written and what they carry. Quiet about what the frameworks do: their lower levels show requests and payloads.</summary>
    internal static LoggerConfiguration Logging() => new LoggerConfiguration()
        .MinimumLevel.Information()
        .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
        .MinimumLevel.Override("System.Net.Http", LogEventLevel.Warning)
        // The key ring is sealed by the vault that stores it; the framework sees no encryptor of its own and warns.
        .MinimumLevel.Override("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogEventLevel.Error)
        // Commands and connections that fail throw: who sent them tells it, or expected it, as where a new database has no list of migrations yet.
        .MinimumLevel.Override("Microsoft.EntityFrameworkCore.Database", LogEventLevel.Fatal)
        // A start that fails is told in one sentence by the serve verb.
        .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal)
        .MinimumLevel.Override("Quartz", LogEventLevel.Warning)
        .MinimumLevel.Override("ModelContextProtocol", LogEventLevel.Warning)
        // The MCP SDK logs what a caller got wrong as an error of ours, with its stack. The caller is told; the call has its row.
        .Filter.ByExcluding(line => line.Exception is McpException or InputRequiredException or OperationCanceledException
            && line.Properties.TryGetValue("SourceContext", out var source) && source.ToString().StartsWith("\"ModelContextProtocol.", StringComparison.Ordinal))
        .Enrich.FromLogContext();

    /// <summary>Collection begins when the providers are made, which must be before the first call.</summary>
    public static void StartObservability(this IServiceProvider services)
    {
        services.GetRequiredService<MeterProvider>();
        services.GetService<TracerProvider>();
        services.GetRequiredService<ServerFigures>().Begin();
    }

    private static MeterProvider Meters(OmniAuditOptions options, IMeterFactory meters, PrometheusExporter prometheus)
    {
        var builder = Sdk.CreateMeterProviderBuilder().AddMeter(MetricTable.MeterName)
            .ConfigureResource(r => Service(r, options))
            // Instruments are heard across the whole process; those of another server in it are not this one's figures.
            .AddView(instrument => ReferenceEquals(instrument.Meter.Scope, meters) ? null : MetricStreamConfiguration.Drop)
            .AddReader(new BaseExportingMetricReader(prometheus));
        if (options.Observability.OtelEnabled) builder.AddOtlpExporter(o => Configure(o, options, "metrics"));
        return builder.Build();
    }

    private static TracerProvider Traces(OmniAuditOptions options) => Sdk.CreateTracerProviderBuilder()
        .AddSource(TraceSources.All).ConfigureResource(r => Service(r, options)).AddProcessor(new SpanScrubber())
        .AddOtlpExporter(o => Configure(o, options, "traces")).Build();

    private static void Service(ResourceBuilder resource, OmniAuditOptions options) =>
        resource.AddService(options.App.Name, serviceVersion: typeof(ObservabilitySetup).Assembly.GetName().Version?.ToString(3));

    private static void Configure(OtlpExporterOptions exporter, OmniAuditOptions options, string signal)
    {
        exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        if (options.Observability.OtlpEndpoint.Length > 0) exporter.Endpoint = new Uri($"{options.Observability.OtlpEndpoint.TrimEnd('/')}/v1/{signal}");
    }
}
