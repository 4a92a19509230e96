using System.Collections.Concurrent;
using System.Text.Json;
using OmniAudit.Web.Observability;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace OmniAudit.Tests.Observability;

/// <summary>What the server logs, at its own levels and in its own format, line by line.</summary>
internal sealed class LogLines : ILogEventSink
{
    private readonly JsonLogFormatter _formatter = new();
    private readonly ConcurrentQueue<string> _lines = new();

    public IEnumerable<string> Raw => _lines;

    public IReadOnlyList<JsonElement> All => [.. _lines.Select(l => JsonDocument.Parse(l).RootElement)];

    public void Emit(LogEvent logEvent) => _lines.Enqueue(Format(logEvent));

    /// <summary>To be registered beside the server's own provider.</summary>
    public SerilogLoggerProvider ToProvider() => new(ObservabilitySetup.Logging().WriteTo.Sink(this).CreateLogger(), dispose: true);

    private string Format(LogEvent logEvent)
    {
        using var text = new StringWriter();
        _formatter.Format(logEvent, text);
        return text.ToString();
    }
}
